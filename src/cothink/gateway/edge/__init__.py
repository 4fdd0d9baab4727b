"""Bytes in and out: the server, its limits, what ends a request early, and how it fails."""
