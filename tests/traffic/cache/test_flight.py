"""Many equal questions at once."""

import asyncio

import pytest
from cache_fakes import WORDS, Counting, ask, cache, chunks, uses, whole

from cothink.core.chunk import Chunk
from cothink.core.errors import LimitReached, UpstreamBusy
from cothink.core.events import Event


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_stampede_makes_one_call():
    engine = Counting()
    engine.gate = asyncio.Event()
    one = cache(engine)
    events: list[Event] = []
    tasks = [asyncio.create_task(chunks(one, ask(events=events))) for _ in range(50)]
    await _settle()
    engine.gate.set()
    answers = await asyncio.gather(*tasks)
    assert engine.calls == 1
    assert all(answer == WORDS for answer in answers)
    assert uses(events).count(("hit", "flight")) == 49
    assert len(one._flights) == 0


async def test_a_leader_that_hangs_up_hands_over_to_the_next():
    engine = Counting()
    engine.gate = asyncio.Event()
    one = cache(engine)
    leader = asyncio.create_task(chunks(one, ask()))
    await _settle()
    followers = [asyncio.create_task(chunks(one, ask())) for _ in range(5)]
    await _settle()
    leader.cancel()
    await _settle()
    assert engine.closed == 1
    engine.gate.set()
    assert all(answer == WORDS for answer in await asyncio.gather(*followers))
    assert engine.calls == 2


async def test_a_follower_that_hangs_up_leaves_the_others_alone():
    engine = Counting()
    engine.gate = asyncio.Event()
    one = cache(engine)
    tasks = [asyncio.create_task(chunks(one, ask())) for _ in range(3)]
    await _settle()
    tasks[1].cancel()
    await _settle()
    engine.gate.set()
    assert await tasks[0] == await tasks[2] == WORDS
    assert engine.calls == 1


async def test_where_the_servers_fail_all_get_the_error_of_the_one_call():
    engine = Counting(error=UpstreamBusy("full", retry_after_s=7))
    engine.gate = asyncio.Event()
    one = cache(engine)
    tasks = [asyncio.create_task(chunks(one, ask())) for _ in range(4)]
    await _settle()
    engine.gate.set()
    errors = await asyncio.gather(*tasks, return_exceptions=True)
    assert engine.calls == 1
    assert [type(error) for error in errors] == [UpstreamBusy] * 4
    assert {error.retry_after_s for error in errors} == {7}
    assert len({id(error) for error in errors}) == 4


async def test_a_leader_whose_run_has_no_money_left_hands_over():
    engine = Counting(error=LimitReached("spent"))
    engine.gate = asyncio.Event()
    one = cache(engine)
    leader = asyncio.create_task(chunks(one, ask()))
    await _settle()
    follower = asyncio.create_task(chunks(one, ask()))
    await _settle()
    engine.error = None
    engine.gate.set()
    with pytest.raises(LimitReached):
        await leader
    assert await follower == WORDS
    assert engine.calls == 2


async def test_an_answer_that_was_cut_is_shared_with_nobody_and_nobody_waits_in_a_row():
    engine = Counting((Chunk(text="a"), Chunk(text="b"), Chunk(finish="length")))
    engine.gate = asyncio.Event()
    one = cache(engine)
    tasks = [asyncio.create_task(chunks(one, ask())) for _ in range(4)]
    await _settle()
    engine.gate.set()
    assert {whole(answer)[0] for answer in await asyncio.gather(*tasks)} == {"ab"}
    assert engine.calls == 4
