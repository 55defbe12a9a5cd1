"""The pages of blocklists."""
