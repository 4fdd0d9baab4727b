"""Events as a gateway tells them, for tests of what listens."""

from typing import Any

from cothink.core.chunk import Usage
from cothink.core.errors import UnknownModel
from cothink.core.events import CallEnded, RunEnded, RunStarted

KNOWN = {"r1": "r1", "pro": "pro", "o1-pro": "pro", "cothink-auto": "cothink-auto"}


def find(name: str) -> str:
    """Find a model as a directory does: by name, by a retired name, or with a dial behind it."""
    name = name.partition(":")[0]
    if name not in KNOWN:
        raise UnknownModel("No model has that name.")
    return KNOWN[name]


def started(run_id: str = "req-1", model: str = "r1") -> RunStarted:
    return RunStarted(run_id=run_id, model=model, key="alice")


def call(run_id: str = "req-1", **more: Any) -> CallEnded:
    values: dict[str, Any] = {
        "model": "r1",
        "zone": "site",
        "outcome": "completed",
        "usage": Usage(100, 50, 30, 20),
        "cost_nanousd": 1_500_000_001,
        "seconds": 2.0,
        "first_chunk_s": 0.3,
    }
    return CallEnded(run_id=run_id, **(values | more))


def ended(run_id: str = "req-1", **more: Any) -> RunEnded:
    values: dict[str, Any] = {
        "model": "r1",
        "key": "alice",
        "strategy": "direct",
        "outcome": "completed",
        "status": 200,
        "usage": Usage(100, 50, 30, 20),
        "cost_nanousd": 1_500_000_001,
        "seconds": 2.0625,
        "calls": 1,
    }
    return RunEnded(run_id=run_id, **(values | more))
