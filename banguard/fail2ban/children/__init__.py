"""Programs that run on the system's Python, beside Fail2ban's own modules, in a sandbox; never imported by us."""
