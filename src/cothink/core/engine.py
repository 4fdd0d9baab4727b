"""The seams: everything that answers is an Engine with one verb; two small ones beside it.

A server of a model, a retry, a cache, a balancer and a team of models are all Engines, so they nest as ASGI apps do.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Literal, Protocol

import msgspec

from cothink.core.answer import Answer
from cothink.core.chunk import Chunk
from cothink.core.price import Price
from cothink.core.request import Request

Zone = Literal["site", "hosted"]
Modality = Literal["text", "image"]
Stream = AsyncGenerator[Chunk, None]


class Engine(Protocol):
    """Something that answers."""

    def stream(self, request: Request) -> Stream:
        """Answer in pieces.

        The stream has ended properly only when a chunk carried ``finish``. Closing it ends the upstream call at once.
        An engine does not retry and does not count money: wrappers do.

        Raises:
            CoThinkError: Before the first chunk or between chunks; after it nothing more comes.
        """
        ...


Seen = Callable[[Chunk], object]
"""Told each chunk of a whole answer that came in pieces after all, so that whoever waits knows that it has begun."""
Whole = Callable[[Request, Seen], Awaitable[Answer]]
"""Answers in one piece: what `Engine.stream` says, folded, with the same errors."""


def whole_of(engine: Engine) -> Whole | None:
    """Return how an engine answers in one piece, or None where it only streams.

    An engine may have an attribute ``whole``, of the type `Whole` or None. It is the short way of plain calls: without
    it each layer around a model costs a generator. Whatever it does, `Engine.stream` does too.
    """
    whole: Whole | None = getattr(engine, "whole", None)
    return whole


class Embedder(Protocol):
    """Turns texts into vectors."""

    @property
    def dimensions(self) -> int:
        """The length of each vector."""
        ...

    async def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
        """Return one unit vector a text, in order. Works off the event loop."""
        ...


class TokenCounter(Protocol):
    """Counts tokens as a model would, or close to it."""

    def count(self, text: str) -> int:
        """Return the number of tokens of a text, without the chat template."""
        ...


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a model can do, and where it stands.

    Args:
        context_tokens: The most tokens of prompt and answer together.
        max_output_tokens: The most tokens of an answer.
        sampling: The model takes temperature, top_p and penalties.
        zone: ``site`` may see raw data; to ``hosted`` only goes what the egress policy lets through.
    """

    context_tokens: int = 131_072
    max_output_tokens: int = 32_768
    modalities: frozenset[Modality] = frozenset({"text"})
    tools: bool = True
    json_schema: bool = True
    logprobs: bool = True
    sampling: bool = True
    zone: Zone = "site"


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """An engine under a name, with what is known of it.

    ``shutdown_date`` (YYYY-MM-DD) is when its maker switches it off, where that is known.
    """

    name: str
    engine: Engine
    capabilities: Capabilities
    price: Price
    shutdown_date: str | None = None
