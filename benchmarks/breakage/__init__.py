"""Breaking changes of a real Fail2ban's configuration in every way we know, and looking what is left."""
