"""Cuts a text into tokens for the tagger: a Chinese character, a word, a number, a mark, a line's end."""

import re
from typing import Final, NamedTuple

HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN: Final = re.compile(
    rf"[{HAN}]|\d+|(?:(?![{HAN}])[^\W\d_])+(?:['’](?![sS]\b)(?:(?![{HAN}])[^\W\d_])+)?|['’][sS]\b|[ \t]*\n\s*|[^\w\s]|_"
)
_HAN_AT: Final = re.compile(f"[{HAN}]")


class Tokens(NamedTuple):
    """The tokens of a text, side by side: what they say in small letters, their shapes and places."""

    words: list[str]
    shapes: list[str]
    starts: list[int]
    ends: list[int]


def tokens(text: str) -> Tokens:
    """Cut a text."""
    words: list[str] = []
    shapes: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _TOKEN.finditer(text):
        token = match[0]
        shape = shape_of(token)
        shapes.append(shape)
        words.append("\n" if shape == "N" else _number(token) if shape[0] == "d" else token.lower())
        start, end = match.span()
        starts.append(start)
        ends.append(end)
    return Tokens(words, shapes, starts, ends)


def shape_of(token: str) -> str:
    """Return a token's shape: ``h`` Chinese, ``d3`` three digits, ``Xx`` a capital first, ``N`` a line's end …"""
    first = token[0]
    if first >= "\u3400" and _HAN_AT.match(first):
        return "h"
    if first.isdigit():
        return f"d{min(len(token), 8)}"
    if first.isalpha():
        if len(token) == 1:
            return "X1" if first.isupper() else "x1"
        if token.islower():
            return "x"
        if token.isupper():
            return "XX"
        return "Xx" if first.isupper() and token[1:].islower() else "xX"
    return "N" if "\n" in token else "p"


def _number(token: str) -> str:
    if len(token) == 4 and token[:2] in ("19", "20"):
        return "year"
    return token if len(token) < 2 else "0" * min(len(token), 8)
