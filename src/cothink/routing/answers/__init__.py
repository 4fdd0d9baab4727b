"""Judges an answer of R1 without a reference: how likely it is right, and whether the pro would do better."""
