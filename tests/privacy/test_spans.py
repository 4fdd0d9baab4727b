from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cothink.privacy.spans import TYPES, Span, Trust, resolve

TEXT = "Anna Lee, 12 High Street, anna@example.org; 030 1234567"


def test_the_surer_find_wins_and_the_rest_of_the_other_stays() -> None:
    found = resolve([Span(0, 25, "PERSON", Trust.TAGGED), Span(10, 25, "STREET_ADDRESS", Trust.CUED)], TEXT)
    assert [(TEXT[s.start : s.end], s.type) for s in found] == [
        ("Anna Lee", "PERSON"),
        ("12 High Street", "STREET_ADDRESS"),
    ]


def test_of_equally_sure_finds_the_longer_wins() -> None:
    found = resolve([Span(0, 4, "GPE", Trust.TAGGED), Span(0, 8, "PERSON", Trust.TAGGED)], TEXT)
    assert found == [Span(0, 8, "PERSON", Trust.TAGGED)]


def test_a_piece_without_a_letter_or_digit_is_no_span() -> None:
    assert resolve([Span(8, 10, "PERSON")], TEXT) == []


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(1, 20), st.sampled_from(list(TYPES)), st.sampled_from(list(Trust))),
        max_size=30,
    )
)
def test_spans_come_in_order_overlap_nowhere_and_cover_every_letter_that_was_found(
    given_spans: list[tuple[int, int, str, Trust]],
) -> None:
    text = "ab" * 40
    found = resolve([Span(start, start + size, kind, trust) for start, size, kind, trust in given_spans], text)
    assert all(one.end <= other.start for one, other in pairwise(found))
    covered = {at for span in found for at in range(span.start, span.end)}
    assert covered == {at for start, size, _, _ in given_spans for at in range(start, start + size)}
