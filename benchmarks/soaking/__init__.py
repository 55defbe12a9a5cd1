"""A whole BanGuard under load whose processes are killed at random, and a ledger of what came of it."""
