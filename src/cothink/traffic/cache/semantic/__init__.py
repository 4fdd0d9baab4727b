"""Answers to questions of the same meaning: a local embedder finds near ones, a second check refuses what differs."""
