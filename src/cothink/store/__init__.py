"""What rests: the one place with SQL and Redis. Keys, teams, limits, money, records and the cold cache."""
