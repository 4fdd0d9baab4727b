"""How the pro is reached over OpenAI's Responses API: frozen, checked in words."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from cothink.core.errors import SettingError

Mode = Literal["auto", "standard", "pro"]
Summary = Literal["auto", "concise", "detailed"]
Delivery = Literal["auto", "background", "stream", "plain"]
OnUnsupported = Literal["drop", "refuse"]
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""Every effort that the API knows, from none to the most; a model takes some of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsesConfig:
    """One binding of a hosted model.

    Args:
        model: The name that the vendor understands.
        url: Where the API is. Without a path, ``/v1`` is added.
        key: The vendor's API key; never shown.
        headers: More request headers, for example ``OpenAI-Project``; never shown.
        mode: ``reasoning.mode``; ``auto`` asks for ``pro`` where the model has it and says nothing elsewhere.
        effort: ``reasoning.effort`` where a request has none; None leaves it to the vendor.
        summary: Ask for a summary of the thought; None asks for none.
        delivery: How the answer comes. ``background``: the vendor works on without a connection and is asked now and
            then, so no idle connection is cut and a restart can resume. ``stream``: word by word. ``plain``: one
            request held to its end. ``auto``: ``stream`` where the model can, its mode is not ``pro`` and the client
            reads along; else ``background``; else ``plain``.
        on_unsupported: What to do with a field that the model would refuse: leave it out and warn, or refuse.
        store: Whether the vendor may keep the answer. A background answer is kept for about ten minutes all the same.
        poll_first_s: The wait before the first look at a background answer.
        poll_most_s: The longest wait between two looks; each wait is half as long again as the one before.
        look_s: The longest that one look may take.
        poll_failures: How many looks in a row may fail before the answer is given up.
        heartbeat_s: How often to tell a waiting client that the pro still thinks.
        cancel_s: The longest that a cancel may take after the client has left.
        connections: The most connections at once.
        connect_s: The longest time to a connection.
        head_s: The longest time to the head of an answer; in one piece that is the whole time of thinking.
        idle_s: The longest silence within an answer, in bytes.
        answer_bytes: The largest answer that is taken in.
        event_bytes: The largest single event of a stream.

    Raises:
        SettingError: A value is out of range; the message names field, value and range.

    Source: https://platform.openai.com/docs/api-reference/responses and /docs/guides/background (read 2026-11-24).
    """

    model: str
    url: str = "https://api.openai.com/v1"
    key: str = field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    mode: Mode = "auto"
    effort: str | None = None
    summary: Summary | None = None
    delivery: Delivery = "auto"
    on_unsupported: OnUnsupported = "drop"
    store: bool = False
    poll_first_s: float = 0.5
    poll_most_s: float = 4.0
    look_s: float = 30.0
    poll_failures: int = 5
    heartbeat_s: float = 10.0
    cancel_s: float = 5.0
    connections: int = 1_000
    connect_s: float = 10.0
    head_s: float = 3_600.0
    idle_s: float = 600.0
    answer_bytes: int = 32 * 1024 * 1024
    event_bytes: int = 4 * 1024 * 1024

    def __post_init__(self) -> None:
        if not self.model:
            raise SettingError("responses.model is empty; give the vendor's name of the model.")
        if not self.url.startswith(("http://", "https://")):
            raise SettingError(f"responses.url is {self.url!r}; allowed is an http:// or https:// address.")
        _one_of("mode", self.mode, get_args(Mode))
        _one_of("delivery", self.delivery, get_args(Delivery))
        _one_of("on_unsupported", self.on_unsupported, get_args(OnUnsupported))
        if self.effort is not None:
            _one_of("effort", self.effort, EFFORTS)
        if self.summary is not None:
            _one_of("summary", self.summary, get_args(Summary))
        _between("poll_first_s", self.poll_first_s, 0.01, 60)
        _between("poll_most_s", self.poll_most_s, self.poll_first_s, 60)
        _between("look_s", self.look_s, 0.01, 600)
        _between("poll_failures", self.poll_failures, 1, 100)
        _between("heartbeat_s", self.heartbeat_s, 0.1, 300)
        _between("cancel_s", self.cancel_s, 0.1, 60)
        _between("connections", self.connections, 1, 100_000)
        for name in ("connect_s", "head_s", "idle_s"):
            _between(name, getattr(self, name), 0.001, 86_400)
        _between("answer_bytes", self.answer_bytes, 1024, 2**30)
        _between("event_bytes", self.event_bytes, 1024, 2**30)


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise SettingError(f"responses.{name} is {value!r}; allowed are {', '.join(allowed)}.")


def _between(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise SettingError(f"responses.{name} is {value:g}; allowed is {low:g} to {high:g}.")
