"""Reading and comparing mathematical answers. Model text is parsed by our own bounded parser, never evaluated as code."""
