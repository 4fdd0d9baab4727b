"""Several engines behind one: one model, a cascade, a review, and the choice among them."""
