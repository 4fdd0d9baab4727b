"""What the tagger sees of each token: its word, its neighbours, shapes, ends of words, and classes of known words."""

from collections.abc import Mapping
from typing import Final

from cothink.privacy.names.tokens import Tokens

UNKNOWN: Final = "?"
_EDGE: Final = ("^", "^", "^")


def features(tokens: Tokens, lexicon: Mapping[str, str]) -> list[list[str]]:
    """Return the features of every token.

    Args:
        tokens: The tokens of one text.
        lexicon: A known word or character -> its class, one letter.
    """
    known = [word if word in lexicon else UNKNOWN for word in tokens.words]
    classes = [lexicon.get(word, UNKNOWN) for word in tokens.words]
    w = [*_EDGE, *known, *_EDGE]
    c = [*_EDGE, *classes, *_EDGE]
    s = [*_EDGE, *tokens.shapes, *_EDGE]
    return [
        _han(w, c, s, i) if shape == "h" else _word(w, c, s, i, tokens.words[i - 3])
        for i, shape in enumerate(tokens.shapes, 3)
    ]


def _han(w: list[str], c: list[str], s: list[str], i: int) -> list[str]:
    w3, w2, w1, w0, v1, v2, v3 = w[i - 3 : i + 4]
    c2, c1, c0, d1, d2 = c[i - 2 : i + 3]
    return [
        f"a{w0}", f"b{w1}", f"c{v1}", f"d{w2}", f"e{v2}", f"f{w3}", f"g{v3}",
        f"h{w1} {w0}", f"i{w0} {v1}", f"j{w2} {w1}", f"k{v1} {v2}", f"l{w1} {v1}",
        f"m{w1} {w0} {v1}", f"n{w2} {w1} {w0}", f"o{w0} {v1} {v2}", f"p{w3} {w2} {w1}", f"q{v1} {v2} {v3}",
        f"r{c1}{c0}{d1}", f"s{c0}{d1}{d2}", f"t{c2}{c1}{c0}", f"u{w1} {c0}{d1}{d2}", f"v{w2} {w1} {c0}",
        f"w{c0} {v1} {v2}", f"x{c2}{c1}{c0}{d1}{d2}", f"y{s[i - 1]} {w0} {s[i + 1]}",
    ]  # fmt: skip


def _word(w: list[str], c: list[str], s: list[str], i: int, word: str) -> list[str]:
    w2, w1, w0, v1, v2 = w[i - 2 : i + 3]
    c1, c0, d1 = c[i - 1 : i + 2]
    s2, s1, s0, t1, t2 = s[i - 2 : i + 3]
    if s0 == "p":
        s0 = word
    return [
        f"A{w0}", f"B{w1}", f"C{v1}", f"D{w2}", f"E{v2}",
        f"F{w1} {w0}", f"G{w0} {v1}", f"H{w2} {w1}", f"I{v1} {v2}", f"J{w1} {v1}",
        f"K{word[-3:]}{s0}", f"L{word[-2:]}", f"M{word[:3]}", f"N{word[-4:]}",
        f"O{s1} {s0} {t1}", f"P{s0} {t1} {t2}", f"Q{s2} {s1} {s0}",
        f"R{c0} {s0}", f"S{c1} {c0} {s0}", f"T{c0} {d1} {t1}", f"U{c1} {c0} {d1}",
        f"V{w1} {s0}", f"W{v1} {s0}", f"X{w2} {w1} {s0}", f"Y{s0} {v1} {v2}", f"Z{s2} {s1} {s0} {t1} {t2}",
    ]  # fmt: skip
