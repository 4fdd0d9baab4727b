"""Ways to reach a model: one file each, all of them Engines."""
