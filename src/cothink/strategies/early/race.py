"""One early escalation as it goes: who runs, what was seen, and what came of it in seconds and dollars."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from cothink.core.price import usd
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.strategies.checks import Drafted
from cothink.strategies.early.leg import Leg, ended
from cothink.strategies.early.report import STEP, EarlyReport
from cothink.strategies.early.signs import Signs
from cothink.strategies.expert import MARGIN_S, Escalation

Winner = Literal["r1", "pro"]


@dataclass(slots=True)
class Race:
    """R1's part, and the pro's call once it has begun.

    Args:
        request: The client's request.
        r1_name: R1's name in the ledger.
        signs: What watches R1.
        least: How many signs must be bad.
        bad: Done once they are, with their words.
    """

    request: Request
    r1_name: str
    signs: Signs
    least: int
    bad: asyncio.Future[str]
    r1: asyncio.Future[Drafted | Escalation] = field(init=False)
    leg: Leg | None = None
    seen_at_s: float = 0.0
    began_at_s: float | None = None
    done_at_s: float | None = None
    _mark: int = 0

    @property
    def run(self) -> Run:
        """The run."""
        return self.request.run

    @property
    def time_s(self) -> float | None:
        """The seconds that are left, less what it takes to give out what there is; None is no limit."""
        left_s = self.run.deadline.left_s
        return None if left_s is None else max(0.0, left_s - MARGIN_S)

    def look(self) -> None:
        """Tell the waiter where enough signs are bad."""
        if not self.bad.done() and len(signs := self.signs.bad()) >= self.least:
            self.seen_at_s = self.run.deadline.elapsed_s
            self.bad.set_result("; ".join(signs.values()))

    def start(self, leg: Leg) -> None:
        """The pro's call begins: what it costs is entered in the ledger from here on."""
        self.leg = leg
        self.began_at_s = self.run.deadline.elapsed_s
        self._mark = len(self.run.ledger.entries)

    async def end(self) -> None:
        """Cancel what still runs, and wait until it is booked."""
        await ended([self.r1] if self.leg is None else [self.r1, self.leg.task])

    def tell(self, because: str, winner: Winner | None = None, *, needed_at_s: float | None = None) -> None:
        """Write into the trace what came of it.

        Args:
            because: How it was decided, in words.
            winner: Whose answer is given.
            needed_at_s: When the pro's answer was needed; None where it was not.
        """
        entries = self.run.ledger.entries
        of_pro = [] if self.began_at_s is None else [one for one in entries[self._mark :] if one.model != self.r1_name]
        lost = of_pro if winner == "r1" else [one for one in entries if one.model == self.r1_name] if winner else []
        report = EarlyReport(
            sign=self.bad.result(),
            at_s=round(self.seen_at_s, 3),
            started=self.began_at_s is not None,
            winner=winner,
            saved_s=round(self._saved_s(needed_at_s), 3),
            spent_usd=usd(sum(one.cost_nanousd for one in of_pro)),
            lost_usd=usd(sum(one.cost_nanousd for one in lost if one.outcome == "cut")),
            because=because,
        )
        self.run.trace.note(STEP, report)

    def _saved_s(self, needed_at_s: float | None) -> float:
        """How much longer the answer would have taken: the pro's work until it was needed, or until it was done."""
        if needed_at_s is None or self.began_at_s is None:
            return 0.0
        return (needed_at_s if self.done_at_s is None else min(needed_at_s, self.done_at_s)) - self.began_at_s
