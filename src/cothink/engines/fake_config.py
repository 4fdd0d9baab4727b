"""What the fake server says, how fast, and which fault it shows."""

from dataclasses import dataclass
from typing import Literal, get_args

from cothink.core.errors import SettingError

Fault = Literal[
    "none", "status", "html", "error_event", "half_frame", "stop", "cut", "stall", "silent", "drip", "garbage"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeServerConfig:
    """The fake server's script: the same answer to everybody.

    Args:
        text: The answer, told word by word.
        reasoning: The thought before it.
        tool_arguments: Where the request offers tools, the first one is called with these arguments instead of text.
        first_s: The wait before the head.
        gap_s: The wait before each frame.
        polls: How many looks at a background answer find it unfinished.
        fault: ``status``: answers ``status`` with an error in OpenAI's form. ``html``: a page, with a 200.
            ``error_event``: an error in the middle of a stream. ``half_frame``: half a frame, then a clean end.
            ``stop``: a clean end in the middle, no finish. ``cut``: the connection drops in the middle. ``stall``:
            nothing more after the middle. ``silent``: never answers. ``drip``: one byte each ``drip_s``.
            ``garbage``: frames that are no JSON.
        fault_share: On which share of the requests the fault shows, 0 to 1, evenly spread.
        status: The HTTP status of ``fault = "status"``.
        error_code: The code of its error.
        retry_after: Its header ``Retry-After``; empty sends none.
        drip_s: The wait before each byte of ``fault = "drip"``.

    Raises:
        SettingError: A value is out of range.
    """

    text: str = "The answer is 42."
    reasoning: str = ""
    tool_arguments: str = ""
    first_s: float = 0.0
    gap_s: float = 0.0
    polls: int = 1
    fault: Fault = "none"
    fault_share: float = 1.0
    status: int = 503
    error_code: str = "overloaded"
    retry_after: str = ""
    drip_s: float = 1.0

    def __post_init__(self) -> None:
        if self.fault not in get_args(Fault):
            raise SettingError(f"fault is {self.fault!r}; allowed are {', '.join(get_args(Fault))}.")
        if not 0 <= self.fault_share <= 1:
            raise SettingError(f"fault_share is {self.fault_share}; allowed is 0 to 1.")
        if not 400 <= self.status <= 599:
            raise SettingError(f"status is {self.status}; allowed is 400 to 599.")
        for name in ("first_s", "gap_s", "drip_s"):
            if not 0 <= getattr(self, name) <= 3600:
                raise SettingError(f"{name} is {getattr(self, name)}; allowed is 0 to 3600.")
        if not 0 <= self.polls <= 1_000_000:
            raise SettingError(f"polls is {self.polls}; allowed is 0 to 1000000.")
