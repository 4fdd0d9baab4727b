"""What people do with cases: list, read, decide, repeat. The same for the command line and for the API."""

import time
from collections.abc import Callable

import msgspec

from cothink.core.errors import BadRequest
from cothink.risk.cases import ENDS, Decided, Ruling, ScoreRecord, without_words
from cothink.risk.config import RiskConfig
from cothink.risk.scored import Score, Scoring
from cothink.store.cases import Case, Cases, State

MOST_LISTED = 1_000
_LONGEST = {"by": 200, "why": 10_000}


class WantedDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A decision of a person. ``ask_more`` leaves the case open; the others end it."""

    decision: Ruling
    by: str
    why: str


class Repeated(msgspec.Struct, frozen=True):
    """A score that was made again."""

    same: bool
    then: Score
    now: Score


class ReviewDesk:
    """Where people work on cases.

    Args:
        cases: Where they rest.
        config: What is kept after a decision.
        wall: Seconds since 1970.
    """

    def __init__(self, cases: Cases, config: RiskConfig, *, wall: Callable[[], float] = time.time) -> None:
        self.cases = cases
        self._config = config
        self._wall = wall

    async def newest(
        self, tenant: str | None, state: State = "open", most: int = 100, before: float | None = None
    ) -> list[tuple[Case, ScoreRecord]]:
        """Return cases, newest first; of every tenant where it is None.

        Raises:
            BadRequest: More than may be listed.
        """
        if not 1 <= most <= MOST_LISTED:
            raise BadRequest(f"limit is {most}; 1 to {MOST_LISTED} are allowed.", param="limit")
        return [(case, read(case)) for case in await self.cases.newest(tenant, state, most, before)]

    async def find(self, tenant: str | None, id: str) -> tuple[Case, ScoreRecord]:
        """Return a case.

        Raises:
            BadRequest: There is none of that id, or it is another tenant's, which is the same to whoever asks.
        """
        case = await self.cases.find(id)
        if case is None or tenant not in (None, case.tenant):
            raise BadRequest(f"There is no case {id[:64]!r}.", param="id", code="unknown_case")
        return case, read(case)

    async def decide(self, tenant: str | None, id: str, wanted: WantedDecision, key: str) -> tuple[Case, ScoreRecord]:
        """Write down what a person decided.

        Args:
            tenant: Whose case it must be; None may decide all.
            id: The case.
            wanted: The decision.
            key: The name of the key that was used.

        Raises:
            BadRequest: There is no such case, it waits for nobody, or nobody or nothing is named.
        """
        for name, longest in _LONGEST.items():
            text = getattr(wanted, name)
            if not 1 <= len(text.strip()) <= longest:
                raise BadRequest(f"{name} has {len(text.strip())} characters; 1 to {longest} are needed.", param=name)
        case, record = await self.find(tenant, id)
        if case.state != "open":
            words = "was decided" if case.state == "decided" else "waits for nobody"
            raise BadRequest(f"The case {id} {words}.", param="id", code="case_not_open")
        made = Decided(wanted.decision, wanted.by.strip(), wanted.why.strip(), key, self._wall())
        ends = wanted.decision in ENDS
        new = msgspec.structs.replace(record, decisions=(*record.decisions, made))
        if ends and self._config.keep_words != "always":
            new = without_words(new)
        json = msgspec.json.encode(new)
        after = msgspec.structs.replace(case, state="decided" if ends else "open", version=case.version + 1, json=json)
        if not await self.cases.put(after):
            raise BadRequest(f"The case {id} was changed by somebody else; read it again.", code="case_changed")
        return after, new


def read(case: Case) -> ScoreRecord:
    """Return what is in a case."""
    return msgspec.json.decode(case.json, type=ScoreRecord)


def repeat(record: ScoreRecord, scoring: Scoring) -> Repeated:
    """Return a score made again from the numbers that it was made of.

    Raises:
        BadRequest: The scorecard is another one than the one that scored.
    """
    was = record.assessment
    if scoring.digest != was.versions.scorecard:
        raise BadRequest(
            f"The score was made by the scorecard {was.versions.scorecard[:12]}; the one here is "
            f"{scoring.digest[:12]}. Name the folder of the old one.",
            param="model",
            code="other_scorecard",
        )
    now = scoring.again(record.inputs, record.prior)
    reasons = tuple(f"{one.feature} {one.direction}" for one in was.reasons if one.by == "scorecard")
    then = msgspec.structs.replace(
        now, probability=was.probability, low=was.low, high=was.high, band=was.band, reasons=reasons
    )
    return Repeated(then == now, then, now)
