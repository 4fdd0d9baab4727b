import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cothink.verify.quotes import check_quotes, nearest_passage, quoted_strings

SOURCE = (
    "The borrower has run\na bakery  since 2011. Sales fell by 12% in May.\n"
    "借款人自2011年起经营面包店。五月销售额下降了12%。"
)


def test_exact_quotes_stand_with_their_offsets() -> None:
    found = check_quotes(SOURCE, ["Sales fell by 12%", "经营面包店"])
    assert found.verdict.stands
    assert [SOURCE[span.start : span.end] for span in found.spans] == ["Sales fell by 12%", "经营面包店"]
    assert {span.match for span in found.spans} == {"exact"}


def test_a_quote_with_other_white_space_stands_noted_with_the_true_offsets() -> None:
    found = check_quotes(SOURCE, ["has run a bakery since 2011"])
    assert found.verdict.stands
    assert "white space" in found.verdict.evidence
    assert SOURCE[found.spans[0].start : found.spans[0].end] == "has run\na bakery  since 2011"


@pytest.mark.parametrize("quote", ["Sales rose by 12% in May", "五月销售额上升了12%"])
def test_a_changed_quote_falls_and_names_the_nearest_passage(quote: str) -> None:
    found = check_quotes(SOURCE, [quote, "12%"])
    assert found.verdict.falls
    assert found.missing == (quote,)
    assert "nearest is" in found.verdict.evidence
    assert found.verdict.score == 0.5


def test_an_invented_quote_falls_without_a_passage() -> None:
    assert "nothing near it" in check_quotes(SOURCE, ["zebra quilt jumping"]).verdict.evidence


def test_no_quotes_are_unsure_and_an_empty_quote_falls() -> None:
    assert check_quotes(SOURCE, []).verdict.unsure
    assert check_quotes(SOURCE, [" "]).verdict.falls


def test_curly_and_straight_marks_in_a_quote_are_the_same() -> None:
    assert check_quotes("He said “it’s fine” then.", ['"it\'s fine"']).verdict.stands


def test_quoted_strings_are_found_in_english_and_chinese() -> None:
    text = 'It says “run a bakery”, "fell by 12%" and 「经营面包店」, not "x".'
    assert quoted_strings(text) == ["run a bakery", "fell by 12%", "经营面包店"]


def test_a_long_source_and_quote_end() -> None:
    assert nearest_passage("ab" * 5_000, "ba" * 500_000) != "?"
    assert check_quotes("a" * 2_000_000, ["b" * 10_000] * 20).verdict.falls


@given(st.text(min_size=1, max_size=120), st.data())
@settings(max_examples=100, deadline=None)
def test_every_slice_of_the_source_is_found_in_it(source: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(source) - 1))
    end = data.draw(st.integers(start + 1, len(source)))
    quote = source[start:end]
    found = check_quotes(source, [quote])
    assert found.verdict.stands or not quote.strip()
    for span in found.spans:
        assert source[span.start : span.end] == quote
