"""Cascade routing: route, then decide after each answer whether to stop, by expected gain."""
