import numpy as np
import pytest

from cothink.routing.learned.features import NAMES
from cothink.routing.learned.likeness import Likeness, Reach, learn

KINDS, EACH = 24, 10


def world() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Kinds that are the harder the larger they are; the strong model fails only on the largest."""
    random = np.random.default_rng(0)
    size = np.repeat(np.linspace(-2, 2, KINDS), EACH)
    dense = (size[:, None] + 0.1 * random.normal(size=(KINDS * EACH, len(NAMES)))).astype(np.float32)
    cheap, strong = size < 0, size < 1.3
    return dense, np.column_stack([cheap, strong]).astype(float), np.repeat(np.arange(KINDS), EACH)


def learned() -> Likeness:
    dense, right, kind = world()
    return learn(dense, right, kind, Reach())


def at(size: float) -> np.ndarray:
    return np.full(len(NAMES), size, dtype=np.float32)


def test_kinds_of_like_size_speak_for_a_kind_that_was_never_seen() -> None:
    likeness = learned()
    small, middle, large = (likeness.chances(at(size)) for size in (-1.5, 0.7, 2.0))
    assert small[0][0] > 0.7 > 0.3 > middle[0][0]
    assert middle[1] > small[1] and middle[1] > large[1], "what both or neither solve gains nothing"


def test_the_promised_gain_is_on_average_the_one_that_was_seen() -> None:
    dense, right, _ = world()
    likeness = learned()
    promised = np.mean([likeness.chances(row)[1] for row in dense])
    assert promised == pytest.approx(float((right[:, 1] - right[:, 0]).mean()), abs=0.05)


def test_a_single_kind_promises_no_more_than_its_mean() -> None:
    dense, right, _ = world()
    one = learn(dense, right, np.zeros(len(dense), dtype=np.int64), Reach())
    p, gain = one.chances(at(0.0))
    assert p == pytest.approx(right.mean(0), abs=1e-5)
    assert gain == pytest.approx(float(right[:, 1].mean() - right[:, 0].mean()), abs=1e-5)


def test_figures_far_from_all_stay_chances() -> None:
    p, gain = learned().chances(at(1e6))
    assert ((p > 0) & (p < 1)).all()
    assert np.isfinite(gain)
