"""What the words of an application tell cheaply: how much, how written, which mood and topics; English and Chinese."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from cothink.measures.columns import Floats

TOPICS: dict[str, str] = {
    "debt": r"debt|credit cards?|consolidat|pay ?off|refinanc|balance|interest|债|信用卡|还款|利息",
    "strain": r"short of (?:cash|money)|behind|late|struggl|emergenc|overdue|desperat"
    r"|laid off|unemploy|divorc"
    r"|拮据|周转|逾期|失业|欠款|紧张",
    "family": r"wife|husband|child|kids|son\b|daughter|mother|father|wedding|baby|妻|丈夫|孩子|儿子|女儿|父母|结婚",
    "health": r"medical|hospital|surger|doctor|dental|illness|cancer|医院|手术|医疗|生病",
    "business": r"business|company|startup|store|inventor|equipment|customers?|生意|公司|店|设备|进货",
    "home": r"house|home|kitchen|roof|mortgage|rent\b|apartment|房|装修|租金",
    "car": r"\bcar\b|truck|vehicle|motorcycle|auto\b|车",
    "study": r"school|college|tuition|degree|student|universit|学费|大学|学校",
    "job": r"job|employ|salary|income|career|work(?:ed|ing)? (?:for|at)|工作|工资|收入|稳定",
    "budget": r"rent:|net income|monthly|expenses|utilities|per month|budget|每月|开支|预算",
    "good": r"stable|secure|never (?:been )?late|never missed|on time|responsib|excellent|good credit|reliable"
    r"|稳定|按时|良好|可靠",
    "thanks": r"thank|please|appreciate|god bless|help|谢谢|请|帮",
    "added": r"added on",
}
SHAPES = ("length", "words", "word length", "digits", "capitals", "marks", "dollars", "first person")


def names(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the cues, in the order of `cues`."""
    return tuple(f"{text} {cue}" for text in texts for cue in (*SHAPES, *TOPICS))


def cues(frame: pl.DataFrame, texts: Sequence[str]) -> Floats:
    """Return the cues of each text column, shape (n, len(names(texts))); no text has a length of 0."""
    parts = [_of(frame[name].cast(pl.String).fill_null("")) for name in texts]
    return np.column_stack(parts) if parts else np.zeros((frame.height, 0))


def _of(column: pl.Series) -> Floats:
    text = pl.col("text")
    low = text.str.to_lowercase()
    length = text.str.len_chars()
    words = text.str.count_matches(r"\p{Han}|[A-Za-z']+")
    shapes = [
        length.cast(pl.Float64).log1p(),
        words.cast(pl.Float64).log1p(),
        length / (words + 1),
        text.str.count_matches(r"\d") / (length + 1),
        text.str.count_matches(r"\p{Lu}") / (length + 1),
        text.str.count_matches(r"[!?！？]"),
        text.str.count_matches(r"[$¥元]"),
        low.str.count_matches(r"\bi\b|\bmy\b|我"),
    ]
    topics = [low.str.count_matches(pattern) for pattern in TOPICS.values()]
    made = (
        column.alias("text")
        .to_frame()
        .select([one.cast(pl.Float64).alias(str(i)) for i, one in enumerate(shapes + topics)])
    )
    return made.to_numpy()
