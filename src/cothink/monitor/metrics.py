"""Counts what happened, as a listener to events: one look-up an event, then plain additions.

No locks: events are told on one event loop, and each worker has its own.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from cothink.core.errors import CoThinkError, UnknownModel
from cothink.core.events import CacheUsed, CallEnded, Event, RunEnded, RunStarted, StateChanged
from cothink.monitor.series import MAX_WORD_CHARS, NONE, OTHER, Count, Counts, Spread, Spreads, Words
from cothink.monitor.snapshot import Snapshot
from cothink.monitor.table import METRICS, metric_named

T = TypeVar("T")
MAX_REMEMBERED = 2_000  # events of one look whose series are found in one step
Find = Callable[[str], str]
"""The name of the model that answers to the name in a request. Raises CoThinkError where none does."""


class Metrics:
    """A listener that counts.

    Args:
        find: Tells known names of models from others; without it all names in requests are ``other``.
    """

    def __init__(self, find: Find | None = None) -> None:
        self._counts = {metric.name: Counts(metric) for metric in METRICS if metric.kind != "histogram"}
        self._spreads = {metric.name: Spreads(metric) for metric in METRICS if metric.kind == "histogram"}
        self._find = find or _know_none
        self._models = Words(256)
        self._strategies = Words(64)
        self._errors = Words(64, frozenset(_codes(CoThinkError)))
        self._parts = Words(64)
        self._states = Words(64)
        self._in_flight = self._count("cothink_runs_in_flight").at()
        self._open: dict[str, int] = {}  # runs in flight by id: a client may give one id to several
        self._call_s: dict[str, float] = {}  # how long the last call of a run in flight took
        self._ended_runs: dict[object, _RunSeries] = {}
        self._ended_calls: dict[object, _CallSeries] = {}
        self.hears: Mapping[type, Callable[[Any], None]] = {  # see `core.events.fan_out`
            RunStarted: self._start_run,
            CallEnded: self._end_call,
            RunEnded: self._end_run,
            CacheUsed: self._use_cache,
            StateChanged: self._change_state,
        }

    def know(self, find: Find) -> None:
        """Tell names of models apart by ``find`` from now on, after settings were loaded anew. Counts stay."""
        self._find = find
        self._ended_runs.clear()

    def __call__(self, event: Event) -> None:
        """Count an event. Kinds that nothing is counted of are let go."""
        count = self.hears.get(type(event))
        if count is not None:
            count(event)

    def count(self, name: str, *labels: str) -> Count:
        """Return one series, for a part that counts by itself. Each has one thread that adds to it.

        Raises:
            ValueError: The table has no such metric, or other labels.
        """
        return self._count(name).at(*labels)

    def snapshot(self) -> Snapshot:
        """Return all numbers as they are now."""
        samples = {name: counts.samples() for name, counts in self._counts.items()}
        samples.update({name: spreads.samples() for name, spreads in self._spreads.items()})
        return Snapshot(samples)

    def _start_run(self, event: RunStarted) -> None:
        self._open[event.run_id] = self._open.get(event.run_id, 0) + 1
        self._in_flight.value += 1

    def _change_state(self, event: StateChanged) -> None:
        labels = self._parts.take(event.part), self._states.take(event.state)
        self._count("cothink_state_changes_total").at(*labels).value += 1

    def _end_call(self, event: CallEnded) -> None:
        key = (event.model, event.zone, event.outcome, event.error)
        series = self._ended_calls.get(key) or self._find_call(key, event)
        seconds = event.seconds
        series.seconds.add(seconds)
        series.calls.value += 1
        series.cost.value += event.cost_nanousd
        if event.first_chunk_s is not None:
            series.first.add(event.first_chunk_s)
        usage = event.usage
        if usage is None:
            self._count("cothink_uncounted_calls_total").at(self._models.take(event.model)).value += 1
        else:
            series.prompt.value += usage.prompt_tokens
            series.completion.value += usage.completion_tokens
            series.reasoning.value += usage.reasoning_tokens
            series.cached.value += usage.cached_tokens
        if event.run_id in self._open:
            self._call_s[event.run_id] = seconds

    def _use_cache(self, event: CacheUsed) -> None:
        model = self._models.take(event.model)
        self._count("cothink_cache_uses_total").at(model, event.state, event.tier).value += 1
        if event.usage is not None:
            saved = self._count("cothink_cache_saved_tokens_total")
            saved.at(model, "prompt").value += event.usage.prompt_tokens
            saved.at(model, "completion").value += event.usage.completion_tokens

    def _end_run(self, event: RunEnded) -> None:
        id = event.run_id
        call_s = self._call_s.pop(id, None)
        times = self._open.pop(id, 0)
        if times:  # a request that was turned away before any work was never in flight
            self._in_flight.value -= 1
            if times > 1:
                self._open[id] = times - 1
        key = (event.model, event.strategy, event.outcome, event.status, event.verification, event.error)
        series = self._ended_runs.get(key) or self._find_run(key, event)
        series.seconds.add(event.seconds)
        series.runs.value += 1
        if series.errors is not None:
            series.errors.value += 1
        if series.verifications is not None:
            series.verifications.value += 1
        if series.overhead is not None and call_s is not None and event.calls == 1 and call_s <= event.seconds:
            series.overhead.add(event.seconds - call_s)

    def _find_call(self, key: object, event: CallEnded) -> "_CallSeries":
        model, error = self._models.take(event.model), self._errors.take(event.error)
        series = _CallSeries()
        series.calls = self._count("cothink_calls_total").at(model, event.zone, event.outcome, error)
        series.cost = self._count("cothink_cost_dollars_total").at(model)
        tokens = self._count("cothink_tokens_total")
        series.prompt = tokens.at(model, "prompt")
        series.completion = tokens.at(model, "completion")
        series.reasoning = tokens.at(model, "reasoning")
        series.cached = tokens.at(model, "cached")
        series.seconds = self._spread("cothink_call_seconds").at(model, event.zone)
        series.first = self._spread("cothink_call_first_content_seconds").at(model, event.zone)
        _remember(self._ended_calls, key, series, event.error)
        return series

    def _find_run(self, key: object, event: RunEnded) -> "_RunSeries":
        model, strategy = self._model(event), self._strategies.take(event.strategy)
        status = f"{event.status // 100}xx" if 100 <= event.status <= 599 else NONE
        series = _RunSeries()
        series.runs = self._count("cothink_runs_total").at(model, strategy, event.outcome, status)
        series.seconds = self._spread("cothink_run_seconds").at(model, strategy)
        series.overhead = series.errors = series.verifications = None
        if strategy != NONE:  # else it was turned away before any work
            series.overhead = self._spread("cothink_gateway_overhead_seconds").at(strategy)
        if event.error is not None:
            series.errors = self._count("cothink_run_errors_total").at(model, self._errors.take(event.error))
        if event.verification is not None:
            verifications = self._count("cothink_verifications_total")
            series.verifications = verifications.at(strategy, event.verification)
        if model != OTHER:  # names that clients make up are not kept
            _remember(self._ended_runs, key, series, event.model, event.error)
        return series

    def _model(self, event: RunEnded) -> str:
        """The label for the name in a request, which a client chose."""
        if not event.model:
            return NONE
        if event.error == UnknownModel.code:  # looked up already, in vain
            return OTHER
        try:
            return self._models.take(self._find(event.model))
        except CoThinkError:
            return OTHER

    def _count(self, name: str) -> Counts:
        metric_named(name)  # raises where it is not in the table
        return self._counts[name]

    def _spread(self, name: str) -> Spreads:
        metric_named(name)  # raises where it is not in the table
        return self._spreads[name]


class _CallSeries:
    """What an ended call adds to."""

    __slots__ = ("cached", "calls", "completion", "cost", "first", "prompt", "reasoning", "seconds")
    calls: Count
    cost: Count
    prompt: Count
    completion: Count
    reasoning: Count
    cached: Count
    seconds: Spread
    first: Spread


class _RunSeries:
    """What an ended run adds to."""

    __slots__ = ("errors", "overhead", "runs", "seconds", "verifications")
    runs: Count
    seconds: Spread
    overhead: Spread | None
    errors: Count | None
    verifications: Count | None


def _remember(memory: dict[object, T], key: object, series: T, *words: str | None) -> None:
    """Keep what was found, so that the next event of its look needs one step; never much, and nothing long."""
    if any(word is not None and len(word) > MAX_WORD_CHARS for word in words):
        return
    if len(memory) >= MAX_REMEMBERED:
        memory.clear()
    memory[key] = series


def _know_none(name: str) -> str:
    raise UnknownModel(f"No model is named {name[:80]!r}.")


def _codes(error: type[CoThinkError]) -> Iterator[str]:
    """Every code of the error tree, so that an upstream's own codes cannot crowd ours out."""
    if error.code is not None:
        yield error.code
    for kind in error.__subclasses__():
        yield from _codes(kind)
