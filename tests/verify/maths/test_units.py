from fractions import Fraction

import pytest

from cothink.verify.maths.units import read_unit


@pytest.mark.parametrize(
    ("first", "second", "factor"),
    [
        ("km", "m", 1000),
        ("inches", "cm", Fraction(254, 100)),
        ("hours", "minutes", 60),
        ("square feet", "square inches", 144),
        ("ft^2", "in²", 144),
        ("cubic meters", "liters", 1000),
        ("miles per hour", "mph", 1),
        ("km/h", "m/s", Fraction(5, 18)),
        ("dollars", "cents", 100),
        ("pounds", "ounces", 16),
        ("%", "percent", 1),
    ],
)
def test_a_unit_converts_exactly(first: str, second: str, factor: Fraction) -> None:
    left, right = read_unit(first), read_unit(second)
    assert left is not None
    assert right is not None
    assert left.factor_to(right) == factor


@pytest.mark.parametrize(
    ("first", "second"), [("km", "hours"), ("m", "m^2"), ("dollars", "euros"), ("celsius", "fahrenheit")]
)
def test_what_measures_different_things_has_no_factor(first: str, second: str) -> None:
    left, right = read_unit(first), read_unit(second)
    assert left is not None
    assert right is not None
    assert left.factor_to(right) is None


@pytest.mark.parametrize("phrase", ["apples", "", "x", "km apples", "5", "^2", "per", "m/m", "cm " * 30])
def test_what_is_no_unit_is_none(phrase: str) -> None:
    assert read_unit(phrase) is None
