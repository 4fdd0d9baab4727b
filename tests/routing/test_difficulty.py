import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.core.errors import SettingError
from cothink.core.messages import Message
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.routing.config import Weights
from cothink.routing.difficulty import PlainScorer


def ask(text: str) -> Request:
    return Request(model="m", messages=(Message("user", text),), run=Run("r"))


def score(text: str) -> float:
    return PlainScorer().score(ask(text)).score


def test_more_numbers_steps_equations_and_constraints_are_harder() -> None:
    assert score("Say hello.") < score("Tom has 3 apples and buys 5. How many apples has he?")
    assert score("Solve x + 1 = 2.") < score("Solve x + y = 10, x - y = 2, x + z = 4.")
    assert score("Write a function f.") < score("Write a function f. It must be thread-safe and use at most 2 locks.")
    assert score("Write a function f.\n>>> f(1)\n1") < score("Write a function f.")
    assert score("What is a group?") < score("Prove that every finite integral domain is a field.")


def test_the_parts_are_named_and_sum_to_the_score() -> None:
    difficulty = PlainScorer().score(ask("Solve the system: x + y = 10, x - y = 2"))
    assert difficulty.parts["an equation"] == 0.25
    assert difficulty.parts["2 equations"] == 0.15
    assert sum(difficulty.parts.values()) == pytest.approx(difficulty.score, abs=0.005)
    assert difficulty.words.startswith("an equation, 2 equations")
    assert msgspec.json.encode(difficulty)


@given(st.text(max_size=300), st.integers(1, 60))
def test_a_score_stays_between_0_and_1(text: str, times: int) -> None:
    assert 0 <= score(text * times) <= 1


def test_a_weight_out_of_range_is_refused_by_name() -> None:
    with pytest.raises(SettingError, match="number is 2; allowed is -1 to 1"):
        Weights(number=2)
