"""From an applicant's words to what may go on: counts and words of closed lists, and spans that stand in the text.

`Heard` is the waist: whatever R1 answers, only this of it reaches the pro or a scorecard. Quotes stay on the site.
"""

from collections.abc import Mapping
from typing import Final, Literal, get_args

import msgspec

from cothink.core.engine import Engine, Model
from cothink.core.errors import CoThinkError, LimitReached, UpstreamBroken
from cothink.core.request import Request, Sampling
from cothink.risk.application import Application, Value
from cothink.risk.config import RiskConfig
from cothink.risk.reader import Evidence, Reading, Risk, read

State = Literal["read", "no_words", "unreadable", "failed", "not_on_site"]
RISKS: Final[tuple[str, ...]] = get_args(Risk)
COLUMN: Final = "r1_"
_BETWEEN: Final = "\n\n"
_MOOD: Final = {"negative": -1.0, "neutral": 0.0, "positive": 1.0}
_TRIES: Final = 2


class Heard(msgspec.Struct, frozen=True):
    """What a reading comes to.

    Attributes:
        state: `read`; `no_words` where there are none; `unreadable` where R1 twice kept no schema; `failed` where R1
            could not be asked; `not_on_site` where R1 stands outside, so that it may not see the words.
        sentiment: The mood; None where nothing was read.
        income_is_stable, has_other_debts: None where the words do not say.
        said: Risk -> how many phrases tell of it.
        contradicted: Fields of the form that the words contradict.
        rejected: Quotes of R1 that stand nowhere in the words.
    """

    state: State
    sentiment: Literal["negative", "neutral", "positive"] | None = None
    income_is_stable: bool | None = None
    has_other_debts: bool | None = None
    said: dict[str, int] = {}
    contradicted: tuple[str, ...] = ()
    rejected: int = 0


class Span(msgspec.Struct, frozen=True):
    """Words of the applicant: `texts[field][start:end] == quote`, counted in Unicode code points.

    ``tells`` is a risk, or the field of the form that the words contradict.
    """

    field: str
    start: int
    end: int
    quote: str
    kind: Literal["risk", "contradiction"]
    tells: str


class Understood(msgspec.Struct, frozen=True):
    """A reading, narrowed; where its evidence stands; who read."""

    heard: Heard
    spans: tuple[Span, ...] = ()
    model: str | None = None


async def understand(r1: Model, request: Request, application: Application, config: RiskConfig) -> Understood:
    """Let R1 read the words of an application. What fails is a state, never a reading that found nothing.

    Args:
        r1: The model of the site. One that stands elsewhere is not asked.
        request: Whose run pays for it.
        application: The application.
        config: How R1 reads.
    """
    if not application.words:
        return Understood(Heard("no_words"))
    can = r1.capabilities
    if can.zone != "site":
        return Understood(Heard("not_on_site"))
    most = min(config.read_tokens, can.max_output_tokens, max(64, can.context_tokens // 2))
    sampling = Sampling(temperature=config.read_temperature if can.sampling else None, max_tokens=most)
    return await _tried(r1.engine, request, application, sampling, keeps_schema=can.json_schema)


async def _tried(
    engine: Engine, request: Request, application: Application, sampling: Sampling, *, keeps_schema: bool
) -> Understood:
    run, words = request.run, application.words
    for sample in range(_TRIES):
        asked = msgspec.structs.replace(request, sample=sample)
        try:
            found = await read(
                engine,
                asked,
                _BETWEEN.join(words.values()),
                application.form,
                sampling=sampling,
                keeps_schema=keeps_schema,
            )
        except UpstreamBroken:
            continue
        except CoThinkError as error:
            run.stopped_by = run.stopped_by or (error.code if isinstance(error, LimitReached) else None)
            run.trace.note("reading_failed", {"code": error.code})
            return Understood(Heard("failed"))
        return narrowed(found, words, application.form)
    run.trace.note("reading_unreadable", {"tries": _TRIES})
    return Understood(Heard("unreadable"))


def narrowed(found: Reading, words: Mapping[str, str], form: Mapping[str, Value]) -> Understood:
    """Return what may go on of a reading of texts that were joined."""
    risks = [_placed(one, "risk", words) for one in found.phrases if one.tells in RISKS]
    against = [_placed(one, "contradiction", words) for one in found.contradictions if one.tells in form]
    spans = tuple(sorted({one for one in [*risks, *against] if one}, key=lambda one: (one.field, one.start, one.end)))
    said = {risk: count for risk in RISKS if (count := sum(s.kind == "risk" and s.tells == risk for s in spans))}
    crossing = sum(one is None for one in [*risks, *against])
    heard = Heard(
        "read",
        found.sentiment if found.sentiment in _MOOD else "neutral",  # type: ignore[arg-type]  # the schema allows no other
        found.income_is_stable,
        found.has_other_debts,
        said,
        tuple(sorted({one.tells for one in spans if one.kind == "contradiction"})),
        found.rejected + crossing,
    )
    return Understood(heard, spans, found.model)


def columns() -> tuple[str, ...]:
    """Return the names of the columns that a reading adds to a table."""
    own = ("read", "mood", "income_stable", "other_debts", "contradictions")
    return tuple(COLUMN + name for name in (*own, *RISKS))


def as_columns(heard: Heard) -> dict[str, float | None]:
    """Return a reading as the columns of a row; None where the words do not say."""
    is_read = heard.state == "read"
    stable, debts = heard.income_is_stable, heard.has_other_debts
    values: list[float | None] = [
        float(is_read),
        _MOOD.get(heard.sentiment or ""),
        None if stable is None else float(stable),
        None if debts is None else float(debts),
        float(len(heard.contradicted)) if is_read else None,
        *(float(heard.said.get(risk, 0)) if is_read else None for risk in RISKS),
    ]
    return dict(zip(columns(), values, strict=True))


def _placed(one: Evidence, kind: Literal["risk", "contradiction"], words: Mapping[str, str]) -> Span | None:
    """The evidence in the text where it stands; None where it runs over the end of one."""
    begin = 0
    for name, text in words.items():
        if begin <= one.start and one.end <= begin + len(text):
            start, end = one.start - begin, one.end - begin
            return Span(name, start, end, one.quote, kind, one.tells)
        begin += len(text) + len(_BETWEEN)
    return None
