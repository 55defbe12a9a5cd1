"""What can be done with blocklists: keep sources, import them, enforce them."""
