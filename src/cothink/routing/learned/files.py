"""A router on disk: `router.npz` with the weights, `router.json` with what made them, `README.md` as their card."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from cothink.routing.learned.card import card
from cothink.routing.learned.experts import Linear
from cothink.routing.learned.features import NAMES
from cothink.routing.learned.levels import Levels
from cothink.routing.learned.likeness import Likeness
from cothink.routing.learned.model import FORMAT, About, Router, Side
from cothink.routing.learned.shelf import Shelf, of_forest, of_kinds, to_forest, to_kinds

SHELF = Shelf("router", "router", "router.npz", "router.json")
SHIPPED = Path(__file__).parent / "shipped"
_LEVELS = tuple(field.name for field in fields(Levels))
_LIKENESS = tuple(field.name for field in fields(Likeness))
_LINEAR = tuple(field.name for field in fields(Linear))


def save(router: Router, folder: Path) -> int:
    """Write a router into a folder, which is made where it is missing; return the bytes of its weights.

    Raises:
        SettingError: The folder cannot be written.
    """
    arrays: dict[str, Any] = {
        **of_kinds(router.kinds),
        **{f"levels.{name}": _packed(name, getattr(router.levels, name)) for name in _LEVELS},
        **_side_arrays("seen", router.seen),
        **{f"unseen.{name}": getattr(router.unseen, name) for name in _LIKENESS},
    }
    return SHELF.save(folder, arrays, router.about, card(router.about))


def load(folder: Path) -> Router:
    """Read a router.

    Raises:
        SettingError: Files are missing or broken, or of another version of the features.
    """
    about, arrays = SHELF.load(folder, About)
    if about.format != FORMAT or about.features != NAMES:
        raise SHELF.outdated(folder)
    try:
        levels = Levels(*(arrays[f"levels.{name}"].astype(np.float32) for name in _LEVELS))
        unseen = Likeness(*(arrays[f"unseen.{name}"] for name in _LIKENESS))
        return Router(about, to_kinds(about.kinds, arrays), levels, _side("seen", arrays), unseen)
    except (KeyError, IndexError) as error:
        raise SHELF.torn(folder, error) from error


def _packed(name: str, values: Any) -> Any:
    """Half as many bits, but for what distances are counted in: a narrow spread would make a small error large."""
    return values if name in {"centre", "spread"} else values.astype(np.float16)


def _side_arrays(name: str, side: Side) -> dict[str, Any]:
    arrays: dict[str, Any] = {part: getattr(side, part) for part in ("stack", "gain_stack", "firsts")}
    arrays |= {f"line.{part}": getattr(side.line, part) for part in _LINEAR}
    arrays["line.words"] = side.line.words.astype(np.float16)
    return {**{f"{name}.{part}": values for part, values in arrays.items()}, **of_forest(name, side.forest)}


def _side(name: str, arrays: Mapping[str, Any]) -> Side:
    line = Linear(*(arrays[f"{name}.line.{part}"].astype(np.float32) for part in _LINEAR))
    stack, gain_stack, firsts = (arrays[f"{name}.{part}"] for part in ("stack", "gain_stack", "firsts"))
    return Side(to_forest(name, arrays), firsts, line, stack, gain_stack)
