"""The words that every room shares. No I/O."""
