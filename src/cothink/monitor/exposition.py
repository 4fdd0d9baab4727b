"""Metrics as text that Prometheus scrapes, format 0.0.4.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/ (read 2026-11-24).
"""

from itertools import accumulate

from cothink.monitor.series import BILLION
from cothink.monitor.snapshot import Sample, Snapshot
from cothink.monitor.table import METRICS, Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_LABEL_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
_HELP_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n"})


def render(snapshot: Snapshot) -> bytes:
    """Return a snapshot as text: every metric of the table, sorted by name, its series sorted by label values.

    A metric without a series has its two lines of description all the same.
    """
    lines: list[str] = []
    for metric in sorted(METRICS, key=lambda metric: metric.name):
        lines.append(f"# HELP {metric.name} {metric.words.translate(_HELP_ESCAPES)}")
        lines.append(f"# TYPE {metric.name} {metric.kind}")
        for sample in sorted(snapshot.samples.get(metric.name, ()), key=lambda sample: sample.labels):
            if metric.kind == "histogram":
                _add_histogram(lines, metric, sample)
            else:
                lines.append(f"{metric.name}{_braced(_pairs(metric, sample))} {_number(metric, sample.value)}")
    lines.append("")
    return "\n".join(lines).encode("utf-8", "replace")  # a lone surrogate in a label becomes a question mark


def _add_histogram(lines: list[str], metric: Metric, sample: Sample) -> None:
    pairs = _pairs(metric, sample)
    below = list(accumulate(sample.buckets))
    ends = [f"{bound:g}" for bound in metric.bounds] + ["+Inf"]
    for end, count in zip(ends, below, strict=True):
        bucket = _braced([*pairs, f'le="{end}"'])
        lines.append(f"{metric.name}_bucket{bucket} {count}")
    lines.append(f"{metric.name}_sum{_braced(pairs)} {_number(metric, sample.value)}")
    lines.append(f"{metric.name}_count{_braced(pairs)} {below[-1]}")


def _pairs(metric: Metric, sample: Sample) -> list[str]:
    return [
        f'{name}="{value.translate(_LABEL_ESCAPES)}"' for name, value in zip(metric.labels, sample.labels, strict=True)
    ]


def _braced(pairs: list[str]) -> str:
    return "{" + ",".join(pairs) + "}" if pairs else ""


def _number(metric: Metric, value: int) -> str:
    """Write a number exactly: no float is made of a sum of billionths."""
    if not metric.is_in_billionths:
        return str(value)
    whole, rest = divmod(abs(value), BILLION)
    return ("-" if value < 0 else "") + f"{whole}.{rest:09d}".rstrip("0").rstrip(".")
