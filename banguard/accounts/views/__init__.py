"""The pages of people and their scripts."""
