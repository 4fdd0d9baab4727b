"""Exact checks and their verdicts."""
