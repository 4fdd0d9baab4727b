"""Reads texts in which ``{Ann Lee|PERSON}`` marks what is personal, and ``{…|O}`` what is not."""

import re
from pathlib import Path
from typing import NamedTuple

MARK = re.compile(r"\{([^|{}]*)\|([A-Z_]+)\}")


class Marked(NamedTuple):
    text: str
    spans: list[tuple[int, int, str]]


def marked(name: str) -> list[Marked]:
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    return [read(line) for line in lines if line]


def read(line: str) -> Marked:
    text, spans, at = "", [], 0
    for match in MARK.finditer(line):
        text += line[at : match.start()]
        if match[2] != "O":
            spans.append((len(text), len(text) + len(match[1]), match[2]))
        text += match[1]
        at = match.end()
    return Marked(text + line[at:], spans)
