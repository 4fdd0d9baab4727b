"""The memory of the cache has a bound in bytes."""

from hypothesis import given
from hypothesis import strategies as st

from cothink.core.chunk import Chunk
from cothink.traffic.cache.entry import Entry, Kept
from cothink.traffic.cache.hot import HotTier


def kept(size: int) -> Kept:
    one = Kept(Entry(0.0, (Chunk(text="x"),)), 0, is_cold=False)
    one.size = size
    return one


def test_the_longest_unused_answer_leaves_first():
    hot = HotTier(300, 60)
    for name in (b"a", b"b", b"c"):
        assert hot.put(name, kept(100), 0, now=0) == []
    assert hot.get(b"a", now=1) is not None
    assert [key for key, _ in hot.put(b"d", kept(100), 0, now=1)] == [b"b"]
    assert hot.bytes == 300


def test_an_answer_larger_than_all_memory_goes_straight_down():
    hot = HotTier(300, 60)
    hot.put(b"a", kept(100), 0, now=0)
    assert [key for key, _ in hot.put(b"big", kept(301), 0, now=0)] == [b"big"]
    assert hot.get(b"a", now=0) is not None


def test_an_answer_that_was_brought_up_keeps_its_age():
    hot = HotTier(300, 60)
    hot.put(b"a", kept(100), 50, now=0)
    assert hot.get(b"a", now=9) is not None
    assert hot.get(b"a", now=11) is None
    assert hot.bytes == 0 and len(hot) == 0


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 120), st.booleans()), max_size=60))
def test_the_bytes_are_those_of_what_is_kept_and_never_too_many(steps):
    hot = HotTier(300, 60)
    for now, (name, size, is_put) in enumerate(steps):
        key = bytes([name])
        if is_put:
            hot.put(key, kept(size), 0, now=now)
        else:
            hot.get(key, now=now)
        assert hot.bytes == sum(one.size for one, _ in hot._kept.values()) <= 300
