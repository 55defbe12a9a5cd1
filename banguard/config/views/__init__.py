"""The pages of configuration: reading it, trying expressions, changing it, controlling jails."""
