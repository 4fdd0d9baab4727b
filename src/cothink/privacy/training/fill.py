"""Fills templates: ``{slot}`` becomes a labelled value, ``[a|b]`` one of several wordings. Returns text and spans."""

import random
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

SLOT: Final = re.compile(r"\{([a-z]+)\}")
CHOICE: Final = re.compile(r"\[([^\[\]]*)\]")
Slot = Callable[[random.Random], "Value"]


class Value(NamedTuple):
    """What fills a slot. ``parts`` are pieces of ``text`` with their types; without them the whole has ``type``."""

    text: str
    type: str | None = None
    parts: tuple[tuple[int, int, str], ...] = ()


class Example(NamedTuple):
    """A made-up text and where its personal data stands."""

    text: str
    spans: tuple[tuple[int, int, str], ...]


def templates(name: str) -> list[str]:
    """Read the templates of a language: ``english`` or ``chinese``."""
    lines = (Path(__file__).parent / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line.replace("\\n", "\n") for line in lines if line and not line.startswith("# ")]


def fill(template: str, slots: Mapping[str, Slot], rng: random.Random) -> Example:
    """Fill one template. A brace that names no slot stays as it is."""
    while (match := CHOICE.search(template)) is not None:
        wording = rng.choice(match[1].split("|"))
        template = template[: match.start()] + wording + template[match.end() :]
    text, spans, at = "", [], 0
    for match in SLOT.finditer(template):
        if match[1] not in slots:
            continue
        text += template[at : match.start()]
        value = slots[match[1]](rng)
        if value.type is not None:
            spans.append((len(text), len(text) + len(value.text), value.type))
        spans += [(len(text) + start, len(text) + end, kind) for start, end, kind in value.parts]
        text += value.text
        at = match.end()
    return Example(text + template[at:], tuple(spans))


def joined(examples: list[Example], between: str) -> Example:
    """Put several examples into one text."""
    text, spans = "", []
    for example in examples:
        if text:
            text += between
        spans += [(start + len(text), end + len(text), kind) for start, end, kind in example.spans]
        text += example.text
    return Example(text, tuple(spans))


def misspelt(example: Example, rng: random.Random) -> Example:
    """Return the text as a hasty writer leaves it: small letters, or capitals, or a full stop forgotten."""
    text = example.text
    how = rng.random()
    if how < 0.05:
        text = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    elif how < 0.07:
        text = "".join(char.upper() if len(char.upper()) == 1 else char for char in text)
    elif how < 0.12:
        for start, end, _ in example.spans:
            if rng.random() < 0.6:
                small = "".join(char.lower() if len(char.lower()) == 1 else char for char in text[start:end])
                text = text[:start] + small + text[end:]
    elif how < 0.15 and text[-1:] in ".。！!" and all(end < len(text) for _, end, _ in example.spans):
        text = text[:-1]
    return Example(text, example.spans)
