import collections
import enum
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.verify.sandbox.inside.wire import decode, encode


class FakeEnds:
    """Both ends in one: what is exported is found again as a stand-in."""

    def __init__(self) -> None:
        self.kept: list[object] = []

    def export(self, value: object) -> dict[str, Any]:
        self.kept.append(value)
        return {"mine": {"number": len(self.kept) - 1, "type": type(value).__name__}}

    def find(self, number: int) -> object:
        return self.kept[number]

    def remote(self, named: Mapping[str, Any]) -> object:
        return ("remote", named["type"])


def there_and_back(value: object) -> object:
    ends = FakeEnds()
    return decode(encode(value, ends), ends)


keys = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.binary(max_size=5)
values = st.recursive(
    keys
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.fractions()
    | st.dates()
    | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(keys, inner, max_size=3)
        | st.frozensets(keys, max_size=3)
        | st.sets(keys, max_size=3)
        | st.lists(inner, max_size=3).map(collections.deque)
    ),
    max_leaves=12,
)


@given(values)
def test_plain_data_comes_back_equal_and_of_its_type(value: object) -> None:
    back = there_and_back(value)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("base", [int, float, str, bytes, list, tuple, dict, set, frozenset])
def test_a_subclass_that_equals_everything_arrives_as_plain_data(base: Any) -> None:
    kind = type("Any", (base,), {"__eq__": lambda self, other: True, "__hash__": lambda self: 1})
    back = there_and_back(kind())
    assert type(back) is base
    assert back == base()


def test_an_enum_of_ints_arrives_as_its_number() -> None:
    assert there_and_back(enum.IntEnum("Colour", "RED GREEN").GREEN) == 2  # type: ignore[attr-defined]


def test_any_other_object_stays_where_it_is() -> None:
    assert there_and_back(FakeEnds()) == ("remote", "FakeEnds")
    assert there_and_back([len]) == [("remote", "builtin_function_or_method")]


def test_an_unknown_tag_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        decode({"code": "1"}, FakeEnds())
