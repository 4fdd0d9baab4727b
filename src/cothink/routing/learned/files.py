"""A router on disk: `router.npz` with the weights, `router.json` with what made them, `README.md` as their card."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from cothink.core.errors import SettingError
from cothink.routing.learned.card import card
from cothink.routing.learned.experts import Linear
from cothink.routing.learned.features import NAMES
from cothink.routing.learned.kinds import Kinds
from cothink.routing.learned.levels import Levels
from cothink.routing.learned.likeness import Likeness
from cothink.routing.learned.model import FORMAT, About, Router, Side
from cothink.routing.learned.trees import Forest

WEIGHTS, ABOUT, CARD = "router.npz", "router.json", "README.md"
SHIPPED = Path(__file__).parent / "shipped"
_LEVELS = tuple(field.name for field in fields(Levels))
_LIKENESS = tuple(field.name for field in fields(Likeness))
_FOREST = tuple(field.name for field in fields(Forest) if field.name != "depth")
_LINEAR = tuple(field.name for field in fields(Linear))


def save(router: Router, folder: Path) -> int:
    """Write a router into a folder, which is made where it is missing; return the bytes of its weights.

    Raises:
        SettingError: The folder cannot be written.
    """
    kinds = router.kinds
    arrays: dict[str, Any] = {
        "kinds.weights": kinds.weights.astype(np.float16),
        "kinds.prior": kinds.prior,
        "kinds.usual": kinds.usual,
        "kinds.numbers": np.asarray([kinds.sharpness, *kinds.novelty]),
        **{f"levels.{name}": _packed(name, getattr(router.levels, name)) for name in _LEVELS},
        **_side_arrays("seen", router.seen),
        **{f"unseen.{name}": getattr(router.unseen, name) for name in _LIKENESS},
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(folder / WEIGHTS, **arrays)
        (folder / ABOUT).write_bytes(msgspec.json.format(msgspec.json.encode(router.about), indent=1) + b"\n")
        (folder / CARD).write_text(card(router.about), encoding="utf-8")
    except OSError as error:
        raise SettingError(f"{folder} cannot be written: {error.strerror or error}", param="out") from error
    return (folder / WEIGHTS).stat().st_size


def load(folder: Path) -> Router:
    """Read a router.

    Raises:
        SettingError: Files are missing or broken, or of another version of the features.
    """
    try:
        about = msgspec.json.decode((folder / ABOUT).read_bytes(), type=About)
        with np.load(folder / WEIGHTS, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise SettingError(f"{folder} holds no router that can be read: {error}", param="router") from error
    if about.format != FORMAT or about.features != NAMES:
        raise SettingError(f"The router in {folder} is of another version; train it again.", param="router")
    try:
        return _router(about, arrays)
    except (KeyError, IndexError) as error:
        raise SettingError(f"{folder}/{WEIGHTS} is not whole: {error} is missing.", param="router") from error


def _router(about: About, arrays: Mapping[str, Any]) -> Router:
    sharpness, *novelty = (float(one) for one in arrays["kinds.numbers"])
    kinds = Kinds(
        about.kinds,
        arrays["kinds.weights"].astype(np.float32),
        arrays["kinds.prior"],
        arrays["kinds.usual"],
        sharpness,
        (novelty[0], novelty[1], novelty[2]),
    )
    levels = Levels(*(arrays[f"levels.{name}"].astype(np.float32) for name in _LEVELS))
    unseen = Likeness(*(arrays[f"unseen.{name}"] for name in _LIKENESS))
    return Router(about, kinds, levels, _side("seen", arrays), unseen)


def _packed(name: str, values: Any) -> Any:
    """Half as many bits, but for what distances are counted in: a narrow spread would make a small error large."""
    return values if name in {"centre", "spread"} else values.astype(np.float16)


def _side_arrays(name: str, side: Side) -> dict[str, Any]:
    arrays: dict[str, Any] = {part: getattr(side, part) for part in ("stack", "gain_stack", "firsts")}
    arrays |= {f"line.{part}": getattr(side.line, part) for part in _LINEAR}
    arrays["line.words"] = side.line.words.astype(np.float16)
    arrays |= {f"forest.{part}": getattr(side.forest, part) for part in _FOREST}
    arrays["forest.value"] = side.forest.value.astype(np.float16)
    arrays["forest.depth"] = np.asarray(side.forest.depth)
    return {f"{name}.{part}": values for part, values in arrays.items()}


def _side(name: str, arrays: Mapping[str, Any]) -> Side:
    trees = {part: arrays[f"{name}.forest.{part}"] for part in _FOREST}
    trees["value"] = trees["value"].astype(np.float32)
    forest = Forest(**trees, depth=int(arrays[f"{name}.forest.depth"]))
    line = Linear(*(arrays[f"{name}.line.{part}"].astype(np.float32) for part in _LINEAR))
    stack, gain_stack, firsts = (arrays[f"{name}.{part}"] for part in ("stack", "gain_stack", "firsts"))
    return Side(forest, firsts, line, stack, gain_stack)
