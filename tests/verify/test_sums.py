from fractions import Fraction

import pytest

from cothink.verify.figures import figures
from cothink.verify.maths.tree import Undefined
from cothink.verify.sums import Order, work_out


@pytest.mark.parametrize(
    ("text", "order", "value"),
    [
        ("2 + 3 * 4", "usual", 14),
        ("2 + 3 * 4", "written", 20),
        ("6 / 1/30", "last_first", 180),
        ("7/12 / 1/12", "tight", 7),
        ("2^3^2", "usual", 512),
        ("-2^2", "usual", -4),
        ("8 / 4 / 2", "usual", 1),
        ("50% * 8", "usual", 4),
    ],
)
def test_a_row_is_worked_out_in_the_order_asked_for(text: str, order: Order, value: Fraction) -> None:
    assert work_out(figures(text), order=order) == value


@pytest.mark.parametrize(
    "text", ["2 +", "2 3", "(2", "2)", "1 / 0", "9^9^9", "2 + x", "(" * 40 + "1" + ")" * 40, "1 + " * 100 + "1", ""]
)
def test_what_is_no_complete_sum_is_undefined(text: str) -> None:
    with pytest.raises(Undefined):
        work_out(figures(text))
