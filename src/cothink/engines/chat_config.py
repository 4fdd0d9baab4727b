"""How an OpenAI-style server is reached: frozen, checked in words."""

import re
from dataclasses import dataclass, field
from typing import Literal, get_args

from cothink.core.errors import SettingError
from cothink.engines.http import HttpLimits

Preset = Literal["auto", "r1", "r1-0528", "none"]
ReasoningRule = Literal["drop", "keep", "keep_if_tools"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatCompletionsConfig:
    """One server that speaks ``/chat/completions``: vLLM, SGLang, llama-server, DeepSeek's API and their like.

    Args:
        url: Where it is. With a path, requests go to ``url/chat/completions``; without one, to
            ``url/v1/chat/completions``.
        model: The name to send as ``model``.
        key: The bearer key; never shown.
        headers: More request headers.
        ca_file: The certificates to trust, as a PEM file, for a server with a certificate of your own; empty trusts the
            system's.
        preset: R1's usage rules. ``r1``: temperature 0.6 and top_p 0.95 where the client sets none, and no system
            prompt: it becomes the beginning of the first user turn. ``r1-0528``: the same, with a system prompt.
            ``none``: as the client asks. ``auto``: by the model's name.
        reasoning: Whether thoughts of earlier turns are sent back. ``drop``: never (R1's old API refuses them).
            ``keep``: always. ``keep_if_tools``: from user turns in which a tool was called (DeepSeek's API since 2026
            refuses to go on without them).
        think_open: Text begins within the thought, without ``<think>``, since the template has written it already.
        stream_usage: Ask for the usage of a stream; some servers refuse the field.
        connections: The most connections at once.
        connect_s: The longest time to a connection.
        head_s: The longest time to the head of an answer; in one piece that is the whole time of thinking.
        idle_s: The longest silence within an answer, in bytes.
        answer_bytes: The largest answer that comes in one piece.
        event_bytes: The largest single event of a stream.

    Raises:
        SettingError: A value is out of range; the message names field, value and range.

    Sources: README of deepseek-ai/DeepSeek-R1, usage recommendations; model card of DeepSeek-R1-0528;
    https://api-docs.deepseek.com/guides/thinking_mode (read 2026-11-24).
    """

    url: str
    model: str
    key: str = field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    ca_file: str = ""
    preset: Preset = "auto"
    reasoning: ReasoningRule = "drop"
    think_open: bool = False
    stream_usage: bool = True
    connections: int = 1_000
    connect_s: float = 10.0
    head_s: float = 600.0
    idle_s: float = 300.0
    answer_bytes: int = 33_554_432
    event_bytes: int = 4_194_304

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise SettingError(f"url is {self.url!r}; allowed is an http:// or https:// address.")
        if not self.model:
            raise SettingError("model is empty; give the name that the server knows.")
        _one_of("preset", self.preset, get_args(Preset))
        _one_of("reasoning", self.reasoning, get_args(ReasoningRule))
        if not 1_024 <= self.event_bytes <= 2**30:
            raise SettingError(f"event_bytes is {self.event_bytes}; allowed is 1024 to {2**30}.")
        self.limits  # noqa: B018 -- the rest is checked where it is used

    @property
    def limits(self) -> HttpLimits:
        """The limits of the HTTP client."""
        return HttpLimits(
            connections=self.connections,
            connect_s=self.connect_s,
            head_s=self.head_s,
            idle_s=self.idle_s,
            body_bytes=self.answer_bytes,
        )

    @property
    def rules(self) -> Preset:
        """The preset that holds, with ``auto`` decided by the model's name."""
        if self.preset != "auto":
            return self.preset
        name = self.model.lower()
        if "r1-0528" in name:
            return "r1-0528"
        return "r1" if re.search(r"deepseek[-_/]?r1", name) else "none"


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise SettingError(f"{name} is {value!r}; allowed are {', '.join(allowed)}.")
