"""Model files: which are known, where they come from, and how they get here whole."""
