"""The whole team with models that say what a test wrote down, in the real sandbox."""

from collections.abc import AsyncIterator

import pytest

from cothink.core.errors import CoThinkError, Unsupported, UpstreamUnreachable
from cothink.core.ledger import Limits as RunLimits
from cothink.core.request import Request, Sampling
from cothink.strategies.coding.config import CodingConfig
from cothink.strategies.coding.report import STEP, CodingReport
from cothink.strategies.coding.team import Coding
from cothink.strategies.config import StrategiesConfig
from cothink.verify.sandbox.config import SandboxConfig
from cothink.verify.sandbox.sandbox import Sandbox
from strategies.scripted import Scripted, answer_of, ask, count, heard, model, steps_of
from verify.conftest import _bubblewrap

__all__ = ["_bubblewrap"]
pytestmark = pytest.mark.needs_bubblewrap
QUESTION = '''Complete this function.
```python
def pairs(xs, k):
    """How many pairs sum to k?
    >>> pairs([1, 2, 3], 4)
    3
    """
```'''
RIGHT = """```python
def pairs(xs, k):
    # HOLE: target O(n)
    total = 0
    for a in xs:
        for b in xs:
            total += a + b == k
    return total
```"""
WRONG = "```python\ndef pairs(xs, k):\n    return 0 if xs else k\n```"
FAST = """```python
from collections import Counter

def pairs(xs, k):
    c = Counter(xs)
    return sum(n * c[k - x] for x, n in c.items())
```"""
OTHER = "```python\ndef pairs(xs, k):\n    return 3\n```"
QUICK = CodingConfig(run_s=6.0, lint=False, fill="always", r1_tries=1)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxConfig(warm_cells=1)) as made:
        yield made


def team(sandbox: Sandbox, r1: Scripted, pro: Scripted, config: CodingConfig = QUICK) -> Coding:
    return Coding(
        model("r1", r1),
        model("pro", pro, zone="hosted"),
        sandbox=sandbox,
        count=count,
        config=StrategiesConfig(coding=config),
    )


def report_of(request: Request) -> CodingReport:
    (report,) = steps_of(request, STEP)
    assert isinstance(report, CodingReport)
    return report


async def test_the_pro_fills_what_is_slow_and_both_are_compared(sandbox: Sandbox) -> None:
    r1, pro, request = Scripted(RIGHT), Scripted(FAST), ask(QUESTION)
    notes = heard(request)
    answer = await answer_of(team(sandbox, r1, pro), request)
    report = report_of(request)
    assert "Counter(xs)" in answer.text and "HOLE" not in answer.text
    assert (report.verdict, report.by, request.run.verification) == ("pass", "r1 and pro", "verified")
    assert report.holes == ("pairs: filled by the pro (2 loops inside each other)",)
    assert "times as fast" in report.speed and "| ✓ | example 1 |" in report.markdown
    assert (r1.calls, pro.calls) == (1, 1)
    assert QUESTION not in pro.requests[0].messages[0].text, "the pro sees the contract, not the conversation"
    assert "Target: O(n)" in pro.requests[0].messages[0].text
    assert any("fills pairs" in note for note in notes)


async def test_a_small_program_that_stands_is_left_as_it_is(sandbox: Sandbox) -> None:
    r1, pro, request = Scripted(RIGHT), Scripted(FAST), ask(QUESTION)
    await answer_of(team(sandbox, r1, pro, CodingConfig(run_s=6.0, lint=False)), request)
    assert (report_of(request).by, r1.calls, pro.calls) == ("r1", 1, 0)
    assert "HOLE" not in r1.requests[0].messages[-1].text


@pytest.mark.parametrize("words", ["It must be fast.", "Target: O(n).", "xs has up to 10^6 numbers."])
async def test_a_task_that_speaks_of_speed_is_filled(sandbox: Sandbox, words: str) -> None:
    r1, pro, request = Scripted(RIGHT), Scripted(FAST), ask(f"{QUESTION}\n{words}")
    await answer_of(team(sandbox, r1, pro, CodingConfig(run_s=6.0, lint=False)), request)
    assert (report_of(request).by, pro.calls) == ("r1 and pro", 1)
    assert "HOLE" in r1.requests[0].messages[-1].text


async def test_a_long_program_is_filled_where_the_analysis_sees_that_it_is_slow(sandbox: Sandbox) -> None:
    r1, pro, request = Scripted(RIGHT), Scripted(FAST), ask(QUESTION)
    await answer_of(team(sandbox, r1, pro, CodingConfig(run_s=6.0, lint=False, small_lines=4)), request)
    assert (report_of(request).by, pro.calls) == ("r1 and pro", 1)


