"""Settings of what may leave for a hosted model."""

from dataclasses import dataclass
from typing import Literal

from cothink.core.errors import SettingError
from cothink.privacy.spans import INDIRECT, TYPES


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyConfig:
    """What is masked before it leaves, and put back into the answer.

    Args:
        mask: `hosted` masks what goes to models of the zone `hosted`; `off` sends it as it is.
        find: `rules` finds what has a shape, a check digit or a word beside it (numbers, cards, e-mail, links);
            `names` finds names, addresses and companies too. It takes longer, and a question about a famous person
            is then asked about a placeholder.
        keep: Types that are not masked. What tells little about a person by itself is kept by default.
        images: `pass` sends pictures as they are, for nothing reads what is in them; `refuse` answers 400.

    Raises:
        SettingError: A type is not known.
    """

    mask: Literal["hosted", "off"] = "hosted"
    find: Literal["rules", "names"] = "rules"
    keep: tuple[str, ...] = tuple(sorted(INDIRECT))
    images: Literal["pass", "refuse"] = "pass"

    def __post_init__(self) -> None:
        """Refuse a type that does not exist."""
        for name in self.keep:
            if name not in TYPES:
                raise SettingError(f"keep has {name!r}; the types are {', '.join(TYPES)}.", param="keep")
