"""What a scorecard sees of an application: numbers, categories, and what its words tell."""
