"""Two programs for one task on the same inputs: where they differ, and which of them is faster, as figures."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cothink.verify import code_session
from cothink.verify.program.inputs import Input
from cothink.verify.sandbox.config import Limits
from cothink.verify.sandbox.sandbox import Sandbox

REPEATS = 5
TIMED_INPUTS = 6
GROWTH = (8, 64)
MOST_CHARACTERS = 60_000
MEASURE = """
import ast, gc, json, sys, time, tracemalloc, types
module = types.ModuleType("program")
sys.modules["program"] = module
out, sys.stdout = sys.stdout, open("/dev/null", "w")
exec(compile({source}, "program.py", "exec"), module.__dict__)
function = getattr(module, {name})
def once(text):
    arguments = ast.literal_eval(text)
    began = time.perf_counter_ns()
    try:
        function(*arguments)
    except Exception:
        pass
    return time.perf_counter_ns() - began
gc.disable()
for text in {inputs}:
    best = min(once(text) for _ in range({repeats}))
    tracemalloc.start()
    once(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(json.dumps([best, peak]), file=out, flush=True)
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two programs differ.

    Args:
        tried: Inputs that both were run on.
        differ: The arguments where they gave different results, in words, with both results.
        numbers: Which of the inputs those are.
    """

    tried: int
    differ: tuple[str, ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Timing:
    """What one program took on each input: the least of several runs in microseconds, and the most memory in bytes."""

    us: tuple[float, ...]
    peak_bytes: tuple[int, ...]


Outcomes = tuple[Mapping[str, Any], ...]


async def outcomes(code: str, entry_point: str, made: Sequence[Input], *, sandbox: Sandbox, limits: Limits) -> Outcomes:
    """What a program does on each input, as far as it comes within the limits.

    Raises:
        NotReady: The sandbox cannot run programs here.
    """
    work = {"sessions": [], "tests": None, "entry_point": entry_point, "probes": [repr(one.arguments) for one in made]}
    return (await code_session.hold(sandbox, code, work, limits)).probes


def difference(made: Sequence[Input], first: Outcomes, second: Outcomes) -> Difference:
    """Compare outcomes: values by their text, exceptions by their type, floats with a little room."""
    told, numbers = [], []
    for one, other in zip(first, second, strict=False):
        if same_outcome(one, other):
            continue
        number = int(one["probe"])
        numbers.append(number)
        told.append(f"{made[number].arguments!r:.200}: {shown(one)} and {shown(other)}")
    return Difference(min(len(first), len(second)), tuple(told), tuple(numbers))


def same_outcome(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two calls came to the same."""
    if one["kind"] != other["kind"]:
        return False
    if one["kind"] == "error":
        return bool(one["type"] == other["type"])
    if one["text"] == other["text"]:
        return True
    try:
        return abs(float(one["text"]) - float(other["text"])) <= 1e-9 * max(1.0, abs(float(one["text"])))
    except ValueError:
        return False


def shown(outcome: Mapping[str, Any]) -> str:
    """An outcome in words."""
    if outcome["kind"] == "error":
        return str(outcome["type"])
    return str(outcome["text"])[:120] or str(outcome["type"])


async def timed(
    code: str, entry_point: str, inputs: Sequence[tuple[Any, ...]], *, sandbox: Sandbox, limits: Limits
) -> Timing:
    """Time a program on each input in one cell; inputs that it did not come to are left out.

    The figures are the program's own cell's: a program that forges them deceives only about its speed.

    Raises:
        NotReady: The sandbox cannot run programs here.
    """
    source = MEASURE.format(
        source=ascii(code), name=ascii(entry_point), inputs=ascii([repr(one) for one in inputs]), repeats=REPEATS
    )
    result = await sandbox.run_python(source, limits=replace(limits, output_bytes=1024 * 1024))
    us, peaks = [], []
    for line in result.stdout.decode(errors="replace").splitlines():
        try:
            best, peak = json.loads(line)
            us.append(float(best) / 1000)
            peaks.append(int(peak))
        except (ValueError, TypeError):
            break
    return Timing(tuple(us), tuple(peaks))


def grown(calls: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The inputs to time: some of the given ones, then the same with longer texts and lists."""
    chosen = list(calls[:TIMED_INPUTS])
    made = list(chosen)
    for factor in GROWTH:
        for call in chosen:
            larger = tuple(_larger(value, factor) for value in call)
            if repr(larger) != repr(call) and len(repr(larger)) <= MOST_CHARACTERS:
                made.append(larger)
    return made


def _larger(value: Any, factor: int) -> Any:
    if isinstance(value, str | tuple):
        return value * factor
    if isinstance(value, list):
        if value and all(type(item) is int for item in value):
            return [item + turn * (max(value) + 1) for turn in range(factor) for item in value]
        return value * factor
    return value


def speed_words(before: Timing, after: Timing) -> str:
    """How two timings compare, as a figure: the sum over the inputs that both came to."""
    count = min(len(before.us), len(after.us))
    if not count:
        return "nothing could be timed"
    old, new = sum(before.us[:count]), sum(after.us[:count])
    ratio = old / new if new else float("inf")
    memory = f"peak {max(before.peak_bytes[:count]):,} and {max(after.peak_bytes[:count]):,} bytes"
    more = (
        f"; the first got to {len(before.us)} inputs, the second to {len(after.us)}"
        if len(before.us) != len(after.us)
        else ""
    )
    return f"{old:,.0f} us before, {new:,.0f} us after over {count} inputs ({ratio:.2f} times as fast), {memory}{more}"
