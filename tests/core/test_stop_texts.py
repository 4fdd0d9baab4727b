import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.core.stop_texts import StopTexts


def cut(pieces: list[str], stops: tuple[str, ...]) -> str:
    cutter = StopTexts(stops)
    return "".join(cutter.feed(piece) for piece in pieces) + cutter.flush()


def expected(text: str, stops: tuple[str, ...]) -> str:
    ends = [at for stop in stops if stop and (at := text.find(stop)) >= 0]
    return text[: min(ends)] if ends else text


def test_a_stop_text_across_pieces_ends_the_text_and_is_not_given_out() -> None:
    assert cut(["one EN", "D two"], ("END",)) == "one "


def test_a_beginning_that_becomes_nothing_is_given_out_in_the_end() -> None:
    assert cut(["one EN", "T", " E"], ("END",)) == "one ENT E"


def test_nothing_comes_after_a_stop_text() -> None:
    cutter = StopTexts(("x",))
    assert cutter.feed("axb") == "a"
    assert (cutter.hit, cutter.feed("more"), cutter.flush()) == (True, "", "")


@pytest.mark.parametrize("stops", [(), ("",)])
def test_without_stop_texts_nothing_is_held_back(stops: tuple[str, ...]) -> None:
    cutter = StopTexts(stops)
    assert cutter.feed("abc") == "abc"


@given(
    st.lists(st.text("ab\n", max_size=4), max_size=12), st.lists(st.text("ab\n", min_size=1, max_size=4), max_size=4)
)
def test_a_cut_in_pieces_is_the_cut_of_the_whole_or_of_the_stop_that_ended_first(
    pieces: list[str], stops: list[str]
) -> None:
    # cut as it comes: of two stop texts that overlap, the one that was complete first may win
    text, got = "".join(pieces), cut(pieces, tuple(stops))
    assert text.startswith(got)
    assert len(got) >= len(expected(text, tuple(stops)))
    if not any(stop in text for stop in stops):
        assert got == text
    else:
        assert any(text[len(got) :].startswith(stop) for stop in stops)
