"""Exact checks of answers, each a pure function that returns a verdict with evidence in words."""
