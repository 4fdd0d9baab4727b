from hypothesis import given
from hypothesis import strategies as st

from cothink.core.stop_texts import StopTexts


def run(stops: tuple[str, ...], pieces: list[str]) -> str:
    cut = StopTexts(stops)
    out = []
    for piece in pieces:
        out.append(cut.feed(piece))
        if cut.hit:
            break
    return "".join(out) + cut.flush()


def test_a_stop_text_split_over_pieces_is_found() -> None:
    assert run(("END",), ["ab E", "N", "D cd"]) == "ab "


def test_a_beginning_that_comes_to_nothing_is_given_out() -> None:
    assert run(("END",), ["ab EN", "X"]) == "ab ENX"
    assert run(("END",), ["ab EN"]) == "ab EN"


@given(st.lists(st.text("ab", max_size=4), max_size=8), st.lists(st.text("ab", min_size=1, max_size=3), max_size=3))
def test_the_text_ends_before_the_first_stop_text_however_it_is_cut(pieces: list[str], stops: list[str]) -> None:
    text = "".join(pieces)
    ends = [at for stop in stops if (at := text.find(stop)) >= 0]
    told = run(tuple(stops), pieces)
    # Where one stop text is found before another that began earlier is complete, the earlier one was already cut short.
    assert text.startswith(told)
    assert not any(stop in told for stop in stops)
    if not ends:
        assert told == text
