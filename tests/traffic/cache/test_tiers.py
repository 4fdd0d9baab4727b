"""Answers go down to the cold tier and come up again."""

from cache_fakes import WORDS, Counting, Watches, ask, cache, chunks, tiers, uses

from cothink.core.events import Event
from cothink.traffic.cache.config import CacheConfig
from cothink.traffic.cache.entry import Entry


class Shelf:
    """A cold tier in a dictionary; it can refuse writes."""

    def __init__(self) -> None:
        self.data: dict[bytes, bytes] = {}
        self.takes = True

    async def get(self, key: bytes) -> bytes | None:
        return self.data.get(key)

    def put(self, key: bytes, value: bytes, created_at: float) -> bool:
        if self.takes:
            self.data[key] = value
        return self.takes

    async def aclose(self) -> None:
        return None


CONFIG = CacheConfig(around=("r1",), ttl_s=60)


async def test_an_answer_outlives_the_process_and_is_brought_up():
    cold, watches = Shelf(), Watches()
    await chunks(cache(Counting(), CONFIG, cold=cold, watches=watches), ask())
    engine, events = Counting(), list[Event]()
    after = cache(engine, CONFIG, cold=cold, watches=watches)
    for _ in range(2):
        assert await chunks(after, ask(events=events)) == WORDS
    assert engine.calls == 0
    assert uses(events) == [("hit", "cold"), ("hit", "hot")]


async def test_a_cold_answer_that_is_too_old_or_from_the_future_is_a_miss():
    for seconds in (61, -3600):
        cold, watches = Shelf(), Watches()
        await chunks(cache(Counting(), CONFIG, cold=cold, watches=watches), ask())
        watches.pass_s(seconds)
        engine = Counting()
        await chunks(cache(engine, CONFIG, cold=cold, watches=watches), ask())
        assert engine.calls == 1


async def test_a_cold_answer_that_cannot_be_read_is_a_miss():
    cold, engine = Shelf(), Counting()
    await chunks(cache(engine, CONFIG, cold=cold), ask())
    cold.data = dict.fromkeys(cold.data, b"\x00rubbish")
    assert await chunks(cache(engine, CONFIG, cold=cold), ask()) == WORDS
    assert engine.calls == 2


async def test_an_answer_whose_first_write_was_lost_is_written_when_it_leaves_memory():
    cold = Shelf()
    cold.takes = False
    room = tiers(CacheConfig(hot_bytes=2500, ttl_s=60), cold)
    for name in (b"a", b"b"):
        room.store(name, Entry(room.wall(), WORDS))
    assert cold.data == {} and len(room.hot) == 1
    cold.takes = True
    room.store(b"c", Entry(room.wall(), WORDS))
    assert set(cold.data) == {b"b", b"c"}
