"""What is asked: a conversation, how to sample, and the run that it belongs to."""

from typing import Any

import msgspec

from cothink.core.messages import Message, ResponseFormat, Tool, ToolChoice
from cothink.core.run import Run


class Sampling(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the model draws its words; None leaves a value to the model's server.

    Args:
        max_tokens: The most tokens of the answer, its reasoning included.
        stop: Up to four texts that end the answer.
        seed: The same seed and request give the same answer, where the server can.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logit_bias: dict[str, float] | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One question to one engine, which may itself be a team of engines.

    Args:
        model: The name that the client asked for.
        messages: The conversation, oldest first, at least one.
        run: What the whole run shares: ledger, trace, progress, deadline. In a sub-call it is the same object.
        dial: How much quality is wanted against price, 0 (cheapest) to 1 (best), for the models that decide by it.
        stream: The client reads word by word; an engine may otherwise fetch the answer in one piece.
        reasoning_effort: ``none`` to ``max``, for models that know efforts.
        extras: Fields that plain upstreams understand and that are passed on as they are (``top_k`` …).
        sample: Which of several equal sub-calls this is. It is in every cache key, so samples never share an answer.
    """

    model: str
    messages: tuple[Message, ...]
    run: Run
    sampling: Sampling = Sampling()
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    logprobs: bool = False
    top_logprobs: int | None = None
    reasoning_effort: str | None = None
    dial: float | None = None
    stream: bool = True
    extras: dict[str, Any] = {}
    sample: int = 0

    @property
    def question(self) -> str:
        """The words of the last user turn."""
        for message in reversed(self.messages):
            if message.role == "user":
                return message.text
        return self.messages[-1].text

    @property
    def wants_json(self) -> bool:
        """The client asked for JSON, with or without a schema."""
        return self.response_format is not None and self.response_format.type != "text"

    def ask(
        self,
        messages: tuple[Message, ...],
        *,
        sample: int = 0,
        tools: tuple[Tool, ...] = (),
        response_format: ResponseFormat | None = None,
        logprobs: bool = False,
        max_tokens: int | None = None,
    ) -> "Request":
        """Make a sub-call's request, on the same run.

        Sampling is the client's, less ``stop``; the client's tools, form of the answer and log-probs are dropped unless
        they are asked for here. A seed moves with ``sample``, so that samples differ and are still repeatable.
        """
        mine = self.sampling
        sampling = msgspec.structs.replace(
            mine,
            stop=(),
            seed=None if mine.seed is None else mine.seed + sample,
            max_tokens=mine.max_tokens if max_tokens is None else max_tokens,
        )
        return Request(
            model=self.model,
            messages=messages,
            run=self.run,
            sampling=sampling,
            tools=tools,
            tool_choice=self.tool_choice if tools else None,
            parallel_tool_calls=self.parallel_tool_calls if tools else None,
            response_format=response_format,
            logprobs=logprobs,
            reasoning_effort=self.reasoning_effort,
            extras=self.extras,
            sample=sample,
        )