async def test_r1_tries_again_before_the_pro_is_asked(sandbox: Sandbox) -> None:
    r1, pro, request = Scripted(WRONG, RIGHT), Scripted(FAST), ask(QUESTION, sampling=Sampling(temperature=0.0))
    await answer_of(team(sandbox, r1, pro, CodingConfig(run_s=6.0, lint=False)), request)
    assert (report_of(request).by, r1.calls, pro.calls) == ("r1, try 2", 2, 0)
    warm = r1.requests[1].sampling.temperature
    assert warm is not None and warm > 0
    steps = [(step["by"], step["tokens"]) for step in steps_of(request, "coded")]
    assert steps == [("r1", 20), ("r1", 20)]


async def test_the_same_fault_after_a_repair_ends_the_repairs(sandbox: Sandbox) -> None:
    pro, request = Scripted(WRONG), ask(QUESTION)
    await answer_of(team(sandbox, Scripted(WRONG), pro), request)
    assert (report_of(request).verdict, report_of(request).repairs, pro.calls) == ("fail", 1, 2)


async def test_tests_that_the_models_made_up_are_no_reason_for_a_repair(sandbox: Sandbox) -> None:
    question = "Write a Python function `add(a, b)` that adds two numbers. def add(a, b):"
    tests = "```python\nassert add(1, 2) == 4\nassert add(0, 0) == 1\n```"
    good = "```python\ndef add(a, b):\n    return a + b\n```"
    pro, request = Scripted(tests, good), ask(question)
    await answer_of(team(sandbox, Scripted(good, tests), pro), request)
    assert (report_of(request).repairs, pro.calls) == (0, 2)


async def test_a_filling_that_gives_other_results_is_repaired_with_the_difference(sandbox: Sandbox) -> None:
    r1, pro, request = Scripted(RIGHT), Scripted(OTHER, FAST), ask(QUESTION)
    await answer_of(team(sandbox, r1, pro), request)
    assert "results differ from the plain version" in pro.requests[1].messages[-1].text
    assert (report_of(request).by, report_of(request).repairs) == ("r1 and pro", 1)


async def test_a_filling_that_stays_wrong_leaves_the_plain_body(sandbox: Sandbox) -> None:
    r1, pro, request = Scripted(RIGHT), Scripted(OTHER), ask(QUESTION)
    answer = await answer_of(team(sandbox, r1, pro), request)
    assert "for b in xs" in answer.text
    assert (report_of(request).verdict, pro.calls, report_of(request).repairs) == ("pass", 3, 2)
    assert report_of(request).holes[0].startswith("pairs: kept as R1 wrote it; results differ")


async def test_a_wrong_skeleton_goes_to_the_pro_with_what_was_found(sandbox: Sandbox) -> None:
    r1, pro, request = Scripted(WRONG), Scripted(FAST), ask(QUESTION)
    await answer_of(team(sandbox, r1, pro), request)
    assert "expected 3, got 0" in pro.requests[0].messages[-1].text
    assert (report_of(request).by, request.run.verification) == ("pro", "verified")


async def test_a_skeleton_that_does_not_parse_ends_in_a_clear_report(sandbox: Sandbox) -> None:
    r1, pro, request = Scripted("```python\ndef pairs(xs, k:\n```"), Scripted(FAST), ask(QUESTION)
    await answer_of(team(sandbox, r1, pro), request)
    assert "does not parse" in report_of(request).candidates[0].evidence
    assert report_of(request).verdict == "pass"


async def test_a_pro_that_answers_in_prose_ends_in_a_clear_report(sandbox: Sandbox) -> None:
    r1, pro, request = Scripted(WRONG), Scripted("I would rather talk about it."), ask(QUESTION)
    answer = await answer_of(team(sandbox, r1, pro), request)
    report = report_of(request)
    assert (report.verdict, report.repairs, pro.calls) == ("fail", 1, 2), "the same fault again ends it"
    assert "def pairs" in answer.text, "the best there is, never an empty answer"
    assert any("prose" in words for words in request.run.warnings)
    assert any("No program passed" in words for words in request.run.warnings)
    assert request.run.verification == "refuted"


async def test_prose_in_place_of_a_filling_keeps_the_plain_body(sandbox: Sandbox) -> None:
    request = ask(QUESTION)
    await answer_of(team(sandbox, Scripted(RIGHT), Scripted("No.")), request)
    assert "answered in prose" in report_of(request).holes[0]
    assert report_of(request).verdict == "pass"


async def test_models_that_disagree_on_the_signature_are_told_so(sandbox: Sandbox) -> None:
    other = "```python\ndef pairs(xs, k, sorted_already):\n    return 0\n```"
    request = ask(QUESTION)
    await answer_of(team(sandbox, Scripted(RIGHT), Scripted(other)), request)
    assert "disagree on the signature of 'pairs': (xs, k) in the skeleton" in report_of(request).holes[0]
    assert report_of(request).verdict == "pass"


async def test_tests_that_hang_end_in_a_clear_report(sandbox: Sandbox) -> None:
    question = QUESTION + "\n```python\nassert pairs([], 0) == 0\nwhile True: pass\n```"
    request = ask(question)
    config = CodingConfig(run_s=2.0, lint=False, repairs=0)
    await answer_of(team(sandbox, Scripted(RIGHT), Scripted(FAST), config), request)
    report = report_of(request)
    assert "did not end" in " ".join(report.not_covered)


