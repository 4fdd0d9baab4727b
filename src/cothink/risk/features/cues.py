"""What the words of an application tell cheaply: how much, how written, which mood and topics; English and Chinese.

English topics are lists of words, so that they are counted in the numbers of words; Chinese ones are patterns, which
only texts with Chinese characters are asked for.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from cothink.measures.columns import Floats
from cothink.risk.features.tokens import Tokens

TOPICS: dict[str, tuple[str, str]] = {
    "debt": (
        "debt debts card cards consolidate consolidating consolidation consolidated payoff refinance refinancing "
        "balance balances interest apr",
        "债|信用卡|还款|利息",
    ),
    "strain": (
        "behind late struggle struggling struggled emergency overdue desperate desperately laid unemployed "
        "unemployment divorce divorced bankruptcy collections short tight hardship lost",
        "拮据|周转|逾期|失业|欠款|紧张",
    ),
    "family": (
        "wife husband child children kids son daughter mother father mom dad wedding baby family",
        "妻|丈夫|孩子|儿子|女儿|父母|结婚",
    ),
    "health": ("medical hospital surgery doctor dental illness cancer sick health", "医院|手术|医疗|生病"),
    "business": (
        "business businesses company startup store inventory equipment customer customers client clients sales",
        "生意|公司|店|设备|进货",
    ),
    "home": ("house home kitchen roof mortgage rent apartment bathroom pool property", "房|装修|租金"),
    "car": ("car truck vehicle motorcycle auto bike", "车"),
    "study": ("school college tuition degree student university education", "学费|大学|学校"),
    "job": ("job jobs employed employer salary income career worked working work years", "工作|工资|收入"),
    "budget": ("net monthly expenses utilities month budget groceries insurance gas phone", "每月|开支|预算"),
    "good": (
        "stable secure never missed ontime time responsible responsibly excellent good reliable perfect steady",
        "稳定|按时|良好|可靠",
    ),
    "thanks": ("thank thanks please appreciate appreciated god bless help", "谢谢|请|帮"),
    "first person": ("i my me i'm i've mine", "我"),
    "together": ("we our us", "我们"),
    "no": ("no not never don't can't cannot won't didn't nothing", "不|没"),
    "gladness": ("great happy love dream excited opportunity new better best hope future", "高兴|希望|梦想|更好"),
    "sorrow": (
        "bad problem problems mistake mistakes unfortunately trouble hard difficult stress",
        "困难|不幸|麻烦|压力",
    ),
    "added": ("added", "补充"),
    "dollars": ("$ ¥", "元"),
    "marks": ("! ? ！ ？", ""),
    "figures": ("# ## ### #### ##### ######", ""),
}
SHAPES = ("length", "words", "word length", "digits", "capitals", "sentence", "distinct", "rare")
WORDS = tuple(sorted({word for listed, _ in TOPICS.values() for word in listed.split()}))


def names(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the cues, in the order of `cues`."""
    return tuple(f"{text} {cue}" for text in texts for cue in (*SHAPES, *TOPICS))


def topics_of(words: Sequence[str]) -> Floats:
    """Return for each word of a dictionary which topics it belongs to, shape (words, topics)."""
    places = {word: place for place, word in enumerate(words)}
    found = np.zeros((len(words), len(TOPICS)))
    for topic, (listed, _) in enumerate(TOPICS.values()):
        found[[places[word] for word in listed.split() if word in places], topic] = 1
    return found


def cues(tokens: Tokens, counts: "object", topics: Floats) -> Floats:
    """Return the cues of a column of texts, shape (n, len(names(("",)))); no text has a length of 0.

    Args:
        tokens: The texts, cut.
        counts: How often each row holds each word of the dictionary, a sparse matrix (n, words).
        topics: Of `topics_of`.
    """
    told: Floats = counts @ topics  # type: ignore[operator]  # scipy has no types
    _add_chinese(told, tokens.text)
    text = pl.col("text")
    marks = (text.str.len_chars(), text.str.count_matches(r"\d"), text.str.count_matches(r"\p{Lu}"),
             text.str.count_matches(r"[.!?。！？]\s|[。！？]|.$"))  # fmt: skip
    raw = tokens.text.alias("text").to_frame().select([one.alias(str(i)) for i, one in enumerate(marks)])
    length, digits, capitals, sentences = raw.to_numpy().astype(np.float64).T
    words = np.diff(tokens.starts).astype(np.float64)
    known = np.asarray(counts.sum(1)).ravel()  # type: ignore[attr-defined]
    distinct = np.diff(counts.indptr)  # type: ignore[attr-defined]
    shapes = (
        np.log1p(length),
        np.log1p(words),
        length / (words + 1),
        digits / (length + 1),
        capitals / (length + 1),
        words / np.maximum(sentences, 1),
        distinct / (known + 1),
        (words - known) / (words + 1),
    )
    return np.column_stack([*shapes, told])


def _add_chinese(told: Floats, text: pl.Series) -> None:
    """Add the topics of texts with Chinese characters."""
    rows = np.flatnonzero(text.str.contains(r"\p{Han}").to_numpy())
    if rows.size:
        here = text.gather(rows)
        for topic, (_, pattern) in enumerate(TOPICS.values()):
            if pattern:
                told[rows, topic] += here.str.count_matches(pattern).to_numpy()
