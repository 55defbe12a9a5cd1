"""The control room for Fail2ban."""

__version__ = "0.1.0"
