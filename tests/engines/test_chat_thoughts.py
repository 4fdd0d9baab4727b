"""Thoughts, in each form in which servers send them; none is lost."""

import pytest
from chat_frames import DONE, STOP, answer, frame, whole


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_thoughts_come_under_either_name(name):
    found = answer(frame({name: "hm "}), frame({name: "hm", "content": None}), frame({"content": "yes"}), STOP, DONE)
    assert (found.reasoning, found.text) == ("hm hm", "yes")
    assert (whole({name: "hm", "content": "yes"}).reasoning, whole({name: "hm", "content": "yes"}).text) == (
        "hm",
        "yes",
    )


def test_thoughts_within_the_text_are_told_apart():
    pieces = [frame({"content": letter}) for letter in "<think>hm</think>\n\nyes"]
    assert (answer(*pieces, STOP).reasoning, answer(*pieces, STOP).text) == ("hm", "yes")
    assert (whole({"content": "<think>hm</think>yes"}).reasoning, whole({"content": "<think>hm</think>yes"}).text) == (
        "hm",
        "yes",
    )


def test_a_stream_that_begins_within_the_thought_is_told_apart_by_setting():
    pieces = [frame({"content": letter}) for letter in "hm</think>yes"]
    found = answer(*pieces, STOP, think_open=True)
    assert (found.reasoning, found.text) == ("hm", "yes")


def test_a_server_that_parts_thoughts_itself_is_not_parted_again():
    found = answer(frame({"reasoning": "hm"}), frame({"content": "<think>no</think>"}), STOP, think_open=True)
    assert (found.reasoning, found.text) == ("hm", "<think>no</think>")


def test_other_things_under_reasoning_are_passed_over():
    assert answer(frame({"reasoning": {"effort": "low"}, "content": "a"}), STOP).reasoning == ""


@pytest.mark.parametrize(
    "pieces",
    [
        [frame({"reasoning_content": "The answer is 4."})],
        [frame({"content": "<think>The answer"}), frame({"content": " is 4."})],
        [frame({"content": "<think>The answer is 4.</thi"})],
        [frame({"reasoning": "The answer is 4."}), frame({"content": "\n\n"})],
    ],
)
def test_an_answer_within_a_thought_that_never_closes_is_not_lost(pieces):
    warnings = []
    found = answer(*pieces, STOP, DONE, warnings=warnings)
    assert "The answer is 4." in found.text
    assert "The answer is 4." in found.reasoning
    assert len(warnings) == 1


def test_a_thought_that_was_cut_by_length_is_no_answer():
    found = answer(frame({"reasoning_content": "hm"}), frame(finish="length"))
    assert (found.text, found.reasoning, found.finish) == ("", "hm", "length")


def test_a_thought_before_a_tool_call_is_no_answer():
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}
    found = answer(frame({"reasoning_content": "hm"}), frame({"tool_calls": [call]}), STOP)
    assert found.text == ""


def test_a_whole_answer_that_lies_in_the_thought_is_not_lost():
    warnings = []
    chunk = whole({"content": None, "reasoning_content": "It is 4."}, warnings=warnings)
    assert (chunk.text, chunk.reasoning, chunk.finish) == ("It is 4.", "It is 4.", "stop")
    assert warnings


def test_a_thought_without_end_is_not_kept():
    piece = frame({"reasoning_content": "hm " * 100_000})
    found = answer(*[piece] * 4, STOP)
    assert len(found.reasoning) == 1_200_000
    assert found.text == ""
