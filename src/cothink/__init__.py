"""CoThink: two reasoning models work as one model behind the OpenAI API."""

__version__ = "0.1.0"
