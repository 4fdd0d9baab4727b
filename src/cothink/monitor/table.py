"""Every metric of CoThink, in one table: what is not in it cannot be counted.

Names follow Prometheus: a prefix, a base unit, ``_total`` on counters.
Source: https://prometheus.io/docs/practices/naming/ (read 2026-11-24).
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]

# An answer takes from milliseconds (a cache) to half an hour (a pro model that thinks).
_ANSWER_S = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640, 1280)
_FIRST_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320)
_OWN_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric.

    Args:
        name: As it is scraped, without ``_bucket``, ``_sum`` and ``_count``.
        kind: A counter only grows, a gauge goes up and down, a histogram counts values by size.
        unit: What one of it is. Seconds and dollars are kept as whole billionths, so that sums are exact.
        labels: The names of its labels, in order.
        words: What it says, in one sentence.
        bounds: The upper bounds of a histogram's buckets, growing; ``+Inf`` comes by itself.
    """

    name: str
    kind: Kind
    unit: str
    labels: tuple[str, ...]
    words: str
    bounds: tuple[float, ...] = ()

    @property
    def is_in_billionths(self) -> bool:
        """Its sums are whole billionths of its unit."""
        return self.unit in ("seconds", "dollars")


METRICS: tuple[Metric, ...] = (
    Metric(
        name="cothink_cache_saved_tokens_total",
        kind="counter",
        unit="tokens",
        labels=("model", "kind"),
        words="Tokens that answers from a cache took when they were made, and did not take again.",
    ),
    Metric(
        name="cothink_cache_uses_total",
        kind="counter",
        unit="calls",
        labels=("model", "state", "tier"),
        words="Calls that came to a cache: hit, miss or bypass, and the tier that had the answer.",
    ),
    Metric(
        name="cothink_call_first_content_seconds",
        kind="histogram",
        unit="seconds",
        labels=("model", "zone"),
        words="From the start of a call to the first text, thought or tool call.",
        bounds=_FIRST_S,
    ),
    Metric(
        name="cothink_call_seconds",
        kind="histogram",
        unit="seconds",
        labels=("model", "zone"),
        words="How long calls took, whatever their outcome.",
        bounds=_ANSWER_S,
    ),
    Metric(
        name="cothink_calls_total",
        kind="counter",
        unit="calls",
        labels=("model", "zone", "outcome", "error"),
        words="Calls of models that ended, each attempt once.",
    ),
    Metric(
        name="cothink_cost_dollars_total",
        kind="counter",
        unit="dollars",
        labels=("model",),
        words="What was booked for calls, at list price.",
    ),
    Metric(
        name="cothink_gateway_overhead_seconds",
        kind="histogram",
        unit="seconds",
        labels=("strategy",),
        words="What runs of exactly one call took beyond that call: reading, checking, waiting in line, writing.",
        bounds=_OWN_S,
    ),
    Metric(
        name="cothink_records_total",
        kind="counter",
        unit="records",
        labels=("fate",),
        words="Requests that were drawn to be recorded: written, dropped for want of room or time, failed at the disk.",
    ),
    Metric(
        name="cothink_run_errors_total",
        kind="counter",
        unit="runs",
        labels=("model", "error"),
        words="Runs that ended with an error, by its code.",
    ),
    Metric(
        name="cothink_run_seconds",
        kind="histogram",
        unit="seconds",
        labels=("model", "strategy"),
        words="How long runs took from the head of the request to the end of the answer.",
        bounds=_ANSWER_S,
    ),
    Metric(
        name="cothink_runs_in_flight",
        kind="gauge",
        unit="runs",
        labels=(),
        words="Runs that were understood and have not ended.",
    ),
    Metric(
        name="cothink_runs_total",
        kind="counter",
        unit="runs",
        labels=("model", "strategy", "outcome", "status"),
        words="Requests that ended, each once; status is the class of the HTTP status.",
    ),
    Metric(
        name="cothink_state_changes_total",
        kind="counter",
        unit="changes",
        labels=("part", "state"),
        words="Changes of state that parts told, such as a child process that died.",
    ),
    Metric(
        name="cothink_tokens_total",
        kind="counter",
        unit="tokens",
        labels=("model", "kind"),
        words="Tokens of calls; reasoning is a part of completion, cached a part of prompt.",
    ),
    Metric(
        name="cothink_uncounted_calls_total",
        kind="counter",
        unit="calls",
        labels=("model",),
        words="Calls without a count of tokens: their cost is what was reserved for them.",
    ),
    Metric(
        name="cothink_verifications_total",
        kind="counter",
        unit="runs",
        labels=("strategy", "verification"),
        words="Runs whose answer says whether it was verified.",
    ),
)
TABLE = MappingProxyType({metric.name: metric for metric in METRICS})


def metric_named(name: str) -> Metric:
    """Return a metric of the table.

    Raises:
        ValueError: There is none of that name.
    """
    metric = TABLE.get(name)
    if metric is None:
        raise ValueError(f"{name[:100]!r} is no metric of the table in cothink.monitor.table; add it there first.")
    return metric


def as_markdown() -> str:
    """Return the table as the docs show it."""
    lines = ["| metric | kind | unit | labels | what it says |", "|---|---|---|---|---|"]
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels) or "none"
        lines.append(f"| `{metric.name}` | {metric.kind} | {metric.unit} | {labels} | {metric.words} |")
    return "\n".join(lines) + "\n"
