import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.privacy import redact
from cothink.privacy.detect import Detector
from cothink.privacy.masking import Placeholders, Restorer

TEXT = "Mail ann@example.org or bob@example.org; ann@example.org is better. 电话13857124409。"


def masked(text: str = TEXT) -> tuple[str, Placeholders]:
    placeholders = Placeholders([text])
    return placeholders.mask(text, Detector().scan(text)), placeholders


def test_a_value_has_one_placeholder_wherever_it_stands() -> None:
    out, placeholders = masked()
    assert out == ("Mail <EMAIL_ADDRESS_1> or <EMAIL_ADDRESS_2>; <EMAIL_ADDRESS_1> is better. 电话<PHONE_NUMBER_1>。")
    assert placeholders.counts == {"EMAIL_ADDRESS": 2, "PHONE_NUMBER": 1}


def test_what_was_masked_comes_back() -> None:
    out, placeholders = masked()
    assert placeholders.restore(out) == TEXT


@given(st.lists(st.integers(0, 120), max_size=8))
def test_a_stream_cut_anywhere_gives_the_same_words(cuts: list[int]) -> None:
    out, placeholders = masked()
    restorer = Restorer(placeholders)
    edges = [0, *sorted(min(cut, len(out)) for cut in cuts), len(out)]
    said = [restorer.add(out[a:b]) for a, b in pairwise(edges)]
    assert "".join(said) + restorer.end() == TEXT


@pytest.mark.parametrize(
    "text", ["a < b", "<div>", "x <EMAIL", "if a<B_1 and", "<", "<PERSON_1>", "<<EMAIL_ADDRESS_9>>"]
)
def test_what_is_no_placeholder_of_ours_passes_unchanged(text: str) -> None:
    _, placeholders = masked()
    restorer = Restorer(placeholders)
    assert "".join(restorer.add(char) for char in text) + restorer.end() == text


def test_no_more_is_held_back_than_a_placeholder_is_long() -> None:
    _, placeholders = masked()
    restorer = Restorer(placeholders)
    assert restorer.add("5 <") == "5 "
    assert restorer.add(" 6") == "< 6"


def test_a_placeholder_that_the_text_already_holds_is_not_given_out() -> None:
    out, placeholders = masked("<EMAIL_ADDRESS_1> is not ann@example.org")
    assert out == "<EMAIL_ADDRESS_1> is not <EMAIL_ADDRESS_2>"
    assert placeholders.restore(out) == "<EMAIL_ADDRESS_1> is not ann@example.org"


def test_a_value_is_written_into_json_as_json_has_it() -> None:
    placeholders = Placeholders()
    name = placeholders.of("STREET_ADDRESS", '1 "Old" Street\nLeeds')
    back = placeholders.restore(f'{{"to": "{name}"}}', in_json=True)
    assert json.loads(back) == {"to": '1 "Old" Street\nLeeds'}


def test_redacting_leaves_no_way_back_and_does_not_change_what_is_redacted() -> None:
    out = redact(TEXT)
    assert out == "Mail <EMAIL_ADDRESS> or <EMAIL_ADDRESS>; <EMAIL_ADDRESS> is better. 电话<PHONE_NUMBER>。"
    assert redact(out) == out
