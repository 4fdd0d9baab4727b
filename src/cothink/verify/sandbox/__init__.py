"""Model-written code runs here and nowhere else: bubblewrap, limits, a warm pool of single-use cells."""
