import numpy as np
import pytest

from cothink.routing.learned.features import NAMES
from cothink.routing.learned.likeness import Likeness, Reach, learn, rescue

KINDS, EACH = 24, 10


def world(strange: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Kinds that are the harder the larger they are; the strong model fails only on the largest."""
    random = np.random.default_rng(0)
    size = np.repeat(np.linspace(-2, 2, KINDS), EACH) + strange
    dense = (size[:, None] + 0.1 * random.normal(size=(KINDS * EACH, len(NAMES)))).astype(np.float32)
    cheap, strong = size < 0, size < 1.3
    return dense, np.column_stack([cheap, strong]).astype(float), np.repeat(np.arange(KINDS), EACH)


def learned() -> Likeness:
    dense, right, kind = world()
    return learn(dense, right, kind, kind % 4, Reach())


def at(size: float) -> np.ndarray:
    return np.full(len(NAMES), size, dtype=np.float32)


def test_kinds_of_like_size_speak_for_a_kind_that_was_never_seen() -> None:
    likeness = learned()
    small, middle, large = (likeness.chances(at(size)) for size in (-1.5, 0.7, 2.0))
    assert small[0][0] > 0.7 > 0.3 > middle[0][0]
    assert middle[1] > small[1] and middle[1] > large[1], "what both or neither solve gains nothing"


def test_the_promise_of_a_gain_is_weighed_on_kinds_that_were_left_out() -> None:
    dense, right, kind = world()
    noise = np.random.default_rng(1).permutation(right)
    assert float(learn(dense, noise, kind, kind % 4, Reach()).numbers[1]) < float(learned().numbers[1]) <= 1


def test_a_few_kinds_promise_no_more_than_their_mean() -> None:
    dense, right, _ = world()
    one = learn(dense, right, np.zeros(len(dense), dtype=np.int64), np.zeros(len(dense), dtype=np.int64), Reach())
    p, gain = one.chances(at(0.0))
    assert p == pytest.approx(right.mean(0), abs=1e-5)
    assert gain == pytest.approx(float(rescue(p)))


def test_figures_far_from_all_stay_chances() -> None:
    p, gain = learned().chances(at(1e6))
    assert ((p > 0) & (p < 1)).all()
    assert np.isfinite(gain)
