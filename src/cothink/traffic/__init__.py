"""What stands between a team and a model's server: the books."""
