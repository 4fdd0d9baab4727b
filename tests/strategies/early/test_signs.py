import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cothink.core.chunk import Chunk, TokenLogprob
from cothink.core.errors import SettingError
from cothink.strategies.early.config import EarlyConfig
from cothink.strategies.early.signs import Signs
from cothink.strategies.early.usual import Usual
from cothink.strategies.early.words import Words
from strategies.early.races import watching


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def signs(config: EarlyConfig, usual: int | None = None) -> tuple[Signs, Clock]:
    clock = Clock()
    return Signs(config, usual, clock), clock


def thinks(sign: Signs, *words: str, logprob: float | None = None) -> None:
    for word in words:
        told = () if logprob is None else (TokenLogprob(word, logprob),)
        sign.see(Chunk(reasoning=f"{word} ", logprobs=told))


def test_a_thought_over_its_length_is_long_until_the_answer_begins() -> None:
    sign, _ = signs(watching(thought_tokens=5))
    thinks(sign, *"abcde")
    assert sign.bad() == {}
    thinks(sign, "f")
    assert list(sign.bad()) == ["long"]
    sign.see(Chunk(text="The answer"))
    assert sign.bad() == {}


def test_a_few_large_pieces_are_counted_by_their_characters() -> None:
    sign, _ = signs(watching(thought_tokens=5))
    sign.see(Chunk(reasoning="x" * 400))
    assert sign.thought_tokens == 100
    assert list(sign.bad()) == ["long"]


def test_time_alone_makes_a_thought_slow_and_a_silence_stalled() -> None:
    sign, clock = signs(watching(thought_s=30.0, stalled_s=10.0))
    thinks(sign, "a")
    assert sign.due_in_s() == 10.0
    clock.now_s = 10.0
    assert list(sign.bad()) == ["stalled"]
    thinks(sign, "b")
    assert sign.bad() == {}
    clock.now_s = 30.0
    assert set(sign.bad()) == {"slow", "stalled"}
    assert sign.due_in_s() is None


def test_empty_frames_are_no_sign_of_life() -> None:
    sign, clock = signs(watching(stalled_s=10.0))
    clock.now_s = 10.0
    sign.see(Chunk())
    assert list(sign.bad()) == ["stalled"]


def test_a_thought_far_over_the_usual_of_its_kind_is_unusual() -> None:
    sign, _ = signs(watching(over_usual=2.0), usual=3)
    thinks(sign, *"abcdef")
    assert sign.bad() == {}
    thinks(sign, "g")
    assert "over 2 times the usual 3" in sign.bad()["unusual"]
    sign, _ = signs(watching(over_usual=2.0), usual=None)
    thinks(sign, *"abcdefghijk")
    assert sign.bad() == {}


def test_low_log_probs_of_the_last_tokens_are_unsure_and_one_bad_token_is_not() -> None:
    sign, _ = signs(watching(mean_logprob=-1.0, logprob_tokens=10))
    thinks(sign, *["a"] * 9, logprob=-0.1)
    thinks(sign, "a", logprob=-9_999.0)  # what some servers write for “not among the top”
    assert list(sign.bad()) == ["unsure"]
    thinks(sign, *["a"] * 10, logprob=-0.1)
    assert sign.bad() == {}
    thinks(sign, *["a"] * 10, logprob=-1.5)
    assert list(sign.bad()) == ["unsure"]


LOOP = ["let", "me", "see", "if", "the", "sum", "of", "the", "three", "sides", "is", "twelve", "or", "more", "then"]


def test_a_loop_is_seen_and_a_row_of_zeros_is_none() -> None:
    sign, _ = signs(watching(repeats=3))
    thinks(sign, *LOOP * 2, *["and", "now", "for", "something", "else"])
    assert sign.bad() == {}
    thinks(sign, *LOOP)
    assert list(sign.bad()) == ["loop"]
    sign, _ = signs(watching(repeats=3))
    thinks(sign, *["0"] * 30)
    assert sign.bad() == {}


def test_a_loop_in_chinese_is_seen_without_spaces() -> None:
    sign, _ = signs(watching(repeats=3))
    for _ in range(3):
        sign.see(Chunk(reasoning="让我再检查一遍三条边的和是不是十二。"))
    assert list(sign.bad()) == ["loop"]


def test_doubts_are_counted_by_the_thousand_words_and_only_once_there_are_enough() -> None:
    sign, _ = signs(watching(hedges=60))
    thinks(sign, *["wait", "so"] * 100)
    assert sign.bad() == {}
    thinks(sign, *["wait", "so"] * 100)
    assert "500 times in a thousand words" in sign.bad()["hedging"]


def test_old_doubts_are_forgotten() -> None:
    words = Words()
    words.read("wait " * 500 + "so " * 1_000)
    assert words.hedges == 0
    assert Words().hedges == 0


@settings(deadline=None)
@given(st.text("ab 等不对\n.", max_size=300), st.lists(st.integers(1, 20), max_size=40))
def test_how_a_text_is_cut_into_pieces_changes_nothing(text: str, cuts: list[int]) -> None:
    whole, pieces = Words(), Words()
    whole.read(text + " ")
    at = 0
    for cut in cuts:
        pieces.read(text[at : at + cut])
        at += cut
    pieces.read(text[at:] + " ")
    assert (whole.count, whole.repeats, whole.hedges) == (pieces.count, pieces.repeats, pieces.hedges)


def test_memory_stays_bounded_over_an_endless_thought() -> None:
    words = Words()
    for number in range(20_000):
        words.read(f"w{number} ")
    assert len(words._seen) <= 4_000
    assert len(words._order) <= 4_000
    words.read("x" * 1_000_000)
    assert len(words._rest) <= 200


def test_usual_says_nothing_before_enough_is_known_and_forgets_the_old() -> None:
    usual = Usual(3)
    usual.learn("closed", 10)
    usual.learn("closed", 20)
    assert usual.of("closed") is None
    usual.learn("closed", 30)
    assert usual.of("closed") == 30
    assert usual.of("code") is None
    for _ in range(200):
        usual.learn("closed", 5)
    assert usual.of("closed") == 5


@pytest.mark.parametrize(
    ("name", "value"),
    [("thought_tokens", -1), ("mean_logprob", 0.5), ("signs", 0), ("stalled_s", float("nan")), ("repeats", 1_000)],
)
def test_a_setting_out_of_range_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(SettingError, match=f"{name} is {value}"):
        EarlyConfig(**{name: value})  # type: ignore[arg-type]
