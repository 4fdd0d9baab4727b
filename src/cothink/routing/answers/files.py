"""A learned check on disk: `check.npz` (weights), `check.json` (what made them), `README.md` (their card)."""

from dataclasses import fields
from pathlib import Path
from typing import Any

from cothink.routing.answers.card import card
from cothink.routing.answers.model import FORMAT, NAMES, About, AnswerCheck, Line, Seen, Unseen
from cothink.routing.learned.shelf import Shelf, of_forest, of_kinds, to_forest, to_kinds

SHELF = Shelf("check", "learned check", "check.npz", "check.json")
SHIPPED = Path(__file__).parent / "shipped"
_LINE = tuple(field.name for field in fields(Line))


def save(check: AnswerCheck, folder: Path) -> int:
    """Write a check into a folder, which is made where it is missing; return the bytes of its weights.

    Raises:
        SettingError: The folder cannot be written.
    """
    arrays: dict[str, Any] = {
        **of_kinds(check.kinds),
        "levels": check.levels,
        "seen.stretch": check.seen.stretch,
        "seen.firsts": check.seen.firsts,
        **of_forest("seen", check.seen.forest),
        "unseen.top": check.unseen.top,
        "unseen.firsts": check.unseen.firsts,
        **of_forest("unseen", check.unseen.forest),
        **{f"unseen.line.{part}": getattr(check.unseen.line, part) for part in _LINE},
    }
    return SHELF.save(folder, arrays, check.about, card(check.about))


def load(folder: Path) -> AnswerCheck:
    """Read a check.

    Raises:
        SettingError: Files are missing or broken, or of another version of the features.
    """
    about, arrays = SHELF.load(folder, About)
    if about.format != FORMAT or about.reads != NAMES:
        raise SHELF.outdated(folder)
    try:
        seen = Seen(to_forest("seen", arrays), arrays["seen.firsts"], arrays["seen.stretch"])
        line = Line(*(arrays[f"unseen.line.{part}"] for part in _LINE))
        unseen = Unseen(to_forest("unseen", arrays), arrays["unseen.firsts"], line, arrays["unseen.top"])
        return AnswerCheck(about, to_kinds(about.kinds, arrays), arrays["levels"], seen, unseen)
    except (KeyError, IndexError) as error:
        raise SHELF.torn(folder, error) from error
