"""POST /v1/chat/completions: a chat body in, an answer of the chat API out."""

from collections.abc import Callable
from typing import Any

from cothink.core.request import Request
from cothink.core.run import Run
from cothink.gateway.chat.body import ChatBody, ChatReader, to_request
from cothink.gateway.chat.completion import ChatWriter
from cothink.gateway.parts import Found


class ChatAsked:
    """One chat request, understood."""

    __slots__ = ("_body", "_extras", "cache", "ignored", "is_stream", "model", "n")

    def __init__(self, body: ChatBody, extras: dict[str, Any], ignored: tuple[str, ...]) -> None:
        self._body = body
        self._extras = extras
        self.model = body.model
        self.is_stream = bool(body.stream)
        self.n = body.n or 1
        self.ignored = ignored
        self.cache = body.cache

    def request(self, run: Run, dial: float | None) -> Request:
        """Return what the engines read."""
        return to_request(self._body, self._extras, run, dial)

    def writer(self, run: Run, found: Found, created: int) -> ChatWriter:
        """Return who writes the answer. A team answers in its own name, whoever of it spoke last."""
        options = self._body.stream_options
        return ChatWriter(
            run,
            found.model.name,
            created=created,
            n=self.n,
            include_usage=options is not None and bool(options.include_usage),
            keep_name=found.team,
        )


def read_chat(max_n: int) -> Callable[[bytes], ChatAsked]:
    """Return the function that understands chat bodies."""
    reader = ChatReader(max_n)
    return lambda raw: ChatAsked(*reader.read(raw))
