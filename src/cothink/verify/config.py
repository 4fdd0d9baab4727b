"""Every threshold of the checks, as one frozen value whose ranges are checked when it is built."""

from dataclasses import dataclass, fields

from cothink.core.errors import SettingError

# Field: (lowest, highest) that is allowed.
_RANGES: dict[str, tuple[float, float]] = {
    "agreement_stands": (0.0, 1.0),
    "agreement_falls": (0.0, 1.0),
    "mean_logprob_stands": (-20.0, 0.0),
    "mean_logprob_falls": (-20.0, 0.0),
    "window_logprob_falls": (-20.0, 0.0),
    "window_tokens": (1, 1_000),
    "margin_stands": (0.0, 20.0),
}


@dataclass(frozen=True, slots=True)
class VerifyConfig:
    """Thresholds of the checks.

    Args:
        agreement_stands: Share of samples in the largest group from which the answer stands, 0 to 1.
        agreement_falls: Share below which it falls, 0 to 1; never above `agreement_stands`.
        mean_logprob_stands: Mean log-probability of a token from which the answer may stand, at most 0.
        mean_logprob_falls: Mean below which it falls; never above `mean_logprob_stands`.
        window_logprob_falls: Mean of the weakest window below which it falls.
        window_tokens: Length of that window, in tokens.
        margin_stands: Least gap between the first and second choice of a token of the answer, in nats, to stand.

    Raises:
        SettingError: A value is out of its range, or a lower threshold is above its upper one.
    """

    agreement_stands: float = 0.6
    agreement_falls: float = 0.35
    mean_logprob_stands: float = -0.25
    mean_logprob_falls: float = -1.2
    window_logprob_falls: float = -2.5
    window_tokens: int = 8
    margin_stands: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a value out of range, by name."""
        for field in fields(self):
            low, high = _RANGES[field.name]
            value = getattr(self, field.name)
            if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
                raise SettingError(f"verify.{field.name} is {value!r}; allowed is {low} to {high}", param=field.name)
        for lower, upper in (("agreement_falls", "agreement_stands"), ("mean_logprob_falls", "mean_logprob_stands")):
            if getattr(self, lower) > getattr(self, upper):
                raise SettingError(
                    f"verify.{lower} is {getattr(self, lower)}; "
                    f"allowed is at most verify.{upper}, {getattr(self, upper)}",
                    param=lower,
                )