async def test_a_program_that_hangs_fails_within_its_time(sandbox: Sandbox) -> None:
    hang = "```python\ndef pairs(xs, k):\n    while True: pass\n```"
    request = ask(QUESTION)
    config = CodingConfig(run_s=1.0, lint=False, repairs=0)
    await answer_of(team(sandbox, Scripted(hang), Scripted(hang), config), request)
    assert (report_of(request).verdict, request.run.verification) == ("fail", "refuted")
    assert "stopped after 1 s" in report_of(request).candidates[0].evidence


async def test_the_ledgers_limits_end_the_work_with_the_best_so_far(sandbox: Sandbox) -> None:
    r1, pro, request = Scripted(WRONG), Scripted(WRONG), ask(QUESTION, limits=RunLimits(calls=2))
    answer = await answer_of(team(sandbox, r1, pro), request)
    assert "def pairs" in answer.text
    assert (r1.calls + pro.calls, request.run.stopped_by) == (2, "run_calls_limit")
    assert report_of(request).verdict == "fail"


async def test_a_pro_that_is_away_leaves_r1s_program(sandbox: Sandbox) -> None:
    request = ask(QUESTION)
    await answer_of(team(sandbox, Scripted(RIGHT), Scripted(UpstreamUnreachable("away"))), request)
    assert (report_of(request).by, report_of(request).verdict) == ("r1", "pass")
    assert any("away" in words for words in request.run.warnings)


async def test_nothing_from_anyone_is_an_error(sandbox: Sandbox) -> None:
    away = UpstreamUnreachable("away")
    with pytest.raises(CoThinkError, match="away"):
        await answer_of(team(sandbox, Scripted(away), Scripted(away)), ask(QUESTION))


async def test_without_examples_both_propose_tests_and_what_agrees_is_used(sandbox: Sandbox) -> None:
    question = "Write a Python function `add(a, b)` that adds two numbers. def add(a, b):"
    tests = "```python\nassert add(1, 2) == 3\nassert add(0, 0) == 0\n```"
    bad = "```python\ndef add(a, b):\n    return a - b\n```"
    good = "```python\ndef add(a, b):\n    return a + b\n```"
    request = ask(question)
    await answer_of(team(sandbox, Scripted(bad, tests), Scripted(tests, good)), request)
    report = report_of(request)
    assert report.tests == "2 of 2 were kept: both proposed them"
    assert (report.by, report.candidates[-1].verdict) == ("pro", "pass")
    assert (report.verdict, request.run.verification) == ("unsure", "unverified"), "a pass is only the models' word"
    assert "proposed themselves" in report.not_covered[0]


async def test_candidates_that_pass_and_differ_are_told_apart_by_an_input(sandbox: Sandbox) -> None:
    question = QUESTION.replace("3\n    ", "3\n    ")
    r1 = Scripted("```python\ndef pairs(xs, k):\n    return len([a for a in xs for b in xs if a + b == k])\n```")
    request = ask(question)
    await answer_of(team(sandbox, r1, Scripted(FAST)), request)
    assert report_of(request).by == "r1 and pro"
    assert steps_of(request, "told_apart") == []


async def test_a_question_without_code_is_r1s_alone(sandbox: Sandbox) -> None:
    request = ask("Who wrote War and Peace?")
    answer = await answer_of(team(sandbox, Scripted("Tolstoy."), Scripted("x")), request)
    assert answer.text == "Tolstoy."
    assert request.run.decision == "no code is asked for, so R1 answers alone"


async def test_another_language_is_parsed_and_what_was_not_run_is_said(sandbox: Sandbox) -> None:
    go = "```go\npackage main\n\nfunc Add(a int, b int) int { return a + b }\n```"
    request = ask("Write a function in Go that adds two numbers.")
    answer = await answer_of(team(sandbox, Scripted(go), Scripted(go)), request)
    assert answer.text.startswith("```go")
    assert (report_of(request).verdict, request.run.verification) == ("unsure", "unverified")
    assert "go is not run here" in " ".join(report_of(request).not_covered)


async def test_log_probs_are_refused(sandbox: Sandbox) -> None:
    with pytest.raises(Unsupported):
        await answer_of(team(sandbox, Scripted(RIGHT), Scripted(FAST)), ask(QUESTION, logprobs=True))


async def test_without_a_sandbox_it_answers_unverified_and_says_so() -> None:
    async with Sandbox(SandboxConfig(bubblewrap="no-such-program")) as nowhere:
        request = ask(QUESTION)
        await answer_of(team(nowhere, Scripted(RIGHT), Scripted(FAST)), request)
    assert request.run.verification == "unverified"
    assert "apt-get install bubblewrap" in " ".join(report_of(request).not_covered)
