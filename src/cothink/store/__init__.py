"""What rests: the one place with SQL and Redis."""
