"""Trying expressions, changing files as transactions, controlling jails."""
