import math

import pytest

from cothink.core.errors import SettingError
from cothink.verify.config import VerifyConfig


def test_the_defaults_are_in_range() -> None:
    assert VerifyConfig().agreement_stands == 0.6


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("agreement_stands", 1.5),
        ("agreement_falls", -0.1),
        ("mean_logprob_falls", 1.0),
        ("window_tokens", 0),
        ("margin_stands", math.nan),
        ("agreement_stands", True),
        ("window_tokens", "8"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name_with_what_is_allowed(field: str, value: object) -> None:
    with pytest.raises(SettingError, match=rf"verify\.{field} is .* allowed is") as caught:
        VerifyConfig(**{field: value})  # type: ignore[arg-type]
    assert caught.value.param == field


def test_a_lower_threshold_above_its_upper_one_is_refused() -> None:
    with pytest.raises(SettingError, match="agreement_falls"):
        VerifyConfig(agreement_stands=0.5, agreement_falls=0.6)
