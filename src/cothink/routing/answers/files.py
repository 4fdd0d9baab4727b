"""A learned check on disk: `check.npz` (weights), `check.json` (what made them), `README.md` (their card)."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from cothink.core.errors import SettingError
from cothink.routing.answers.card import card
from cothink.routing.answers.model import FORMAT, NAMES, About, AnswerCheck, Line, Seen, Unseen
from cothink.routing.learned.kinds import Kinds
from cothink.routing.learned.trees import Forest

WEIGHTS, ABOUT, CARD = "check.npz", "check.json", "README.md"
SHIPPED = Path(__file__).parent / "shipped"
_FOREST = tuple(field.name for field in fields(Forest) if field.name != "depth")
_LINE = tuple(field.name for field in fields(Line))


def save(check: AnswerCheck, folder: Path) -> int:
    """Write a check into a folder, which is made where it is missing; return the bytes of its weights.

    Raises:
        SettingError: The folder cannot be written.
    """
    kinds = check.kinds
    arrays: dict[str, Any] = {
        "kinds.weights": kinds.weights.astype(np.float16),
        "kinds.prior": kinds.prior,
        "kinds.usual": kinds.usual,
        "kinds.numbers": np.asarray([kinds.sharpness, *kinds.novelty]),
        "levels": check.levels,
        "seen.stretch": check.seen.stretch,
        "unseen.top": check.unseen.top,
        **_trees_arrays("seen", check.seen),
        **_trees_arrays("unseen", check.unseen),
        **{f"unseen.line.{part}": getattr(check.unseen.line, part) for part in _LINE},
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(folder / WEIGHTS, **arrays)
        (folder / ABOUT).write_bytes(msgspec.json.format(msgspec.json.encode(check.about), indent=1) + b"\n")
        (folder / CARD).write_text(card(check.about), encoding="utf-8")
    except OSError as error:
        raise SettingError(f"{folder} cannot be written: {error.strerror or error}", param="out") from error
    return (folder / WEIGHTS).stat().st_size


def load(folder: Path) -> AnswerCheck:
    """Read a check.

    Raises:
        SettingError: Files are missing or broken, or of another version of the features.
    """
    try:
        about = msgspec.json.decode((folder / ABOUT).read_bytes(), type=About)
        with np.load(folder / WEIGHTS, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise SettingError(f"{folder} holds no learned check that can be read: {error}", param="check") from error
    if about.format != FORMAT or about.reads != NAMES:
        raise SettingError(f"The learned check in {folder} is of another version; train it again.", param="check")
    try:
        sharpness, *novelty = (float(one) for one in arrays["kinds.numbers"])
        kinds = Kinds(
            about.kinds,
            arrays["kinds.weights"].astype(np.float32),
            arrays["kinds.prior"],
            arrays["kinds.usual"],
            sharpness,
            (novelty[0], novelty[1], novelty[2]),
        )
        seen = Seen(*_trees("seen", arrays), arrays["seen.stretch"])
        line = Line(*(arrays[f"unseen.line.{part}"] for part in _LINE))
        unseen = Unseen(*_trees("unseen", arrays), line, arrays["unseen.top"])
        return AnswerCheck(about, kinds, arrays["levels"], seen, unseen)
    except (KeyError, IndexError) as error:
        raise SettingError(f"{folder}/{WEIGHTS} is not whole: {error} is missing.", param="check") from error


def _trees_arrays(name: str, side: Seen | Unseen) -> dict[str, Any]:
    arrays: dict[str, Any] = {f"forest.{part}": getattr(side.forest, part) for part in _FOREST}
    arrays["forest.value"] = side.forest.value.astype(np.float16)
    arrays |= {"forest.depth": np.asarray(side.forest.depth), "firsts": side.firsts}
    return {f"{name}.{part}": values for part, values in arrays.items()}


def _trees(name: str, arrays: Mapping[str, Any]) -> tuple[Forest, Any]:
    trees = {part: arrays[f"{name}.forest.{part}"] for part in _FOREST}
    trees["value"] = trees["value"].astype(np.float32)
    return Forest(**trees, depth=int(arrays[f"{name}.forest.depth"])), arrays[f"{name}.firsts"]
