import sys

import pytest

from cothink.core.chunk import Usage
from cothink.core.events import StateChanged, fan_out
from cothink.monitor.exposition import render
from cothink.monitor.metrics import MAX_REMEMBERED, Metrics
from cothink.monitor.series import MAX_SERIES, Counts, Spreads
from cothink.monitor.table import Metric
from monitor.exposition_format import Family, read
from monitor.happenings import call, ended, find, started


def told(*events) -> dict[str, Family]:
    metrics = Metrics(find)
    for event in events:
        metrics(event)
    return read(render(metrics.snapshot()))


def test_an_ended_call_updates_calls_tokens_cost_and_times() -> None:
    shown = told(call(), call(outcome="failed", error="upstream_timeout", first_chunk_s=None))
    calls = shown["cothink_calls_total"]
    at = {"model": "r1", "zone": "site"}
    assert calls.value(**at, outcome="completed", error="none") == "1"
    assert calls.value(**at, outcome="failed", error="upstream_timeout") == "1"
    tokens = {kind: shown["cothink_tokens_total"].value(model="r1", kind=kind) for kind in ("prompt", "completion")}
    assert tokens == {"prompt": "200", "completion": "100"}
    assert shown["cothink_tokens_total"].value(model="r1", kind="reasoning") == "60"
    assert shown["cothink_tokens_total"].value(model="r1", kind="cached") == "40"
    assert shown["cothink_cost_dollars_total"].value(model="r1") == "3.000000002"
    assert shown["cothink_call_seconds"].value("_count", **at) == "2"
    assert shown["cothink_call_seconds"].value("_sum", **at) == "4"
    assert shown["cothink_call_first_content_seconds"].value("_count", **at) == "1"
    assert shown["cothink_call_first_content_seconds"].value("_bucket", **at, le="0.25") == "0"
    assert shown["cothink_call_first_content_seconds"].value("_bucket", **at, le="0.5") == "1"


def test_a_call_without_a_count_of_tokens_is_counted_as_such() -> None:
    shown = told(call(usage=None, cost_nanousd=7))
    assert shown["cothink_uncounted_calls_total"].value(model="r1") == "1"
    assert shown["cothink_cost_dollars_total"].value(model="r1") == "0.000000007"
    assert shown["cothink_tokens_total"].value(model="r1", kind="prompt") == "0"


def test_an_ended_run_updates_runs_times_errors_and_verifications() -> None:
    shown = told(
        ended(),
        ended(strategy="cascade", verification="verified", calls=2),
        ended(strategy="cascade", verification="unverified", outcome="failed", status=502, error="upstream_broken"),
        ended(outcome="cut", status=499),
    )
    runs = shown["cothink_runs_total"]
    assert runs.value(model="r1", strategy="direct", outcome="completed", status="2xx") == "1"
    assert runs.value(model="r1", strategy="cascade", outcome="failed", status="5xx") == "1"
    assert runs.value(model="r1", strategy="direct", outcome="cut", status="4xx") == "1"
    assert shown["cothink_run_seconds"].value("_sum", model="r1", strategy="direct") == "4.125"
    assert shown["cothink_run_errors_total"].value(model="r1", error="upstream_broken") == "1"
    assert len(shown["cothink_run_errors_total"].samples) == 1
    verifications = shown["cothink_verifications_total"]
    assert verifications.value(strategy="cascade", verification="verified") == "1"
    assert verifications.value(strategy="cascade", verification="unverified") == "1"
    assert len(verifications.samples) == 2


def test_runs_in_flight_are_those_that_started_and_have_not_ended() -> None:
    in_flight = "cothink_runs_in_flight"
    assert told()[in_flight].value() == "0"
    assert told(started("a"), started("b"), ended("a"))[in_flight].value() == "1"
    turned_away = ended("c", model="", strategy="", outcome="refused", status=401, calls=0, error="missing_api_key")
    shown = told(started("a"), turned_away)
    assert shown[in_flight].value() == "1"
    assert shown["cothink_runs_total"].value(model="none", strategy="none", outcome="refused", status="4xx") == "1"


def test_one_id_for_several_runs_leaves_no_run_in_flight_behind() -> None:
    shown = told(started("same"), started("same"), ended("same"), ended("same"), ended("same"))
    assert shown["cothink_runs_in_flight"].value() == "0"


def test_overhead_is_what_a_run_of_one_call_took_beyond_it() -> None:
    shown = told(started(), call(seconds=2.0), ended(seconds=2.0625))
    overhead = shown["cothink_gateway_overhead_seconds"]
    assert overhead.value("_sum", strategy="direct") == "0.0625"
    assert overhead.value("_count", strategy="direct") == "1"
    two_calls = told(started(), call(), call(), ended(calls=2))
    assert two_calls["cothink_gateway_overhead_seconds"].value("_count", strategy="direct") == "0"
    one_id_for_two_runs = told(started(), call(seconds=3.0), ended(seconds=2.0))
    assert one_id_for_two_runs["cothink_gateway_overhead_seconds"].value("_count", strategy="direct") == "0"
    without_a_start = told(call(), ended())
    assert without_a_start["cothink_gateway_overhead_seconds"].value("_count", strategy="direct") == "0"


