import pytest

from cothink.verify.program.compare import Timing, difference, grown, outcomes, same_outcome, speed_words, timed
from cothink.verify.program.inputs import Input
from cothink.verify.sandbox.config import Limits
from cothink.verify.sandbox.sandbox import Sandbox

LIMITS = Limits(wall_s=5, cpu_s=5)
MADE = (Input((1,), "shown"), Input((2,), "near"), Input((0,), "edge"))


@pytest.mark.needs_bubblewrap
async def test_results_and_exceptions_are_compared(sandbox: Sandbox) -> None:
    first = await outcomes("def f(x): return 6 / x", "f", MADE, sandbox=sandbox, limits=LIMITS)
    same = await outcomes("def f(x): return 6.0 / x", "f", MADE, sandbox=sandbox, limits=LIMITS)
    other = await outcomes("def f(x): return 6 / x if x != 2 else None", "f", MADE, sandbox=sandbox, limits=LIMITS)
    assert difference(MADE, first, same).differ == ()
    found = difference(MADE, first, other)
    assert (found.tried, found.numbers, found.differ) == (3, (1,), ("(2,): 3.0 and None",))


@pytest.mark.needs_bubblewrap
async def test_time_is_measured_and_errors_do_not_end_it(sandbox: Sandbox) -> None:
    code = "print('noise')\ndef f(xs):\n    return sorted(xs)[0]"
    timing = await timed(code, "f", [([2, 1],), ([],), (list(range(2000)),)], sandbox=sandbox, limits=LIMITS)
    assert len(timing.us) == len(timing.peak_bytes) == 3
    assert timing.peak_bytes[2] > timing.peak_bytes[0]


def test_floats_have_a_little_room() -> None:
    one = {"kind": "value", "text": "0.3", "type": "float"}
    assert same_outcome(one, {"kind": "value", "text": "0.30000000000000004", "type": "float"})
    assert not same_outcome(one, {"kind": "value", "text": "'0.3'", "type": "str"})
    assert not same_outcome(one, {"kind": "error", "text": "0.3", "type": "E"})


def test_inputs_grow_and_stay_distinct() -> None:
    made = grown([([1, 2], "ab", 3)])
    assert made[0] == ([1, 2], "ab", 3)
    assert len(made[-1][0]) == 128 == len(set(made[-1][0])) and made[-1][2] == 3


def test_speed_is_a_figure() -> None:
    words = speed_words(Timing((100.0, 300.0), (10, 20)), Timing((50.0, 50.0, 1.0), (10, 5, 5)))
    assert words.startswith("400 us before, 100 us after over 2 inputs (4.00 times as fast), peak 20 and 10 bytes")
    assert speed_words(Timing((), ()), Timing((), ())) == "nothing could be timed"
