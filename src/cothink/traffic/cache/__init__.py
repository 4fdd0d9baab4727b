"""Answers that were given before: an exact tier in memory and on disk, and a careful semantic one."""
