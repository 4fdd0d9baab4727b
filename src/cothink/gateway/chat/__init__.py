"""The chat API: its body, its answer, its chunks."""
