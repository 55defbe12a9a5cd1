"""Programs that run in a sandbox on our own Python; never imported."""
