import asyncio
from collections.abc import Callable

import pytest

from cothink.core.chunk import Chunk
from cothink.core.deadline import Deadline, Times
from cothink.core.errors import DeadlinePassed
from cothink.core.request import Request
from cothink.strategies.cascade import Cascade
from cothink.strategies.checks import Checks
from cothink.strategies.expert import within
from cothink.strategies.review import Review
from strategies.scripted import Scripted, Silent, answer_of, ask, count, model


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def timed(question: str, clock: Callable[[], float], **fields: object) -> Request:
    request = ask(question, **fields)
    request.run.deadline = Deadline(Times(whole_s=60), clock)
    return request


def slow(clock: Clock, text: str, seconds: float) -> Scripted:
    """Says a text after some seconds."""

    def say(request: Request) -> str:
        clock.now += seconds
        return text

    return Scripted(say)


@pytest.mark.parametrize("stream", [True, False])
async def test_a_pro_that_takes_too_long_gives_way_to_the_draft(stream: bool) -> None:
    clock = Clock()
    pro = Silent(Chunk(reasoning="hmm"))
    team = Cascade(
        model("r1", slow(clock, "381", 59.8)), model("pro", pro, zone="hosted"), checks=Checks(), count=count
    )
    request = timed("What is 17 * 23?", clock, stream=stream)
    answer = await answer_of(team, request)
    assert (answer.text, pro.open) == ("381", 0)
    assert (request.run.verification, request.run.stopped_by) == ("unverified", "deadline_passed")


async def test_a_sample_that_takes_too_long_ends_the_sampling() -> None:
    clock = Clock()

    class ThenSilent(Scripted):
        async def stream(self, request: Request):  # type: ignore[no-untyped-def]
            if self.calls:
                await asyncio.Event().wait()
            async for chunk in super().stream(request):
                yield chunk

    def say(request: Request) -> str:
        clock.now += 59.8
        return "3 + 5 = 8. 8 - 2 = 6.\nAnswer: 6"

    story = "Tom has 3 apples and buys 5 more, then eats 2. How many apples does he have?"
    team = Cascade(model("r1", ThenSilent(say)), model("pro", Silent()), checks=Checks(), count=count)
    request = timed(story, clock)
    assert (await answer_of(team, request)).text.endswith("Answer: 6")
    assert request.run.stopped_by == "deadline_passed"


async def test_an_audit_that_takes_too_long_leaves_the_answer_unverified() -> None:
    clock = Clock()
    pro = Silent()
    team = Review(model("r1", slow(clock, "The sea is wide.", 59.8)), model("pro", pro), checks=Checks(), count=count)
    request = timed("Write a line.", clock)
    assert (await answer_of(team, request)).text == "The sea is wide."
    assert (request.run.verification, request.run.stopped_by, pro.open) == ("unverified", "deadline_passed", 0)


async def test_a_time_out_of_the_work_itself_stays_what_it_is() -> None:
    async def work() -> None:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        await within(timed("x", Clock()).run, work())


async def test_a_passed_deadline_names_the_seconds() -> None:
    clock = Clock()
    request = timed("x", clock)
    clock.now = 70
    with pytest.raises(DeadlinePassed, match="60 s in all"):
        await within(request.run, asyncio.Event().wait())


async def test_one_chunk_that_says_and_ends_all_is_the_pros_answer() -> None:
    pro = Scripted([Chunk(text="391", finish="stop")])
    team = Cascade(model("r1", Scripted("381")), model("pro", pro), checks=Checks(), count=count)
    assert (await answer_of(team, ask("What is 17 * 23?"))).text == "391"
