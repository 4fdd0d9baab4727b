"""Live runs: any models over a data set, with concurrency, resume, a cap on cost, and a row for each answer."""
