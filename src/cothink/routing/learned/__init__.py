"""The learned router: from a prompt alone, how likely each model solves it, and how well such a prompt is known."""
