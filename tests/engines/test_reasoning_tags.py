"""Thought and answer in one text."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.engines.reasoning_tags import ThinkTags


def split(pieces, *, opened=False):
    tags = ThinkTags(opened)
    said = [tags.feed(piece) for piece in pieces] + [tags.end()]
    return "".join(thought for thought, _ in said), "".join(text for _, text in said)


CASES = [
    ("<think>why</think>because", False, "why", "because"),
    ("<think>\nwhy\n</think>\n\nbecause\n", False, "\nwhy\n", "because\n"),
    ("\n <think>why</think>so", False, "why", "so"),
    ("no thought at all", False, "", "no thought at all"),
    ("  led by blanks", False, "", "  led by blanks"),
    ("<think>never closed", False, "never closed", ""),
    ("<think></think>quick", False, "", "quick"),
    ("<think>a < b </thin </think>c", False, "a < b </thin ", "c"),
    ("<think>why</think>use <think> and </think> so", False, "why", "use <think> and </think> so"),
    ("a <think> in the middle</think> stays", False, "", "a <think> in the middle</think> stays"),
    ("<thinking>other tag</thinking>", False, "", "<thinking>other tag</thinking>"),
    ("<thin", False, "", "<thin"),
    ("   ", False, "", "   "),
    (" " * 500 + "<think>too late</think>", False, "", " " * 500 + "<think>too late</think>"),
    ("", False, "", ""),
    ("why</think>because", True, "why", "because"),
    ("<think>why</think>because", True, "why", "because"),
    ("\n<think>\nwhy</think>because", True, "\nwhy", "because"),
    ("never closed </thi", True, "never closed </thi", ""),
    ("why</think>\n\n  code", True, "why", "code"),
    ("</think>at once", True, "", "at once"),
    ("想一想</think>好", True, "想一想", "好"),
]


@pytest.mark.parametrize(("text", "opened", "thought", "answer"), CASES)
def test_tags_part_thought_from_answer_whole_or_letter_by_letter(text, opened, thought, answer):
    assert split([text], opened=opened) == (thought, answer)
    assert split(list(text), opened=opened) == (thought, answer)


@given(
    st.lists(st.sampled_from(["<think>", "</think>", "<", "think", ">", "</", "a", " ", "\n", "好"]), max_size=12),
    st.lists(st.integers(0, 80), max_size=8),
    st.booleans(),
)
def test_a_text_parts_the_same_however_it_is_cut_and_loses_no_word(parts, places, opened):
    text = "".join(parts)
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    pieces = [text[a:b] for a, b in itertools.pairwise(edges)]
    thought, answer = split([text], opened=opened)
    assert split(pieces, opened=opened) == (thought, answer)
    bare = text.replace("<think>", "").replace("</think>", "")
    kept = (thought + answer).replace("<think>", "").replace("</think>", "")
    assert "".join(kept.split()) == "".join(bare.split())


def test_where_the_server_parts_them_itself_the_rest_is_left_alone():
    tags = ThinkTags(opened=True)
    assert tags.feed("<th") == ("", "")
    assert tags.pass_on() == "<th"
    assert tags.feed("<think>x</think>") == ("", "<think>x</think>")
    assert tags.end() == ("", "")
