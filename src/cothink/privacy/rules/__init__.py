"""What has a shape, a check digit, or a word beside it that says what it is."""