def test_a_change_of_state_is_counted_without_its_words() -> None:
    event = StateChanged(part="llama", state="died", words="secret words")
    shown = told(event, event)
    assert shown["cothink_state_changes_total"].value(part="llama", state="died") == "2"


def test_names_in_requests_are_those_of_models_or_other() -> None:
    names = ["r1", "o1-pro", "cothink-auto:0.7", "cothink-auto:0.70001", "nope", 'r1"\n', ""]
    shown = told(*[ended(model=name) for name in names])
    models = {dict(labels)["model"] for _, labels in shown["cothink_runs_total"].samples}
    assert models == {"r1", "pro", "cothink-auto", "other", "none"}


def test_names_that_clients_make_up_cost_no_memory() -> None:
    metrics = Metrics(find)
    metrics(ended(model="made-up"))
    before = len(metrics.snapshot().samples["cothink_runs_total"])
    for number in range(100):
        metrics(ended(model=f"made-up-{number}", error="model_not_found", outcome="refused", status=404))
    assert len(metrics._ended_runs) == 0
    for number in range(3 * MAX_REMEMBERED):
        metrics(ended(model=f"cothink-auto:0.{number}"))
    metrics(ended(model="r1:" + "0" * 100_000))
    held = sum(sys.getsizeof(value) for value in (metrics._ended_runs, metrics._ended_calls))
    assert len(metrics._ended_runs) <= MAX_REMEMBERED
    assert not any(len(str(key)) > 1000 for key in metrics._ended_runs)
    assert held < 300_000
    assert len(metrics.snapshot().samples["cothink_runs_total"]) <= before + 3


def test_codes_that_an_upstream_makes_up_are_bounded_and_crowd_ours_not_out() -> None:
    events = [call(outcome="failed", error=f"made_up_{number}") for number in range(500)]
    shown = told(*events, call(outcome="failed", error="upstream_timeout"), call(outcome="failed", error="x" * 9999))
    codes = [dict(labels)["error"] for _, labels in shown["cothink_calls_total"].samples]
    assert len(codes) <= 66
    assert {"upstream_timeout", "other"} <= set(codes)
    assert max(map(len, codes)) <= 100
    assert sum(map(int, shown["cothink_calls_total"].samples.values())) == 502


def test_a_long_word_is_cut() -> None:
    shown = told(call(outcome="failed", error="x" * 9999))
    ((_, labels),) = shown["cothink_calls_total"].samples
    assert dict(labels)["error"] == "x" * 100


def test_a_metric_has_a_most_of_series_and_the_rest_is_still_counted() -> None:
    metric = Metric(name="x_total", kind="counter", unit="x", labels=("a", "b"), words="x")
    counts = Counts(metric)
    for number in range(MAX_SERIES + 100):
        counts.at(str(number), "b").value += 1
    assert len(counts.samples()) == MAX_SERIES + 1
    assert sum(sample.value for sample in counts.samples()) == MAX_SERIES + 100
    with pytest.raises(ValueError, match="2 labels"):
        counts.at("only one")


def test_a_value_on_a_bound_belongs_to_its_bucket() -> None:
    spreads = Spreads(Metric(name="x", kind="histogram", unit="seconds", labels=(), words="x", bounds=(1, 2)))
    for value in (0.0, 1.0, 1.5, 2.0, 2.5, 1e9):
        spreads.at().add(value)
    assert spreads.samples()[0].buckets == (2, 2, 2)
    with pytest.raises(ValueError, match="NaN"):
        spreads.at().add(float("nan"))
    assert spreads.samples()[0].buckets == (2, 2, 2)


def test_a_metric_that_is_not_in_the_table_cannot_be_counted() -> None:
    metrics = Metrics()
    with pytest.raises(ValueError, match=r"cothink_made_up_total.*add it there first"):
        metrics._count("cothink_made_up_total")
    with pytest.raises(ValueError, match="cothink_made_up_seconds"):
        metrics._spread("cothink_made_up_seconds")


def test_new_settings_change_the_names_and_keep_the_counts() -> None:
    metrics = Metrics()
    metrics(ended(model="r1"))
    metrics.know(find)
    metrics(ended(model="r1"))
    metrics.know(lambda name: f"new-{name}")
    metrics(ended(model="r1"))
    runs = read(render(metrics.snapshot()))["cothink_runs_total"]
    counted = {dict(labels)["model"]: value for (_, labels), value in runs.samples.items()}
    assert counted == {"other": "1", "r1": "1", "new-r1": "1"}


def test_events_of_a_kind_that_nothing_is_counted_of_are_let_go() -> None:
    metrics = Metrics()
    metrics(object())  # type: ignore[arg-type]
    assert metrics.snapshot() == Metrics().snapshot()


def test_a_listener_that_fails_beside_it_takes_no_count_away(caplog) -> None:
    metrics = Metrics(find)

    def fail(_event) -> None:
        raise RuntimeError

    emit = fan_out((fail, metrics))
    emit(call(usage=Usage(1, 1)))
    assert read(render(metrics.snapshot()))["cothink_tokens_total"].value(model="r1", kind="prompt") == "1"
