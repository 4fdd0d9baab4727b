"""The numbers of one worker at one moment, as a value that travels; several are added into one.

Each worker counts for itself, so nothing is shared while requests run; what belongs together is added when scraped.
"""

from collections.abc import Iterable

import msgspec

from cothink.monitor.table import METRICS, metric_named


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """One series: its label values, its number, and for a histogram the counts of its buckets.

    ``value`` is a count, a level, or the sum of a histogram; seconds and dollars are whole billionths.
    """

    labels: tuple[str, ...]
    value: int
    buckets: tuple[int, ...] = ()


class Snapshot(msgspec.Struct, frozen=True):
    """All samples by metric.

    Raises:
        ValueError: It does not fit the table: an unknown metric, other labels or other buckets.
    """

    samples: dict[str, tuple[Sample, ...]]

    def __post_init__(self) -> None:
        for name, samples in self.samples.items():
            metric = metric_named(name)
            buckets = len(metric.bounds) + 1 if metric.kind == "histogram" else 0
            for sample in samples:
                if len(sample.labels) != len(metric.labels) or len(sample.buckets) != buckets:
                    raise ValueError(
                        f"A sample of {name} has {len(sample.labels)} labels and {len(sample.buckets)} buckets; the "
                        f"table says {len(metric.labels)} and {buckets}."
                    )


def encode(snapshot: Snapshot) -> bytes:
    """Return a snapshot as bytes, for another process of the same version."""
    return msgspec.msgpack.encode(snapshot)


def decode(data: bytes) -> Snapshot:
    """Read what ``encode`` wrote.

    Raises:
        ValueError: The bytes are no snapshot, or one of another version's table.
    """
    try:
        return msgspec.msgpack.decode(data, type=Snapshot)
    except msgspec.DecodeError as error:
        raise ValueError(f"{len(data)} bytes from a worker are no snapshot of metrics: {error}") from None


def merge(parts: Iterable[Snapshot], gone: Iterable[Snapshot] = ()) -> Snapshot:
    """Add the snapshots of several workers: counters, buckets and levels add.

    Args:
        parts: Of the workers that live.
        gone: The last ones of workers that ended. What they counted stays counted, so that no counter falls when a
            worker is replaced; their gauges are left out.
    """
    sums: dict[str, dict[tuple[str, ...], Sample]] = {metric.name: {} for metric in METRICS}
    for part in parts:
        for name, samples in part.samples.items():
            _add(sums[name], samples)
    for part in gone:
        for name, samples in part.samples.items():
            if metric_named(name).kind != "gauge":
                _add(sums[name], samples)
    return Snapshot({name: tuple(series.values()) for name, series in sums.items()})


def _add(sums: dict[tuple[str, ...], Sample], samples: tuple[Sample, ...]) -> None:
    for sample in samples:
        old = sums.get(sample.labels)
        if old is not None:
            buckets = tuple([a + b for a, b in zip(old.buckets, sample.buckets, strict=True)])
            sample = Sample(sample.labels, old.value + sample.value, buckets)  # noqa: PLW2901 - the sum in its place
        sums[sample.labels] = sample
