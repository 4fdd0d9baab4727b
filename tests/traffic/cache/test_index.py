"""Near vectors are found among many, and there are never too many."""

import numpy as np

from cothink.traffic.cache.semantic.index import Index, Partition


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def test_the_nearest_of_many_is_found_first():
    random = np.random.default_rng(0)
    vectors = unit(random.normal(size=(3000, 512)))
    part = Partition(5000)
    for number, vector in enumerate(vectors):
        part.add(f"q{number}", b"%d" % number, vector)
    found = 0
    for number in range(0, 3000, 100):
        asked = unit(vectors[number] + 0.02 * random.normal(size=512).astype(np.float32))
        (best, *_) = part.near(asked, 3, 0.5)
        found += best.key == b"%d" % number
        assert abs(best.cosine - float(asked @ vectors[number])) < 0.01
    assert found == 30


def test_what_is_not_near_enough_is_not_found():
    part = Partition(10)
    part.add("x", b"x", unit(np.eye(512)[0]))
    assert part.near(unit(np.eye(512)[1]), 3, 0.5) == []


def test_a_ring_lets_the_oldest_go_and_a_key_stands_once():
    part = Partition(100)
    for number in range(150):
        part.add(f"q{number}", b"%d" % number, unit(np.eye(512)[number]))
    part.add("again", b"149", unit(np.eye(512)[149]))
    assert len(part) == 100
    assert part.near(unit(np.eye(512)[10]), 1, 0.5) == []
    assert part.near(unit(np.eye(512)[149]), 1, 0.5)[0].text == "again"


def test_the_bound_holds_over_all_partitions():
    index = Index(100)
    for number in range(30):
        for place in range(10):
            index.add(b"%d" % number, "q", b"%d-%d" % (number, place), unit(np.eye(512)[place]))
    assert len(index) <= 100
    assert index.get(b"0") is None
    assert index.get(b"29") is not None
