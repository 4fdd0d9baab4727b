from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.core.errors import SettingError
from cothink.routing.learned.correction import Corrections, Outcome, read, write


def test_few_outcomes_move_little_and_many_no_further_than_the_most() -> None:
    corrections = Corrections()
    corrections.learn([Outcome("t", "k", "pro", 0.5, 1.0)])
    assert 0 < corrections.of("t", "k")[1] < 0.02
    corrections.learn(Outcome("t", "k", "pro", 0.1, 1.0) for _ in range(10_000))
    assert corrections.of("t", "k") == (0.0, 0.3)
    assert corrections.of("other", "k") == corrections.of("t", "other") == (0.0, 0.0)


def test_every_update_is_a_version_and_can_be_undone(tmp_path: Path) -> None:
    path = tmp_path / "corrections.json"
    assert read(path).version == 0
    corrections = Corrections()
    assert corrections.learn([Outcome("t", "k", "r1", 0.5, 1.0)]) == 1
    first = corrections.of("t", "k")
    assert corrections.learn([Outcome("t", "k", "r1", 0.5, 0.0, 0.5)] * 9) == 2
    write(corrections, path)
    again = read(path)
    assert again.version == 2 and again.of("t", "k") == corrections.of("t", "k") != first
    assert again.back_to(1).of("t", "k") == first
    with pytest.raises(SettingError, match="version is 3; allowed is 0 to 2"):
        again.back_to(3)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)), max_size=40))
def test_no_outcomes_move_a_chance_out_of_bounds(rows: list[tuple[float, float, float]]) -> None:
    corrections = Corrections()
    corrections.learn(Outcome("t", "k", "r1", *row) for row in rows)
    assert -0.3 <= corrections.of("t", "k")[0] <= 0.3


def test_what_is_out_of_range_or_unreadable_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="observed is 2; allowed is 0 to 1"):
        Outcome("t", "k", "r1", 0.5, 2)
    with pytest.raises(SettingError, match="allowed are r1 and pro"):
        Outcome("t", "k", "o1", 0.5, 1)
    (tmp_path / "c.json").write_text("[{]")
    with pytest.raises(SettingError, match=r"c\.json holds no corrections"):
        read(tmp_path / "c.json")
