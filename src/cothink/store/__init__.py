"""The one place with SQL and Redis: keys, teams, limits and money, shared by every process."""
