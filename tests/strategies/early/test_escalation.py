import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from cothink.core.deadline import Times
from cothink.core.errors import LimitReached, UpstreamBusy, UpstreamUnreachable
from cothink.core.ledger import Limits
from cothink.engines.fake import FakeEngine, Say
from cothink.strategies.early.config import EarlyConfig
from leaping import leap, now
from strategies.early.races import RIGHT, SUM, WRONG, race, request_of, slow_thought, team, watching
from strategies.scripted import steps_of

AT_10 = watching(thought_tokens=10)
STORY = "Tom has 3 apples and buys 5 more, then eats 2. How many apples does he have?"
SIX = "3 + 5 = 8. 8 - 2 = 6.\nAnswer: 6"


def test_it_is_off_by_default() -> None:
    ran = race(slow_thought(RIGHT, 50_0), RIGHT, EarlyConfig())
    assert (len(ran.r1.requests), len(ran.pro.requests)) == (1, 0)
    assert not [step for step in ran.run.trace.steps if step.name.startswith("early")]


def test_a_short_thought_starts_nothing_and_changes_nothing() -> None:
    ran = race(slow_thought(RIGHT, 8), RIGHT, AT_10)
    assert len(ran.pro.requests) == 0
    assert ran.run.verification == "verified"
    assert not [step for step in ran.run.trace.steps if step.name.startswith("early")]


def test_r1_wins_where_its_answer_passes_its_check_first_and_the_pro_is_cancelled_and_booked() -> None:
    ran = race(slow_thought(RIGHT, 20), slow_thought(RIGHT, 500), AT_10)
    assert ran.answer is not None
    assert ran.answer.text == RIGHT
    assert ran.outcomes == {"r1": ["completed"], "pro": ["cut"]}
    assert ran.pro.closed_early == 1
    early = ran.early
    assert (early.started, early.winner, early.saved_s) == (True, "r1", 0.0)
    assert "over 10 tokens" in early.sign
    assert early.at_s == pytest.approx(10, abs=1.5)
    pro = next(entry for entry in ran.run.ledger.entries if entry.model == "pro")
    assert pro.cost_nanousd > 0  # by what it wrote until then
    assert early.spent_usd == early.lost_usd == pro.cost_nanousd / 1e9
    assert ran.run.verification == "verified"
    assert steps_of_run(ran.run, "early_start") == [{"to": "pro", "sign": early.sign}]


def test_the_pro_wins_where_it_answers_first_and_r1_is_cancelled() -> None:
    ran = race(slow_thought(RIGHT, 500), slow_thought(RIGHT, 20), AT_10)
    assert ran.answer is not None
    assert ran.answer.text == RIGHT
    assert ran.outcomes == {"r1": ["cut"], "pro": ["completed"]}
    early = ran.early
    assert (early.winner, early.started) == ("pro", True)
    assert early.saved_s == pytest.approx(26, abs=3)  # as long as the pro took
    assert ran.took_s < 60
    assert early.spent_usd > early.lost_usd > 0
    assert ran.run.verification == "verified"
    assert [step.name for step in ran.run.trace.steps if step.name == "check_pro"]


def test_where_r1s_answer_falls_the_pro_has_its_head_start_and_its_words_go_on() -> None:
    ran = race(slow_thought(WRONG, 30), slow_thought(RIGHT, 100), AT_10)
    late = race(slow_thought(WRONG, 30), slow_thought(RIGHT, 100), watching())
    assert ran.answer is not None
    assert ran.answer.text == RIGHT
    assert ran.outcomes == {"r1": ["completed"], "pro": ["completed"]}
    assert ran.early.winner == "pro"
    assert ran.early.saved_s == pytest.approx(late.took_s - ran.took_s, abs=0.01)  # what it says is what was saved
    assert ran.early.lost_usd == 0
    assert ran.run.verification == "verified"


@pytest.mark.parametrize("stream", [False, True])
def test_the_answer_is_the_same_word_by_word_and_whole(stream: bool) -> None:
    for r1, pro, text in ((WRONG, RIGHT, RIGHT), (RIGHT, WRONG, RIGHT)):
        ran = race(slow_thought(r1, 30), slow_thought(pro, 100), AT_10, stream=stream)
        assert ran.answer is not None
        assert ran.answer.text == text


def test_a_pro_that_fails_early_leaves_r1_as_if_nothing_had_been() -> None:
    ran = race(slow_thought(RIGHT, 30), UpstreamBusy("busy"), AT_10)
    assert ran.answer is not None
    assert (ran.answer.text, ran.run.verification, ran.run.warnings) == (RIGHT, "verified", [])
    assert "upstream_busy" in ran.early.because
    assert ran.early.winner is None


