"""Tasks that carry their own constraints: a program checks an answer by the question alone, without a reference."""
