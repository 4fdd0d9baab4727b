import math

import pytest

from cothink.verify.maths.numeric import real_value
from cothink.verify.maths.parser import parse
from cothink.verify.maths.same_value import same_value
from cothink.verify.maths.tree import Undefined


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("\\sin 2", math.sin(2)),
        ("\\cos(-100)", math.cos(100)),
        ("\\tan 1", math.tan(1)),
        ("\\arctan 5", math.atan(5)),
        ("\\arcsin 0.3", math.asin(0.3)),
        ("\\arccos(-0.3)", math.acos(-0.3)),
        ("\\ln 10", math.log(10)),
        ("\\exp(1.5)", math.exp(1.5)),
        ("\\sqrt[5]{-32}", -2),
        ("(-8)^{1/3}", -2),
        ("\\log_5 7", math.log(7, 5)),
        ("\\sec 1 + \\csc 1 + \\cot 1", 1 / math.cos(1) + 1 / math.sin(1) + 1 / math.tan(1)),
    ],
)
def test_real_values_match_the_float_library(text: str, value: float) -> None:
    assert float(real_value(parse(text), {})) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(
    "text", ["\\sqrt{-1}", "\\ln 0", "1/0", "9^9^9^9", "\\arcsin 2", "\\sin(10^9)", "x", "i", "\\tan(1/0)"]
)
def test_what_has_no_real_value_in_bounds_is_undefined(text: str) -> None:
    with pytest.raises(Undefined):
        real_value(parse(text), {})


def test_values_that_agree_to_sixty_digits_are_not_called_different() -> None:
    assert same_value(parse("\\sqrt{2}\\sqrt{3}"), parse("\\sqrt{6}")) is True
    assert same_value(parse("\\sin(\\pi/7)"), parse("\\cos(5\\pi/14)")) is True


def test_values_that_agree_to_twenty_digits_only_are_told_apart() -> None:
    assert same_value(parse("\\sqrt{2} + 10^{-20}"), parse("\\sqrt{2}")) is False
    assert same_value(parse("1.0000000000000000000000001 \\pi"), parse("\\pi")) is False
