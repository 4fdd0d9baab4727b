import json

import pytest

from cothink.core.errors import BadRequest
from cothink.risk.application import Application, read_batch


def batch(value, most=3, most_chars=100):
    return read_batch(value if isinstance(value, str) else json.dumps(value), most=most, most_chars=most_chars)


def test_one_application_and_a_list_are_told_apart():
    one = batch({"form": {"a": 1}, "texts": {"w": "x", "v": " "}, "id": "7"})
    assert (one.entries, one.is_list) == ((Application({"a": 1}, {"w": "x", "v": " "}, "7"),), False)
    assert one.good[0].words == {"w": "x"}
    assert batch([{"form": {}}]).is_list


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("Hello", "one JSON object"),
        ("", "one JSON object"),
        ('{"form": {"a": NaN}}', "NaN"),
        ('{"form": {"a": 1, "a": 2}}', "twice"),
        ('{"form": {"a": "\\ud800"}}', "one JSON object"),
        ("[" * 200, "nested"),
        ([], "0 applications"),
        ([{"form": {}}] * 4, "4 applications"),
        ({}, "form"),
        ({"form": {}, "text": "x"}, "text"),
        ({"form": {"a": [1]}}, "form"),
        ({"form": {"a": 1e300}}, "1e15"),
        ({"form": {"a": "x" * 3000}}, "belongs in texts"),
        ({"form": {}, "texts": {"w": "x" * 101}}, "most_chars"),
        ({"form": {}, "id": "x" * 129}, "id"),
        (5, "application"),
    ],
)
def test_what_is_no_application_is_refused_in_words(value, words):
    with pytest.raises(BadRequest, match=words):
        batch(value)


def test_in_a_list_a_bad_application_stands_at_its_place():
    first, second, third = batch([{"form": {}}, {"form": 1}, {"form": {"a": True}}]).entries
    assert isinstance(second, BadRequest)
    assert second.param == "applications[1]"
    assert isinstance(first, Application)
    assert isinstance(third, Application)
