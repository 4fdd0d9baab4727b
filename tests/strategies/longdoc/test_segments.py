from itertools import pairwise

import pytest

from cothink.strategies.longdoc.segments import segments
from strategies.longdoc.writing import COUNTER, of_text, prose

ZH = "".join(f"第{n}年，石桥上的人很多，市场也热闹。" + ("\n\n" if n % 6 == 5 else "") for n in range(800))
TEXTS = [prose(900), ZH, "x" * 9_000, "a b\n" * 4_000, "\n" * 5_000, "😀" * 3_000, "ab" + " " * 6_000 + "c"]


@pytest.mark.parametrize(
    "text", TEXTS, ids=["english", "chinese", "one-word", "lines", "empty-lines", "emoji", "spaces"]
)
@pytest.mark.parametrize("overlap", [0, 60])
def test_no_segment_is_over_its_tokens_and_nothing_falls_between(text: str, overlap: int) -> None:
    cut = list(segments(of_text(text), COUNTER, tokens=400, overlap_tokens=overlap))
    assert (cut[0].start, cut[-1].end) == (0, len(text))
    assert all(COUNTER.count(text[one.start : one.end]) <= 400 for one in cut)
    for before, after in pairwise(cut):
        assert before.start < after.start <= before.end < after.end


@pytest.mark.parametrize("text", [TEXTS[0], ZH], ids=["english", "chinese"])
def test_segments_begin_and_end_at_sentences(text: str) -> None:
    for one in segments(of_text(text), COUNTER, tokens=400, overlap_tokens=60):
        assert text[one.start : one.end].rstrip()[-1] in ".。"
        assert one.start == 0 or text[: one.start].rstrip()[-1] in ".。"


def test_a_passage_as_long_as_the_overlap_stands_whole_in_a_segment() -> None:
    text = prose(900)
    cut = list(segments(of_text(text), COUNTER, tokens=400, overlap_tokens=60))
    size = next(size for size in range(1_000) if COUNTER.count(text[:size]) >= 50)
    for at in range(0, len(text) - size, 37):
        assert any(one.start <= at and at + size <= one.end for one in cut)
