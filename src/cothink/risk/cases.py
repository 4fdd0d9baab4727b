"""What rests of a score: what was said, the numbers that make the scorecard say it again, and what people decided."""

import re
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from cothink.core.errors import StoreAway
from cothink.core.request import Request
from cothink.risk.application import Application, Value
from cothink.risk.assessment import Assessment
from cothink.risk.config import RiskConfig
from cothink.risk.portrait import Portrait
from cothink.risk.scored import Inputs
from cothink.store.cases import Case, Cases

Ruling = Literal["approve", "decline", "ask_more", "withdrawn"]
ENDS: frozenset[Ruling] = frozenset({"approve", "decline", "withdrawn"})
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?(?!\d)")
_PRUNE_EVERY_S = 3600.0


class Decided(msgspec.Struct, frozen=True):
    """What a person decided: ``by`` is the person, ``key`` the key that was used, ``at`` seconds since 1970."""

    decision: Ruling
    by: str
    why: str
    key: str
    at: float


class ScoreRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One score as it rests.

    Attributes:
        assessment: What was said. Its quotes are empty where words are not kept; their places stay.
        inputs: All that the scorecard read, as numbers.
        prior: The base rate that it was told.
        form: The fields that the scorecard reads: numbers, dates, levels that it knows.
        texts: The applicant's words, where the setting allows.
        key: Whose key asked.
        trace_id: Of the run.
        decisions: What people decided, oldest first.
    """

    assessment: Assessment
    inputs: Inputs
    prior: float | None
    form: dict[str, Value]
    texts: dict[str, str] = {}
    key: str
    trace_id: str
    decisions: tuple[Decided, ...] = ()


class CaseWriter:
    """Records each score, and holds those that a person is to decide.

    Args:
        cases: Where they rest.
        config: What is kept.
        portrait: Which fields of a form are known.
        wall: Seconds since 1970.
    """

    def __init__(
        self, cases: Cases, config: RiskConfig, portrait: Portrait, *, wall: Callable[[], float] = time.time
    ) -> None:
        self._cases = cases
        self._config = config
        self._portrait = portrait
        self._wall = wall
        self._prune_at = 0.0

    async def keep(self, request: Request, application: Application, said: Assessment, inputs: Inputs) -> Assessment:
        """Return the assessment with the id of its record.

        Raises:
            StoreAway: It cannot be written, so nobody would ever decide it.
        """
        run, now = request.run, self._wall()
        named = msgspec.structs.replace(said, id=f"rv-{secrets.token_hex(8)}")
        record = ScoreRecord(
            assessment=named,
            inputs=inputs,
            prior=self._config.prior,
            form=_known(application.form, self._portrait),
            texts=application.words,
            key=run.caller.key,
            trace_id=run.id,
        )
        is_open = said.review.needed
        keeps = self._config.keep_words == "always" or (self._config.keep_words == "until_decided" and is_open)
        state: Literal["open", "final"] = "open" if is_open else "final"
        json = msgspec.json.encode(record if keeps else without_words(record))
        case = Case(id=named.id or "", tenant=run.caller.tenant, state=state, at=now, version=1, json=json)
        if not await self._cases.put(case):
            raise StoreAway("The record of a score could not be written: its id is taken.")
        if now >= self._prune_at:
            self._prune_at = now + _PRUNE_EVERY_S
            await self._cases.prune(now - self._config.keep_days * 86_400)
        return named


def without_words(record: ScoreRecord) -> ScoreRecord:
    """Return a record without the applicant's words; the places of the evidence stay."""
    bare = tuple(msgspec.structs.replace(span, quote="") for span in record.assessment.evidence)
    return msgspec.structs.replace(
        record, texts={}, assessment=msgspec.structs.replace(record.assessment, evidence=bare)
    )


def _known(form: Mapping[str, Value], portrait: Portrait) -> dict[str, Value]:
    """The fields of a form that can hold no free text: numbers, dates as far as their day, levels that are known."""
    known: dict[str, Value] = {}
    for name in portrait.numbers:
        value = form.get(name)
        known[name] = value if isinstance(value, int | float) else None
    for name in portrait.dates:
        found = _DATE.match(str(form.get(name) or ""))
        known[name] = found[0] if found else None
    for name, levels in portrait.categories.items():
        value = form.get(name)
        known[name] = value if value is None or str(value) in levels else "rare"
    return {name: value for name, value in known.items() if value is not None}
