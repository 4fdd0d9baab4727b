"""What comes back: an answer in pieces, each a frozen value."""

from typing import Literal

import msgspec

Finish = Literal["stop", "length", "tool_calls", "content_filter"]


class Usage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tokens of one or more calls.

    As OpenAI counts, ``reasoning_tokens`` are part of ``completion_tokens`` and ``cached_tokens`` of ``prompt_tokens``.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    cached_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        """Everything that was read and written."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.reasoning_tokens + other.reasoning_tokens,
            self.cached_tokens + other.cached_tokens,
        )


class ToolCallDelta(msgspec.Struct, frozen=True, omit_defaults=True):
    """A piece of the ``index``-th tool call: its id and name come first, then its arguments bit by bit."""

    index: int
    id: str | None = None
    name: str | None = None
    arguments: str = ""


class TopLogprob(msgspec.Struct, frozen=True):
    """A token that could have stood here."""

    token: str
    logprob: float
    bytes: tuple[int, ...] | None = None


class TokenLogprob(msgspec.Struct, frozen=True):
    """A token of the answer with its natural log-probability and its likeliest rivals."""

    token: str
    logprob: float
    bytes: tuple[int, ...] | None = None
    top_logprobs: tuple[TopLogprob, ...] = ()


class Chunk(msgspec.Struct, frozen=True, omit_defaults=True):
    """A piece of an answer. A stream has ended properly only when a chunk with ``finish`` came.

    Args:
        text: The next words of the answer.
        reasoning: The next words of the thought before it.
        finish: Why the answer ended; only near the end.
        usage: The tokens of the call that answered; only near the end, and only where the server counts them.
        model: The name of the model that speaks, on the first chunk.
    """

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCallDelta, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()
    refusal: str = ""
    finish: Finish | None = None
    usage: Usage | None = None
    model: str | None = None

    @property
    def has_content(self) -> bool:
        """Something that a reader would see: it counts as a sign of life, where an empty frame does not."""
        return bool(self.text or self.reasoning or self.tool_calls or self.refusal)
