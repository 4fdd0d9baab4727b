"""Requests for the tests of engines."""

from cothink.core.messages import FunctionSpec, Message, Tool
from cothink.core.request import Request
from cothink.core.run import Run

TOOL = Tool(FunctionSpec("weather", parameters={"type": "object", "properties": {"city": {"type": "string"}}}))


def ask(*messages, **fields):
    """Return a request; a text is a user's turn."""
    said = tuple(Message(role="user", content=m) if isinstance(m, str) else m for m in messages or ("hello there",))
    return Request(**{"model": "cothink-auto", "messages": said, "run": Run("run-1"), **fields})
