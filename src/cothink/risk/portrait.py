"""What a scorecard's form looks like from outside: the fields that it reads, and the values that are usual there."""

import msgspec


class Range(msgspec.Struct, frozen=True):
    """The values of a number among the training rows: nearly all lie from `low` to `high`, half of them on each side
    of `usual`."""

    low: float
    usual: float
    high: float


class Portrait(msgspec.Struct, frozen=True):
    """The form of a scorecard.

    Attributes:
        numbers: Field -> its range.
        dates: Fields of dates.
        categories: Field -> its levels.
        texts: Columns of words.
        base_rate: The share of defaults among the training rows.
        reads: Columns of R1's reading were trained on, so they move the probability.
    """

    numbers: dict[str, Range]
    dates: tuple[str, ...]
    categories: dict[str, tuple[str, ...]]
    texts: tuple[str, ...]
    base_rate: float
    reads: bool

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of a form that the scorecard reads."""
        return (*self.numbers, *self.dates, *self.categories)

    @property
    def uses_words(self) -> bool:
        """Columns of words were trained on."""
        return bool(self.texts)
