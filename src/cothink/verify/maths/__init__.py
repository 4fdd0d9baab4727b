"""Reading and comparing mathematical answers. Model text meets our own bounded parser, never an interpreter."""
