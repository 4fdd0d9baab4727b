"""What was done for an answer: the field ``cothink`` and the headers ``x-cothink-*``."""

import msgspec

from cothink.core.caching import CacheMark
from cothink.core.chunk import Usage
from cothink.core.ledger import Entry
from cothink.core.price import NANOS_PER_DOLLAR, usd
from cothink.core.run import Run
from cothink.core.verdict import Verdict
from cothink.gateway.edge.faults import Headers
from cothink.privacy.egress import MaskedCounts
from cothink.strategies.coding.report import STEP, CodingReport
from cothink.strategies.early.report import STEP as EARLY
from cothink.strategies.early.report import EarlyReport

_CHECKS = ("check", "check_pro")


class TokenDetails(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Parts of a count of tokens."""

    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


class UsageAnswer(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Tokens as OpenAI's chat API shows them."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: TokenDetails | None = None
    completion_tokens_details: TokenDetails | None = None


class CallReport(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One attempt at one model."""

    model: str
    zone: str
    outcome: str | None
    cost_usd: float
    seconds: float
    usage: UsageAnswer | None = None
    cached: bool = False


class CheckReport(msgspec.Struct, frozen=True, gc=False):
    """What one check said, and of whose answer: ``r1`` or ``pro``."""

    of: str
    check: str
    standing: str
    evidence: str


class FallbackReport(msgspec.Struct, frozen=True, gc=False, rename={"failed": "from"}):
    """One model that answered in the place of another, and the code of the error that made it so."""

    failed: str
    to: str
    error: str


class Report(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What the client learns of its run."""

    trace_id: str
    strategy: str
    calls: tuple[CallReport, ...]
    cost_usd: float
    usage: UsageAnswer
    decision: str | None = None
    checks: tuple[CheckReport, ...] = ()
    verification: str | None = None
    stopped_by: str | None = None
    warnings: tuple[str, ...] = ()
    fallback: tuple[FallbackReport, ...] = ()
    masked: dict[str, int] = {}
    code: CodingReport | None = None
    early: EarlyReport | None = None


def usage_answer(usage: Usage) -> UsageAnswer:
    """Return tokens in OpenAI's form."""
    return UsageAnswer(
        usage.prompt_tokens,
        usage.completion_tokens,
        usage.prompt_tokens + usage.completion_tokens,
        TokenDetails(cached_tokens=usage.cached_tokens) if usage.cached_tokens else None,
        TokenDetails(reasoning_tokens=usage.reasoning_tokens) if usage.reasoning_tokens else None,
    )


def report_of(run: Run, answered: Usage | None) -> Report:
    """Return the report of a run.

    ``answered`` are the tokens of the answer itself; they stand in where no call was entered in the ledger.
    """
    ledger, steps = run.ledger, run.steps
    entries = ledger.entries
    if len(entries) == 1 and answered is not None and entries[0].usage is answered:  # a plain call: all say the same
        told = usage_answer(answered)
        entry = entries[0]
        cost_usd = entry.cost_nanousd / NANOS_PER_DOLLAR
        calls: tuple[CallReport, ...] = (
            CallReport(entry.model, entry.zone, entry.outcome, cost_usd, round(entry.seconds, 6), told, entry.cached),
        )
    else:
        told = usage_answer(used(run, answered))
        cost_usd = usd(ledger.cost_nanousd)
        calls = tuple([_call(entry, usage_answer(entry.usage) if entry.usage else None) for entry in entries])
    return Report(
        run.id,
        run.strategy,
        calls,
        cost_usd,
        told,
        run.decision,
        _checks(run) if steps else (),
        run.verification,
        run.stopped_by,
        tuple(run.warnings),
        _fallbacks(run) if run.warnings else (),
        _masked(run) if steps else {},
        _code(run) if run.strategy == "code" else None,
        _early(run) if steps else None,
    )


def used(run: Run, answered: Usage | None) -> Usage:
    """Return the tokens of all calls of a run."""
    if run.ledger.entries:
        return run.ledger.usage
    return answered or Usage()


def report_headers(run: Run, *, is_over: bool) -> Headers:
    """Return what is known of a run as headers: at the head of a stream the counts are still to come."""
    headers = [(b"x-cothink-trace-id", run.id.encode())]
    if run.strategy:
        headers.append((b"x-cothink-strategy", run.strategy.encode()))
    if is_over:
        headers.append((b"x-cothink-calls", b"%d" % len(run.ledger.entries)))
        headers.append((b"x-cothink-cost-usd", b"%.6f" % usd(run.ledger.cost_nanousd)))
    if run.verification:
        headers.append((b"x-cothink-verification", run.verification.encode()))
    if run.warnings:
        headers += [
            (b"x-cothink-fallback", f"{one.failed} -> {one.to} ({one.error})".encode("ascii", "replace"))
            for one in _fallbacks(run)
        ]
    if run.cache_mark is not None:
        headers += _cache_headers(run.cache_mark)
    return headers


def report_lines(run: Run) -> tuple[bytes, int]:
    """Return the headers of a run that is over, as lines, and how many they are."""
    id, ledger = run.id.encode(), run.ledger
    lines = (
        b"x-cothink-trace-id: %b\r\nx-cothink-strategy: %b\r\nx-cothink-calls: %d\r\nx-cothink-cost-usd: %.6f\r\n"
        % (
            id,
            run.strategy.encode(),
            len(ledger.entries),
            ledger.cost_nanousd / NANOS_PER_DOLLAR,
        )
    )
    if run.verification:
        return lines + b"x-cothink-verification: %b\r\n" % run.verification.encode(), 5
    return lines, 4


def _call(entry: Entry, told: UsageAnswer | None) -> CallReport:
    return CallReport(
        entry.model,
        entry.zone,
        entry.outcome,
        usd(entry.cost_nanousd),
        round(entry.seconds, 6),
        told,
        entry.cached,
    )


def _code(run: Run) -> CodingReport | None:
    """The report of the team that writes code, where it worked."""
    found = [step.detail for step in run.trace.steps if step.name == STEP]
    return found[-1] if found and isinstance(found[-1], CodingReport) else None


def _early(run: Run) -> EarlyReport | None:
    """What came of an early escalation, where R1's signs were bad."""
    found = [step.detail for step in run.steps if step.name == EARLY and isinstance(step.detail, EarlyReport)]
    return found[-1] if found else None


def _fallbacks(run: Run) -> tuple[FallbackReport, ...]:
    """Who answered in whose place; each comes with a warning, so a run without one need not be looked through."""
    steps = [step.detail for step in run.steps if step.name == "fallback"]
    return tuple([FallbackReport(one["from"], one["to"], one["error"] or "") for one in steps])


def _masked(run: Run) -> dict[str, int]:
    """How many values of each type no hosted model saw: the most that one call held back."""
    most: dict[str, int] = {}
    for step in run.steps:
        if isinstance(step.detail, MaskedCounts):
            most |= {name: max(count, most.get(name, 0)) for name, count in step.detail.counts.items()}
    return most


def _cache_headers(mark: CacheMark) -> Headers:
    headers = [(b"x-cothink-cache", mark.state.encode())]
    if mark.state == "hit":
        headers.append((b"x-cothink-cache-tier", mark.tier.encode()))
        headers.append((b"x-cothink-cache-age", b"%d" % mark.age_s))
    if mark.similarity is not None:
        headers.append((b"x-cothink-cache-similarity", b"%.4f" % mark.similarity))
    return headers


def _checks(run: Run) -> tuple[CheckReport, ...]:
    """The verdicts in the trace; from where the pro was asked on, they are about its answer."""
    of = "r1"
    checks = []
    for step in run.steps:
        if step.name == "asked":
            of = "pro"
        elif step.name in _CHECKS and isinstance(step.detail, Verdict):
            whose = "pro" if step.name == "check_pro" else of
            checks.append(CheckReport(whose, step.detail.check, step.detail.standing, step.detail.evidence))
    return tuple(checks)
