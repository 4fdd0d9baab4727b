"""Financial risk: from an application, its numbers and its own words, to a calibrated and explained probability."""
