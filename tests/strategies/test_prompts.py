import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.core.messages import ImagePart, ImageUrl, Message, TextPart
from cothink.core.verdict import Verdict
from cothink.strategies.prompts import fenced, findings, has_own_form, repair, with_notes, with_words
from strategies.scripted import ask

FALLS = Verdict("arithmetic", "falls", "17 × 23 is 391, the answer says 381.")


def test_words_are_added_to_the_last_user_turn_and_no_other() -> None:
    turns = (Message("user", "a"), Message("assistant", "b"), Message("user", "c"), Message("tool", "d"))
    assert [turn.text for turn in with_words(turns, "x")] == ["a", "b", "c\n\nx", "d"]
    assert [turn.text for turn in with_notes(turns, "x")] == ["a", "b", "x\n\nc", "d"]


def test_words_beside_a_picture_are_a_part_of_their_own() -> None:
    picture = Message("user", (TextPart("What?"), ImagePart(ImageUrl("data:x"))))
    assert with_words((picture,), "x")[0].content == (*picture.content, TextPart("x"))  # type: ignore[misc]
    assert with_notes((picture,), "x")[0].content == (TextPart("x"), *picture.content)  # type: ignore[misc]


def test_a_conversation_without_a_user_turn_gets_one() -> None:
    assert with_words((Message("system", "s"),), "x")[1] == Message("user", "x")
    assert with_notes((Message("system", "s"),), "x")[1] == Message("user", "x")


def test_the_pro_reads_the_question_last_and_no_draft_where_none_is_to_be_shown() -> None:
    question = (Message("user", "What is 17 * 23?"),)
    told = findings(question, "381", FALLS, most_chars=100)[0].text
    assert told.endswith("---\n\nWhat is 17 * 23?")
    assert "391" in told and "381\n</draft-" in told
    assert "</draft" not in findings(question, "", FALLS, most_chars=100)[0].text


def test_a_repair_keeps_the_draft_as_the_assistants_turn() -> None:
    turns = repair((Message("user", "q"),), "381", FALLS)
    assert [turn.role for turn in turns] == ["user", "assistant", "user"]


@given(st.text(max_size=300), st.integers(10, 400))
def test_no_draft_can_close_its_own_mark(draft: str, most: int) -> None:
    told = fenced(draft, most)
    mark = told[1 : told.index(">")]
    assert told.count(f"</{mark}>") == 1
    assert told.endswith(f"\n</{mark}>")


def test_a_long_draft_loses_its_middle_and_says_so() -> None:
    told = fenced("a" * 500 + "z" * 500, 100)
    assert "900 characters left out" in told
    assert "a" * 50 in told and "z" * 50 in told


@pytest.mark.parametrize(
    ("question", "own"),
    [
        ("How many are left?", False),
        ("How many are left? Answer with just the number.", True),
        ("Give the answer as JSON.", True),
        ("还剩多少？只回答数字。", True),
        ("还剩多少？", False),
        ("Tom only has 3 apples on the table, and just 2 on his list. How many has he?", False),
        ("A form costs 3 dollars and a table 40. How much is it in all?", False),
        ("How many? End with a line that says “Total: n”.", True),
        ("How many? Put it in \\boxed{}.", True),
        ("Give the result to two decimal places.", True),
    ],
)
def test_a_form_of_the_users_own_is_seen(question: str, own: bool) -> None:
    assert has_own_form(ask(question)) is own
