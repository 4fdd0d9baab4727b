from types import SimpleNamespace

import pytest

from cothink.core.errors import SettingError
from cothink.core.ranges import check_ranges

RANGES = {"share": (0.0, 1.0), "calls": (1, 8)}


@pytest.mark.parametrize(("share", "calls"), [(0, 1), (1, 8), (0.5, 3)])
def test_both_ends_of_a_range_are_allowed(share, calls):
    check_ranges(SimpleNamespace(share=share, calls=calls), RANGES)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_value_out_of_its_range_is_named_with_what_is_allowed(share):
    with pytest.raises(SettingError, match=f"share is {share}; allowed is 0 to 1") as error:
        check_ranges(SimpleNamespace(share=share, calls=1), RANGES)
    assert error.value.param == "share"
