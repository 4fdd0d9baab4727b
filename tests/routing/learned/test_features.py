import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cothink.routing.learned.features import BUCKETS, NAMES, read
from cothink.routing.learned.words import family_of


def figure(text: str, name: str) -> float:
    return float(read(text)[0][NAMES.index(name)])


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=400))
def test_any_text_gives_finite_figures_and_buckets_in_range(text: str) -> None:
    dense, buckets = read(text)
    assert dense.shape == (len(NAMES),) and np.isfinite(dense).all()
    assert (np.diff(buckets) > 0).all() and all(0 <= one < BUCKETS for one in buckets)


def test_names_are_unique() -> None:
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize(
    ("name", "small", "large"),
    [
        ("numbers", "1 and 2", "1, 2, 3 and 4"),
        ("most_digits", "12", "123456"),
        ("rows", "Solve:\n1 2 3\n4 5 6", "Solve:\n1 2 3\n4 5 6\n7 8 9\n1 2 3"),
        ("longest_list", "[1, 2]", "[1, 2, 3, 4, 5]"),
        ("depth", "(1 + 2)", "((1 + 2) * (3))"),
        ("bullets", "- one", "- one\n- two\n3. three"),
        ("asks_sort", "Hello there", "Sort these in descending order"),
        ("decimals", "1.5", "1.5 and 2.25"),
    ],
)
def test_a_larger_task_has_a_larger_figure(name: str, small: str, large: str) -> None:
    assert figure(small, name) < figure(large, name)


def test_prompts_of_one_template_share_most_buckets_whatever_their_numbers() -> None:
    one, other = read("Add 12 and 7 and give the sum.")[1], read("Add 4711 and 88 and give the sum.")[1]
    far = read("Translate the poem into German prose.")[1]
    assert set(one) == set(other)
    assert len(set(one) & set(far)) < len(one) / 2


@pytest.mark.parametrize(
    "text", ["(" * 200_000, "a" * 300_000, "1 " * 150_000, "\n" * 100_000, "\ud800 lone", "❌" * 50_000]
)
def test_hostile_texts_are_read_in_bounded_time(text: str) -> None:
    begin = time.process_time()
    dense, _ = read(text)
    assert np.isfinite(dense).all()
    assert time.process_time() - begin < 1


def test_a_word_of_a_family_is_found_by_its_beginning() -> None:
    assert family_of("sorting") == family_of("sorted")
    assert family_of("sorting") != family_of("integral")
    assert family_of("xyzzy") is None
