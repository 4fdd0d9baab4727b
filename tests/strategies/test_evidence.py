from typing import Any

import pytest

from cothink.strategies.evidence import quotes_in

TOLD = {"properties": {"evidence": {"description": "The sentence exactly as written.", "properties": {}}}}


@pytest.mark.parametrize(
    ("value", "schema", "asked", "quotes"),
    [
        ({"quote": "as it stands", "note": "mine"}, {}, False, ["as it stands"]),
        ({"evidence": "my own words"}, {}, False, []),
        ({"evidence": "his own words"}, {}, True, ["his own words"]),
        ({"evidence": {"amount": "a loan of $6,500"}}, TOLD, False, ["a loan of $6,500"]),
        ({"evidence": [{"fact": "income", "quote": "3,150 a month"}]}, {}, True, ["3,150 a month"]),
        ({"evidence": ["one two", "three"]}, {}, True, ["one two", "three"]),
        ({"a": {"quotes": [{"text": "deep down"}]}}, {}, False, ["deep down"]),
        ({"quote": "", "evidence": 3, "verbatim": None}, {}, True, []),
        ("quote", {}, True, []),
        ([1, 2], True, True, []),
    ],
)
def test_quotes_are_known_by_key_or_by_what_the_schema_says(
    value: Any, schema: Any, asked: bool, quotes: list[str]
) -> None:
    assert quotes_in(value, schema, asked=asked) == quotes


def test_a_deep_or_long_answer_ends() -> None:
    deep: Any = "a quote"
    for _ in range(500):
        deep = {"quote": deep}
    assert quotes_in(deep, {}, asked=False) == []
    assert len(quotes_in({"quote": ["a quote"] * 9_000}, {}, asked=False)) == 500
