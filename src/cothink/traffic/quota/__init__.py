"""The limits of keys and teams in one process, leased from the store."""
