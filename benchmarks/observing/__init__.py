"""A web server over a database of its own, and a real rsyslog: what the figures of logs and metrics are taken from."""
