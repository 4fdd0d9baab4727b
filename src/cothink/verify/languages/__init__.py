"""Other languages than Python: syntax, structure and complexity of many; JavaScript and TypeScript with tests."""
