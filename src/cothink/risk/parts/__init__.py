"""The parts of a scorecard: a logistic model, boosted trees, a calibrator."""
