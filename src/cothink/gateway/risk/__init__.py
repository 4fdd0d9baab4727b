"""Applications over HTTP: scores, and the queue of cases that wait for a person."""
