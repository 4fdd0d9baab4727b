"""Settings of the team that reads long documents."""

from dataclasses import dataclass

from cothink.core.errors import SettingError
from cothink.core.ranges import Ranges, check_ranges

_RANGES: Ranges = {
    "from_tokens": (0, 100_000_000),
    "segment_tokens": (64, 1_000_000),
    "overlap_tokens": (0, 100_000),
    "parallel": (1, 256),
    "map_answer_tokens": (32, 100_000),
    "map_temperature": (0.0, 2.0),
    "evidence_tokens": (256, 1_000_000),
    "most_quotes": (1, 100),
    "word_search": (0, 100),
}


@dataclass(frozen=True, slots=True)
class LongdocConfig:
    """How a long document is read.

    Args:
        from_tokens: From so many tokens of a request on the document is read in segments, where that is no dearer than
            the pro reading it whole. One that does not fit R1 is always read so.
        segment_tokens: The most tokens of a segment; less where R1's context is small.
        overlap_tokens: At least so much of a segment's end is read again with the next: a passage up to this length
            stands whole in one of them.
        parallel: How many segments are read at the same time.
        map_answer_tokens: The most tokens of R1's answer about one segment, its thoughts included.
        map_temperature: How warm R1 reads.
        evidence_tokens: The most tokens of quotes that the pro is shown at once; more are first sifted by R1.
        most_quotes: The most quotes that are kept of one segment.
        word_search: The most sentences that a search for the question's rare words adds to R1's quotes; 0 adds none.
        list_sources: The quotes that an answer cites are listed below it, with their places.

    Raises:
        SettingError: A value is out of its range, or the overlap is over half a segment.
    """

    from_tokens: int = 16_000
    segment_tokens: int = 6_000
    overlap_tokens: int = 200
    parallel: int = 8
    map_answer_tokens: int = 2_000
    map_temperature: float = 0.5
    evidence_tokens: int = 12_000
    most_quotes: int = 12
    word_search: int = 4
    list_sources: bool = True

    def __post_init__(self) -> None:
        """Refuse a value out of range, by name."""
        check_ranges(self, _RANGES)
        if self.overlap_tokens * 2 > self.segment_tokens:
            raise SettingError(
                f"overlap_tokens is {self.overlap_tokens}; allowed is at most half of segment_tokens "
                f"({self.segment_tokens})",
                param="overlap_tokens",
            )
