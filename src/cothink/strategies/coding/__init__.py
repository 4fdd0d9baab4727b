"""The team that writes code: R1's skeleton, the pro's fillings, and a joint verification of both."""
