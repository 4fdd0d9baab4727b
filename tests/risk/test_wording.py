import re
from collections import Counter
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from cothink.risk.features import cues
from cothink.risk.features.wording import Reader, learn_vocabulary

_TEXTS = [
    "I am short of cash; my JOB is stable and stable! Paying $1500 off, please help",
    "最近资金紧张，逾期一次。工作稳定",
    "",
    None,
    "don't pay late, don't 'quote' 2,000 or 300",
    "ünïcode and emoji 🙂 then words words words",
]


def _slow(frame, vocabulary):
    """The same weights, row by row and word by word."""
    out = np.zeros((frame.height, vocabulary.size))
    for i, row in enumerate(frame.iter_rows(named=True)):
        start = 0
        for name, lexicon in zip(vocabulary.texts, vocabulary.lexicons, strict=True):
            low = re.sub("[0-9]", "#", (row[name] or "")[:2000].lower())
            words = re.findall(r"[a-z][a-z']*|#+|[$¥!?！？]|[\u4e00-\u9fff]", low)
            place = {word: p for p, word in enumerate(lexicon.words)}
            pairs = {pair: len(place) + p for p, pair in enumerate(lexicon.pairs)}
            found = [place[word] for word in words if word in place]
            for a, b in pairwise(words):
                if (place.get(a), place.get(b)) in pairs:
                    found.append(pairs[place[a], place[b]])
            for token, count in Counter(found).items():
                out[i, start + token] = (1 + np.log(count)) * lexicon.rarity[token]
            start += len(lexicon.rarity)
        out[i] /= max(np.sqrt((out[i] ** 2).sum()), 1e-9)
    return out


@pytest.fixture(scope="module")
def frame():
    random = np.random.default_rng(0)
    first = [_TEXTS[i] for i in random.integers(0, len(_TEXTS), 200)]
    return pl.DataFrame({"a": first, "b": first[::-1]}, schema={"a": pl.String, "b": pl.String})


def test_the_quick_reading_gives_the_weights_of_a_plain_loop(frame):
    vocabulary = learn_vocabulary(frame, ["a", "b"])
    found = Reader(vocabulary).read(frame)
    assert any(lexicon.pairs for lexicon in vocabulary.lexicons)
    assert np.allclose(found.weights.toarray(), _slow(frame, vocabulary), atol=1e-12)


def test_a_row_is_read_alike_alone_and_among_others(frame):
    reader = Reader(learn_vocabulary(frame, ["a", "b"]))
    whole = reader.read(frame)
    for row in range(8):
        one = reader.read(frame.slice(row, 1))
        assert np.allclose(one.cues, whole.cues[[row]])
        assert np.allclose(one.weights.toarray(), whole.weights[[row]].toarray())


def test_topics_are_counted_in_both_languages():
    frame = pl.DataFrame({"a": ["behind on rent, late again", "最近资金紧张，逾期一次", ""]})
    told = Reader(learn_vocabulary(frame, ["a"])).read(frame).cues
    strain = cues.names(["a"]).index("a strain")
    assert told[:, strain].tolist() == [2.0, 2.0, 0.0]
    assert told[2, cues.names(["a"]).index("a length")] == 0
    assert np.isfinite(told).all()
