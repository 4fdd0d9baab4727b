import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.strategies.patches import BadPatch, Patch, apply, read_audit

TEXT = "one two three two four"


def test_patches_are_put_in_their_places_whatever_their_order() -> None:
    patches = (Patch("four", "4"), Patch("one", "1"), Patch("three", ""))
    assert apply(TEXT, patches, most=3) == "1 two  two 4"


def test_a_patch_sees_the_text_as_it_was() -> None:
    assert apply("a b", (Patch("a", "b"), Patch("b", "c")), most=2) == "b c"


@pytest.mark.parametrize(
    ("patches", "words"),
    [
        ((Patch("five", "5"),), "does not hold “five”"),
        ((Patch("two", "2"),), "more than once"),
        ((Patch("", "2"),), "empty passage"),
        ((Patch("one two", "1"), Patch("two three", "2")), "overlap"),
        ((Patch("one", "1"), Patch("four", "4"), Patch("three", "3")), "up to 2"),
    ],
)
def test_a_patch_that_does_not_fit_is_refused_with_the_reason(patches: tuple[Patch, ...], words: str) -> None:
    with pytest.raises(BadPatch, match=words):
        apply(TEXT, patches, most=2)


@given(st.text(), st.text(min_size=1), st.text())
def test_a_patch_changes_its_passage_and_nothing_else(before: str, search: str, replace: str) -> None:
    text = f"{before}{search}"
    if text.find(search) != len(before) or text.count(search) != 1:
        return
    assert apply(text, (Patch(search, replace),), most=1) == before + replace


@pytest.mark.parametrize("text", ["", "null", "[]", '{"verdict": 1}', "{" * 500, '{"verdict": "accept"', "\ud800"])
def test_what_is_no_audit_is_none(text: str) -> None:
    assert read_audit(text) is None


def test_an_audit_amid_words_is_read() -> None:
    audit = read_audit('Here it is:\n```json\n{"verdict": "revise", "findings": ["f"]}\n```\nDone.')
    assert audit is not None
    assert (audit.verdict, audit.findings, audit.patches) == ("revise", ("f",), ())
