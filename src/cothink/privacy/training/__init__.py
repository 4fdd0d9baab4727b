"""Makes the names tagger: writes letters and applications of its own, and trains on them. Nothing here serves."""
