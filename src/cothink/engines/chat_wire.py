"""What an OpenAI-style server sends, typed: frames of a stream and whole answers. Unknown fields are passed over.

They hold no cycles and are many, so the garbage collector is told to leave them alone.

Source: https://platform.openai.com/docs/api-reference/chat/streaming, and what vLLM, SGLang, llama-server and
DeepSeek's API add to it (read 2026-11-24).
"""

from typing import Any

import msgspec

from cothink.core.chunk import TokenLogprob, TopLogprob, Usage

NEVER = -9999.0  # the log-probability of what cannot be, as vLLM writes it, since JSON has no infinity


class WireFunction(msgspec.Struct, gc=False):
    """A function's name and arguments, or pieces of them; some servers send the arguments as an object."""

    name: str | None = None
    arguments: Any = None

    @property
    def text(self) -> str:
        """The arguments as JSON text."""
        if isinstance(self.arguments, str):
            return self.arguments
        return "" if self.arguments is None else msgspec.json.encode(self.arguments).decode()


class WireToolCall(msgspec.Struct, gc=False):
    """A tool call or a piece of one; whole answers carry no index."""

    index: int | None = None
    id: str | None = None
    function: WireFunction | None = None


class WireMessage(msgspec.Struct, gc=False):
    """A piece of an answer (``delta``) or all of it (``message``)."""

    content: str | None = None
    reasoning_content: str | None = None
    reasoning: Any = None  # newer vLLM says it here; others put objects under this name
    tool_calls: list[WireToolCall] | None = None
    refusal: str | None = None

    @property
    def thought(self) -> str:
        """The thought, whichever name it came under."""
        return self.reasoning_content or (self.reasoning if isinstance(self.reasoning, str) else "")


class WireLogprob(msgspec.Struct, gc=False):
    """A token; the list of rivals may be missing or null. SGLang writes minus infinity as null."""

    token: str
    logprob: float | None = None
    bytes: tuple[int, ...] | None = None
    top_logprobs: list["WireLogprob"] | None = None

    @property
    def value(self) -> float:
        """The log-probability."""
        return NEVER if self.logprob is None else self.logprob

    @property
    def ours(self) -> TokenLogprob:
        """The token in our words."""
        rivals = tuple(TopLogprob(rival.token, rival.value, rival.bytes) for rival in self.top_logprobs or ())
        return TokenLogprob(self.token, self.value, self.bytes, rivals)


class WireLogprobs(msgspec.Struct, gc=False):
    """The tokens of a piece."""

    content: list[WireLogprob] | None = None

    @property
    def tokens(self) -> tuple[TokenLogprob, ...]:
        """The tokens in our words."""
        return tuple(token.ours for token in self.content or ())


class WireChoice(msgspec.Struct, gc=False):
    """One of the answers; we ask for one only."""

    index: int = 0
    delta: WireMessage | None = None
    message: WireMessage | None = None
    finish_reason: str | None = None
    logprobs: WireLogprobs | None = None


class _Cached(msgspec.Struct, gc=False):
    cached_tokens: int | None = None


class _Reasoned(msgspec.Struct, gc=False):
    reasoning_tokens: int | None = None


class WireUsage(msgspec.Struct, gc=False):
    """Token counts; DeepSeek's API has its own name for what was cached."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Cached | None = None
    completion_tokens_details: _Reasoned | None = None
    prompt_cache_hit_tokens: int | None = None

    @property
    def usage(self) -> Usage | None:
        """The counts in our words; None where the server did not count."""
        if self.prompt_tokens is None and self.completion_tokens is None:
            return None
        prompt, completion = self.prompt_tokens_details, self.completion_tokens_details
        return Usage(
            prompt_tokens=self.prompt_tokens or 0,
            completion_tokens=self.completion_tokens or 0,
            reasoning_tokens=(completion.reasoning_tokens or 0) if completion else 0,
            cached_tokens=((prompt.cached_tokens or 0) if prompt else 0) or self.prompt_cache_hit_tokens or 0,
        )


class WireFrame(msgspec.Struct, gc=False):
    """A frame of a stream, a whole answer, or an error in the place of one."""

    choices: list[WireChoice] | None = None
    usage: WireUsage | None = None
    error: Any = None
    object: str | None = None
    message: Any = None  # older vLLM: {"object": "error", "message": …, "code": …}
    code: Any = None
    type: Any = None

    @property
    def fault(self) -> Any:
        """The error that it carries, in whatever form; None where it carries none."""
        if self.error is not None:
            return self.error
        if self.object == "error":
            return {"message": self.message, "code": self.code, "type": self.type}
        return None


FRAME = msgspec.json.Decoder(WireFrame)
