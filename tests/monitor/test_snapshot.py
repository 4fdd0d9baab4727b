from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.core.chunk import Usage
from cothink.monitor.exposition import render
from cothink.monitor.metrics import Metrics
from cothink.monitor.snapshot import Sample, Snapshot, decode, encode, merge
from monitor.exposition_format import read
from monitor.happenings import call, ended, find, started

NUMBERS = st.integers(0, 10**12)
CALLS = st.builds(
    call,
    st.sampled_from(["a", "b"]),
    model=st.sampled_from(["r1", "pro"]),
    usage=st.none() | st.builds(Usage, NUMBERS, NUMBERS, NUMBERS, NUMBERS),
    cost_nanousd=NUMBERS,
    seconds=st.floats(0, 10_000),
    first_chunk_s=st.none() | st.floats(0, 1000),
    error=st.sampled_from([None, "upstream_busy"]),
)
RUNS = st.builds(ended, st.sampled_from(["a", "b"]), model=st.sampled_from(["r1", "x"]), seconds=st.floats(0, 10_000))


def counted(events) -> Snapshot:
    metrics = Metrics(find)
    for event in events:
        metrics(event)
    return metrics.snapshot()


def numbers(snapshot: Snapshot) -> Counter:
    """All numbers that are not 0, by name, labels and place."""
    found: Counter = Counter()
    for name, samples in snapshot.samples.items():
        for sample in samples:
            for place, number in enumerate((sample.value, *sample.buckets)):
                found[name, sample.labels, place] += number
    return +found


@given(st.lists(CALLS | RUNS, max_size=20), st.lists(CALLS | RUNS, max_size=20))
def test_the_merge_of_two_workers_is_what_one_would_have_counted(one, two) -> None:
    merged = merge(decode(encode(counted(events))) for events in (one, two))
    assert numbers(merged) == numbers(counted([*one, *two]))
    read(render(merged))


def test_gauges_add_and_those_of_workers_that_ended_are_left_out() -> None:
    parts = [counted([started("a"), call("a")]), counted([started("a"), started("b")])]
    assert read(render(merge(parts)))["cothink_runs_in_flight"].value() == "3"
    shown = read(render(merge(parts[1:], gone=parts[:1])))
    assert shown["cothink_runs_in_flight"].value() == "2"
    assert shown["cothink_tokens_total"].value(model="r1", kind="prompt") == "100"


def test_the_merge_of_nobody_is_empty() -> None:
    assert numbers(merge([])) == Counter()
    assert set(read(render(merge([])))) == set(counted([]).samples)


@pytest.mark.parametrize("data", [b"", b"\xc1", b"{}", b"\x80", encode(counted([call()]))[:-1]])
def test_bytes_that_are_no_snapshot_are_refused(data) -> None:
    with pytest.raises(ValueError, match="no snapshot of metrics"):
        decode(data)


@pytest.mark.parametrize(
    ("name", "sample", "words"),
    [
        ("cothink_made_up_total", Sample((), 1), "no metric of the table"),
        ("cothink_tokens_total", Sample(("r1",), 1), "1 labels"),
        ("cothink_tokens_total", Sample(("r1", "prompt"), 1, (1,)), "1 buckets"),
        ("cothink_call_seconds", Sample(("r1", "site"), 1, (1, 2)), "2 buckets"),
    ],
)
def test_a_snapshot_that_does_not_fit_the_table_cannot_be_made(name, sample, words) -> None:
    with pytest.raises(ValueError, match=words):
        Snapshot({name: (sample,)})
