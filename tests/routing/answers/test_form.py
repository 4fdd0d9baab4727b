import math
import time

import pytest

from cothink.routing.answers import form

PROMPT = "Sort these numbers: 5, 3, 8."


def figures(text: str, prompt: str = PROMPT) -> dict[str, float]:
    return dict(zip(form.NAMES, form.read(prompt, text), strict=True))


def test_every_figure_has_a_name_of_its_own() -> None:
    assert len(set(form.NAMES)) == len(form.NAMES)
    assert all(map(math.isfinite, form.read(PROMPT, "<answer>3, 5, 8</answer>")))


def test_the_final_answer_is_told_from_what_stands_around_it() -> None:
    found = figures("Let me think.\n<answer>3, 5, 8</answer>")
    assert found["tag"] == 1 and found["ends_in_tag"] == 1 and found["shape_phrase"] == 1
    assert found["chars"] == pytest.approx(math.log1p(len("3, 5, 8")))
    assert found["numbers_in_prompt"] == 1
    assert figures("<answer>4, 6</answer>")["numbers_in_prompt"] == 0


@pytest.mark.parametrize(
    ("answer", "shape"),
    [
        ("", "empty"),
        ("-12", "int"),
        ("3.5", "number"),
        ("No", "yesno"),
        ("C", "letter"),
        ("[1, 2]", "list"),
        ("1 2\n3 4", "grid"),
        ("one\ntwo words", "lines"),
        ("hello", "word"),
        ("two words", "phrase"),
        ("word " * 30, "prose"),
    ],
)
def test_a_final_answer_has_one_shape(answer: str, shape: str) -> None:
    assert form.shape_of(answer) == shape


def test_hedges_refusals_and_cut_answers_are_seen() -> None:
    assert figures("Perhaps it is impossible, perhaps not.")["hedges"] > figures("It is 8.")["hedges"]
    assert figures("I'm sorry, but I can't help with that.")["refusal"] == 1
    assert figures("```\nnever closed")["not_whole"] == 1


@pytest.mark.parametrize("text", ["", "   ", "\ud800", "<answer></answer>", "<answer>", "\x00" * 50, "٣٤", "9" * 4000])
def test_no_answer_is_too_strange_to_be_read(text: str) -> None:
    assert all(map(math.isfinite, form.read(PROMPT, text)))
    assert all(map(math.isfinite, form.read(text, PROMPT)))


@pytest.mark.parametrize("text", ["a" * 400_000, "1," * 200_000, "\n" * 300_000, "<answer>" * 50_000, "assum" * 80_000])
def test_a_huge_answer_is_read_in_bounded_time(text: str) -> None:
    start = time.process_time()
    form.read(text, text)
    assert time.process_time() - start < 3


def test_of_a_long_answer_the_end_is_read() -> None:
    assert form.read(PROMPT, "word " * 2_000 + "<answer>8</answer>") == form.read(
        PROMPT, ("word " * 2_000 + "<answer>8</answer>")[-form.MAX_CHARS :]
    )
