import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.core.errors import Forbidden, SettingError
from cothink.core.messages import Message
from cothink.privacy.vocabulary import Cleared, ClosedPolicy, Flag, Number, Schema, Some, Word

SCHEMA = Schema(
    {
        "income": Number(0, 1_000_000),
        "rate": Number(0, 1, decimals=3),
        "purpose": Word(frozenset({"car", "home", "other"})),
        "owns_home": Flag(),
        "risks": Some(Word(frozenset({"short of cash", "job loss"})), most=5),
    },
    needed=frozenset({"income"}),
)
RULES = "Score these features. Answer with a number from 0 to 1."
POLICY = ClosedPolicy(SCHEMA, frozenset({RULES}))


def test_numbers_and_words_of_the_list_leave_in_one_form() -> None:
    cleared = SCHEMA.clear({"risks": ["short of cash", "job loss", "job loss"], "income": 5000, "owns_home": True})
    assert json.loads(cleared.text) == {
        "income": 5000,
        "rate": None,
        "purpose": None,
        "owns_home": True,
        "risks": ["job loss", "short of cash"],
    }


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"income": 1, "name": "Ann"}, "features"),
        ({"income": "5000"}, "income"),
        ({"income": 10**9}, "income"),
        ({"income": True}, "income"),
        ({"income": float("nan")}, "income"),
        ({"income": 1, "rate": 0.12345}, "rate"),
        ({"income": 1, "purpose": "Call Ann at 555"}, "purpose"),
        ({"income": 1, "owns_home": 1}, "owns_home"),
        ({"income": 1, "risks": ["job loss", "Ann Lee"]}, "risks"),
        ({"income": 1, "risks": ["job loss"] * 6}, "risks"),
        ({}, "income"),
        (["Ann"], "features"),
    ],
)
def test_anything_else_is_refused_without_repeating_it(value: Any, field: str) -> None:
    with pytest.raises(Forbidden, match=field) as caught:
        SCHEMA.clear(value)
    assert "Ann" not in caught.value.message
    assert caught.value.code == "egress_refused"


WORDS = st.text("Anne 王1", max_size=8) | st.sampled_from(["job loss", "car", *SCHEMA.fields])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*SCHEMA.fields, "note"]), json_values))
def test_no_text_crosses_whatever_a_model_puts_into_the_fields(value: dict[str, Any]) -> None:
    try:
        text = SCHEMA.clear(value).text
    except Forbidden:
        return
    words = {"car", "home", "other", "short of cash", "job loss", *SCHEMA.fields}
    texts = [one for one in _leaves(json.loads(text)) if isinstance(one, str)]
    assert set(texts) <= words


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *(leaf for one in value.values() for leaf in _leaves(one))]
    return [leaf for one in value for leaf in _leaves(one)] if isinstance(value, list) else [value]


def test_only_a_schema_clears() -> None:
    with pytest.raises(Forbidden):
        Cleared("Ann Lee", object())


def test_the_policy_admits_fixed_texts_and_cleared_values_only() -> None:
    good = (Message(role="system", content=RULES), Message(role="user", content='{"income": 3}'))
    assert json.loads(str(POLICY.admit(good)[1].content))["income"] == 3
    for bad in ("Ann Lee", RULES + " Ann", '{"income": 3, "note": "Ann"}', '"Ann"', "3"):
        with pytest.raises(Forbidden):
            POLICY.admit((Message(role="user", content=bad),))
    with pytest.raises(Forbidden):
        POLICY.admit((Message(role="user", content=RULES, name="Ann"),))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Word(frozenset({"Ann Lee"})),
        lambda: Word(frozenset({"x" * 41})),
        lambda: Word(frozenset()),
        lambda: Word(frozenset(str(i) for i in range(1001))),
        lambda: Number(5, 1),
        lambda: Number(0, 10**12),
        lambda: Number(0, 10**6, decimals=6),
        lambda: Number(float("-inf"), float("inf")),
        lambda: Schema({"Ann Lee": Flag()}),
        lambda: Schema({"a": Flag()}, needed=frozenset({"b"})),
    ],
)
def test_a_schema_that_could_carry_a_text_cannot_be_made(make: Any) -> None:
    with pytest.raises(SettingError):
        make()
