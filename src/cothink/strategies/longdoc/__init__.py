"""Long documents: R1 reads segments, each quote is checked against its source, the pro answers from the quotes."""
