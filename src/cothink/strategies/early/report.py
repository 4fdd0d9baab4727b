"""What came of an early escalation: the time that it saved and the money that it cost, both for the client to see."""

from typing import Literal

import msgspec

STEP = "early"


class EarlyReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """One early escalation.

    Args:
        sign: What was bad about R1's thought, in words.
        at_s: When that was seen, in seconds of the run.
        started: The pro was started; else ``because`` says why not.
        winner: Whose answer was given.
        saved_s: How long the pro had already worked when R1's answer fell, or when it was done itself: so much sooner
            does the client have the answer than if the pro had begun after R1. 0 where R1's answer stood.
        spent_usd: What the pro's early call cost, or what is booked for it where it was cancelled.
        lost_usd: What the cancelled call cost, whoever's it was.
        because: How it was decided, in words.
    """

    sign: str
    at_s: float
    started: bool
    winner: Literal["r1", "pro"] | None = None
    saved_s: float = 0.0
    spent_usd: float = 0.0
    lost_usd: float = 0.0
    because: str = ""