def test_after_a_pro_that_failed_early_a_draft_that_falls_goes_to_the_pro_with_what_was_found() -> None:
    ran = race(slow_thought(WRONG, 30), (UpstreamBusy("busy"), RIGHT), AT_10)
    assert ran.answer is not None
    assert ran.answer.text == RIGHT
    assert "391" in ran.pro.requests[1].question
    assert ran.outcomes["pro"] == ["failed", "completed"]


def test_a_pro_that_breaks_off_in_the_middle_does_not_win() -> None:
    ran = race(slow_thought(RIGHT, 60), slow_thought(RIGHT, 20, cut=True, after=15), AT_10)
    assert ran.answer is not None
    assert ran.answer.text == RIGHT
    assert ran.outcomes["r1"] == ["completed"]


def test_a_pro_that_fails_after_r1_fell_leaves_the_draft_with_what_was_found() -> None:
    pro = slow_thought(RIGHT, 500, fails=UpstreamUnreachable("gone"), after=100)
    ran = race(slow_thought(WRONG, 30), pro, AT_10)
    assert ran.answer is not None
    assert (ran.answer.text, ran.run.verification) == (WRONG, "unverified")
    assert any("so this is R1's draft" in warning for warning in ran.run.warnings)
    assert ran.early.winner == "r1"


def test_r1_that_hangs_is_left_once_the_pro_has_answered() -> None:
    ran = race(slow_thought(RIGHT, 30, hangs=True, after=5), slow_thought(RIGHT, 10), watching(stalled_s=20))
    assert ran.answer is not None
    assert ran.answer.text == RIGHT
    assert "nothing came from R1 for 20.0 s" in ran.early.sign
    assert ran.outcomes == {"r1": ["cut"], "pro": ["completed"]}


def test_both_wrong_the_pros_is_given_and_the_answer_says_so() -> None:
    for r1, pro in ((30, 60), (60, 20)):
        ran = race(slow_thought(WRONG, r1), slow_thought("17 * 23 = 371. Answer: 371", pro), AT_10)
        assert ran.answer is not None
        assert "371" in ran.answer.text
        assert ran.run.verification == "refuted"
        assert any("finds fault with the pro's answer too" in warning for warning in ran.run.warnings)
        assert ran.early.winner == "pro"


def test_a_pro_that_is_refuted_first_does_not_beat_r1() -> None:
    ran = race(slow_thought(RIGHT, 60), slow_thought(WRONG, 10), AT_10)
    assert ran.answer is not None
    assert (ran.answer.text, ran.run.verification) == (RIGHT, "verified")
    assert ran.early.winner == "r1"
    assert ran.early.spent_usd > 0
    assert ran.early.lost_usd == 0  # nothing was cancelled


def test_a_refuted_pro_is_still_given_where_r1_hangs_or_time_is_over() -> None:
    hangs = slow_thought(RIGHT, 60, hangs=True, after=30)
    ran = race(hangs, slow_thought(WRONG, 10), watching(thought_tokens=10, stalled_s=15))
    assert ran.answer is not None
    assert (ran.answer.text, ran.run.verification) == (WRONG, "refuted")
    ran = race(slow_thought(RIGHT, 500), slow_thought(WRONG, 10), AT_10, times=Times(whole_s=100))
    assert ran.answer is not None
    assert (ran.answer.text, ran.run.verification) == (WRONG, "refuted")
    assert ran.took_s < 100


def test_a_budget_that_forbids_a_second_call_starts_nothing_and_says_so() -> None:
    for limits in (Limits(calls=1), Limits(cost_nanousd=100_000_000), Limits(tokens=4_200)):
        ran = race(slow_thought(RIGHT, 30), RIGHT, AT_10, limits=limits)
        assert ran.answer is not None
        assert (ran.answer.text, ran.run.verification) == (RIGHT, "verified")
        assert len(ran.pro.requests) == 0
        assert ran.early.started is False
        assert "the pro was not started early" in ran.early.because
        assert ran.early.spent_usd == 0


def test_a_key_without_money_is_found_out_by_the_call_itself_and_costs_nothing() -> None:
    ran = race(slow_thought(RIGHT, 30), LimitReached("no money"), AT_10)
    assert ran.answer is not None
    assert ran.answer.text == RIGHT
    assert ran.early.spent_usd == 0


