import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cothink.core.errors import SettingError
from cothink.core.verdict import Verdict
from cothink.routing.difficulty import Difficulty
from cothink.routing.kind import TaskKind
from cothink.strategies.checks import Judgement
from cothink.strategies.route.belief import Chances, RouterPriors, after_verdict, together
from cothink.strategies.route.config import RouteConfig
from cothink.strategies.route.gain import Stakes, Step, price_of
from strategies.scripted import ask

ALL: set[Step] = {"r1", "pro", "both"}
chance = st.floats(0.02, 0.98)


def stakes(*, tells: bool = False, compares: bool = False, price: float = 1.0, **changes: float) -> Stakes:
    config = RouteConfig(**changes)  # type: ignore[arg-type]
    return Stakes(config.value_usd, price, 0.002, 0.02, tells, compares, config)


def test_a_task_that_r1_surely_solves_begins_with_r1_and_one_that_only_the_pro_solves_with_the_pro() -> None:
    assert stakes().first(Chances(0.95, 0.97), ALL).step == "r1"
    assert stakes().first(Chances(0.05, 0.9), ALL).step == "pro"


def test_where_a_check_can_tell_r1_goes_first_though_the_pro_is_likelier_right() -> None:
    prior = Chances(0.5, 0.75)
    assert stakes(tells=True).first(prior, ALL).step == "r1"
    assert stakes(tells=False).first(Chances(0.3, 0.9), ALL).step == "pro"


def test_both_begin_at_once_where_waiting_costs_and_either_alone_would_not_do() -> None:
    hurried = stakes(tells=True, value_usd=10.0, second_usd=0.02)
    assert hurried.first(Chances(0.4, 0.6), ALL).step == "both"
    assert hurried.first(Chances(0.4, 0.6), {"r1"}).step == "r1"


def test_what_is_surely_right_is_given_and_what_is_surely_wrong_goes_on() -> None:
    assert stakes().next(Chances(0.97, 0.98), ALL, 0.9).step == "stop"
    assert stakes().next(Chances(0.05, 0.9), ALL, 0.5).step == "pro"


def test_nothing_goes_on_where_the_pro_is_no_better() -> None:
    move = stakes().next(Chances(0.5, 0.5), {"pro"}, 0.5)
    assert (move.step, "≤" in move.words) == ("stop", True)


def test_another_answer_of_r1_comes_before_the_pro_where_agreement_can_settle_it() -> None:
    moved = stakes(compares=True).next(Chances(0.6, 0.85), ALL, 0.6)
    assert moved.step == "r1"
    assert stakes(compares=False).next(Chances(0.6, 0.85), ALL, 0.6).step == "pro"


def test_the_words_hold_the_numbers_of_the_decision() -> None:
    move = stakes().next(Chances(0.3, 0.8), {"pro"}, 0.3)
    assert move.words.startswith("R1's answer is right with 30%; the pro: +")
    assert "× $0.25 = $" in move.words
    assert "> 1 × $0.0200: the pro is asked" in move.words


def test_what_may_not_be_asked_is_not_chosen() -> None:
    move = stakes().next(Chances(0.05, 0.9), set(), 0.5)
    assert (move.step, move.cost_usd) == ("stop", 0.0)
    assert "nothing more can be asked" in move.words


@pytest.mark.parametrize(("dial", "step"), [(0.0, "stop"), (0.5, "pro"), (1.0, "pro")])
def test_the_dial_weighs_money_against_worth(dial: float, step: str) -> None:
    assert stakes(price=price_of(dial)).next(Chances(0.3, 0.8), {"pro"}, 0.3).step == step


def test_a_worthless_answer_is_never_worth_another_call() -> None:
    assert stakes(value_usd=0.0).next(Chances(0.02, 0.98), ALL, 0.5).step == "stop"


@settings(deadline=None)
@given(chance, chance, chance, st.booleans(), st.booleans(), st.floats(0.0, 1.0))
def test_a_step_is_taken_only_where_its_worth_is_over_its_price(
    r1: float, pro: float, fresh: float, tells: bool, compares: bool, dial: float
) -> None:
    at = stakes(tells=tells, compares=compares, price=price_of(dial))
    move = at.next(Chances(r1, pro), ALL, fresh)
    if move.step == "stop":
        assert (move.gain, move.cost_usd) == (0.0, 0.0)
    else:
        assert at.value_usd * (move.gain + 1e-3) >= at.price * (move.cost_usd - 1e-6)
        assert -1 <= move.gain <= 1
    assert at.first(Chances(r1, pro), ALL).step in ALL


@settings(deadline=None)
@given(chance, chance, st.floats(0, 1))
def test_two_answers_that_fail_together_keep_their_own_chances(one: float, other: float, alike: float) -> None:
    if_right, if_wrong = together(one, other, alike)
    assert 0 <= if_wrong <= 1
    assert 0 <= if_right <= 1
    if if_wrong > 0 and if_right < 1:
        assert one * if_right + (1 - one) * if_wrong == pytest.approx(other, abs=1e-9)


@pytest.mark.parametrize(
    ("verdict", "up"),
    [
        (Verdict("schema", "stands", ""), True),
        (Verdict("schema", "falls", ""), False),
        (Verdict("completeness", "falls", ""), False),
        (Verdict("confidence", "falls", ""), False),
        (Verdict("arithmetic", "stands", ""), True),
    ],
)
def test_a_verdict_moves_the_chance_to_its_side(verdict: Verdict, up: bool) -> None:
    after = after_verdict(0.5, Judgement(verdict, "pro", TaskKind("open", "")))
    assert (after > 0.5) is up
    unsure = Judgement(Verdict("agreement", "unsure", ""), "pro", TaskKind("open", ""))
    assert after_verdict(0.5, unsure) == pytest.approx(0.5)


class Learned:
    def score(self, request: object) -> Difficulty:
        return Difficulty(0.4, {"R1's chance": 0.7, "the pro's chance": 1.0}, "it is like “sums”")


class Plain:
    def score(self, request: object) -> Difficulty:
        return Difficulty(0.5, {"a word": 0.5})


def test_chances_are_the_learned_routers_own_or_a_rule_of_thumb() -> None:
    assert RouterPriors(Learned()).chances(ask("x")) == Chances(0.7, 0.98, "it is like “sums”")
    thumb = RouterPriors(Plain()).chances(ask("x"))
    assert thumb.r1 < thumb.pro


def test_a_setting_out_of_range_is_refused_by_name() -> None:
    with pytest.raises(SettingError, match=r"alike_pro is 1\.5"):
        RouteConfig(alike_pro=1.5)
