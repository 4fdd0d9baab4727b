import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.core.events import StateChanged
from cothink.monitor.exposition import CONTENT_TYPE, render
from cothink.monitor.metrics import Metrics
from cothink.monitor.snapshot import Sample, Snapshot
from cothink.monitor.table import METRICS
from monitor.exposition_format import read
from monitor.happenings import call, ended, find, started


def test_everything_is_shown_in_order_with_help_and_type() -> None:
    metrics = Metrics(find)
    for event in (started(), call(), call(model="pro", zone="hosted"), ended(), ended(verification="refuted")):
        metrics(event)
    data = render(metrics.snapshot())
    shown = read(data)
    assert list(shown) == sorted(metric.name for metric in METRICS)
    assert {name: (family.kind, family.words) for name, family in shown.items()} == {
        metric.name: (metric.kind, metric.words) for metric in METRICS
    }
    models = [dict(labels)["model"] for _, labels in shown["cothink_cost_dollars_total"].samples]
    assert models == ["pro", "r1"]
    assert data == render(metrics.snapshot())
    assert CONTENT_TYPE.startswith("text/plain; version=0.0.4")


def test_a_metric_that_nothing_was_counted_of_is_described_all_the_same() -> None:
    shown = read(render(Snapshot({})))
    assert set(shown) == {metric.name for metric in METRICS}
    assert not any(family.samples for family in shown.values())


@given(st.text(min_size=1, max_size=99))
def test_any_text_in_a_label_comes_back_as_it_was(text: str) -> None:
    metrics = Metrics()
    metrics(StateChanged(part=text, state="on", words=""))
    shown = read(render(metrics.snapshot()))
    assert shown["cothink_state_changes_total"].value(part=text, state="on") == "1"


def test_quotes_backslashes_and_new_lines_are_escaped() -> None:
    text = render(Snapshot({"cothink_cost_dollars_total": (Sample(('a"b\\n\nc',), 1),)})).decode()
    assert '\ncothink_cost_dollars_total{model="a\\"b\\\\n\\nc"} 0.000000001\n' in text


def test_half_a_character_in_a_label_does_not_break_the_page() -> None:
    metrics = Metrics()
    metrics(StateChanged(part="a\ud800", state="on", words=""))
    assert read(render(metrics.snapshot()))["cothink_state_changes_total"].value(part="a?", state="on") == "1"


@pytest.mark.parametrize(
    ("nanos", "text"),
    [
        (0, "0"),
        (1, "0.000000001"),
        (10**9, "1"),
        (1_500_000_000, "1.5"),
        (10**20 + 1, "100000000000.000000001"),
        (-1_500_000_000, "-1.5"),
        (20 * 10**9, "20"),
    ],
)
def test_dollars_are_written_to_the_last_billionth(nanos: int, text: str) -> None:
    shown = read(render(Snapshot({"cothink_cost_dollars_total": (Sample(("pro",), nanos),)})))
    assert shown["cothink_cost_dollars_total"].value(model="pro") == text


def test_bucket_bounds_are_plain_numbers() -> None:
    metrics = Metrics()
    metrics(call(seconds=5000.0))
    shown = read(render(metrics.snapshot()))["cothink_call_seconds"]
    at = {"model": "r1", "zone": "site"}
    assert shown.value("_bucket", **at, le="1280") == "0"
    assert shown.value("_bucket", **at, le="0.05") == "0"
    assert shown.value("_bucket", **at, le="+Inf") == "1"