def test_r1s_servers_fail_while_the_pro_is_at_it_and_the_pro_answers() -> None:
    r1 = slow_thought(RIGHT, 60, fails=UpstreamUnreachable("gone"), after=20)
    ran = race(r1, slow_thought(RIGHT, 40), AT_10)
    assert ran.answer is not None
    assert ran.answer.text == RIGHT
    assert len(ran.pro.requests) == 1
    assert ran.early.winner == "pro"


def test_further_samples_of_r1_run_on_beside_the_pro() -> None:
    r1 = (slow_thought(SIX, 20), slow_thought(SIX, 5))
    ran = race(r1, slow_thought("7", 500), AT_10, STORY)
    assert ran.answer is not None
    assert ran.answer.text == SIX
    assert ran.outcomes == {"r1": ["completed", "completed"], "pro": ["cut"]}
    assert ran.run.verification == "verified"


def test_the_same_answer_at_the_same_moment_is_r1s() -> None:
    ran = race(slow_thought(RIGHT, 20), Say(text=RIGHT, first_s=26 - 11), AT_10)
    assert ran.answer is not None
    assert ran.answer.text == RIGHT


@pytest.mark.parametrize("after", [1, 5, 12, 40, 75, 90])
def test_a_client_that_leaves_at_any_moment_ends_both_calls_at_once(after: float) -> None:
    r1, pro = FakeEngine((slow_thought(WRONG, 60),)), FakeEngine((slow_thought(RIGHT, 300),))

    async def leave() -> float:
        request = request_of()

        async def read() -> None:
            async with aclosing(team(r1, pro, AT_10).stream(request)) as chunks:
                async for _ in chunks:
                    pass

        task = asyncio.create_task(read())
        await asyncio.sleep(after)
        left_at = now()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert (r1.open, pro.open) == (0, 0)
        assert all(entry.outcome is not None for entry in request.run.ledger.entries)
        return now() - left_at

    assert leap(leave()) <= 0.1


def test_a_reader_that_stops_in_the_middle_of_the_pros_words_ends_its_call() -> None:
    r1, pro = FakeEngine((slow_thought(WRONG, 30),)), FakeEngine((Say(text="word " * 500, gap_s=1.0),))

    async def read() -> None:
        async with aclosing(team(r1, pro, AT_10).stream(request_of())) as chunks:
            async for chunk in chunks:
                if chunk.text:
                    break
        assert (r1.open, pro.open) == (0, 0)

    leap(read())


def test_an_upstream_that_ends_slowly_does_not_hold_the_winner_back() -> None:
    class Sticky:
        """A pro whose call takes ten seconds to be told that it is over."""

        async def stream(self, request: Any) -> Any:
            try:
                await asyncio.sleep(1_000)
                yield
            finally:
                await asyncio.sleep(10)

    async def run() -> float:
        request = request_of()
        cascade = team(FakeEngine((slow_thought(RIGHT, 20),)), Sticky(), AT_10)  # type: ignore[arg-type]
        async with aclosing(cascade.stream(request)) as chunks:
            said = [chunk.text async for chunk in chunks]
        assert "391" in "".join(said)
        assert [entry.outcome for entry in request.run.ledger.entries] == ["completed", "cut"]
        assert steps_of(request, "early")
        return now()

    assert leap(run()) < 30


def test_what_is_usual_for_a_kind_is_learned_from_answers_that_stood() -> None:
    early = watching(over_usual=3.0, usual_answers=5)
    r1 = FakeEngine((*[slow_thought(RIGHT, 10)] * 5, slow_thought(RIGHT, 100)))
    pro = FakeEngine((RIGHT,))

    async def run() -> Any:
        cascade = team(r1, pro, early)
        for _ in range(6):
            request = request_of(SUM)
            async with aclosing(cascade.stream(request)) as chunks:
                async for _ in chunks:
                    pass
        return steps_of(request, "early")

    (report,) = leap(run())
    assert "over 3 times the usual 10" in report.sign


def test_two_signs_can_be_asked_for_at_once() -> None:
    both = watching(thought_tokens=10, thought_s=40.0, signs=2)
    ran = race(slow_thought(RIGHT, 100), slow_thought(RIGHT, 200), both)
    assert "over 10 tokens" in ran.early.sign
    assert "R1 thinks for" in ran.early.sign
    assert ran.early.at_s == pytest.approx(40, abs=1.1)


def steps_of_run(run: Any, name: str) -> list[Any]:
    return [step.detail for step in run.trace.steps if step.name == name]
