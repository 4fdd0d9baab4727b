"""Learned weights in a folder, the same for the router and the check: arrays, what made them, their card."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

from cothink.core.errors import SettingError
from cothink.routing.learned.kinds import Kinds
from cothink.routing.learned.trees import Forest

CARD = "README.md"
_FOREST = tuple(field.name for field in fields(Forest) if field.name != "depth")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where one sort of weights lies.

    Args:
        param: The setting that names the folder.
        title: What lies there, in words.
        weights: The name of the file of arrays.
        about: The name of the file that says what made them.
    """

    param: str
    title: str
    weights: str
    about: str

    def save(self, folder: Path, arrays: Mapping[str, Any], about: msgspec.Struct, card: str) -> int:
        """Write all into a folder, which is made where it is missing; return the bytes of the weights.

        Raises:
            SettingError: The folder cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(folder / self.weights, **arrays)
            (folder / self.about).write_bytes(msgspec.json.format(msgspec.json.encode(about), indent=1) + b"\n")
            (folder / CARD).write_text(card, encoding="utf-8")
        except OSError as error:
            raise SettingError(f"{folder} cannot be written: {error.strerror or error}", param="out") from error
        return (folder / self.weights).stat().st_size

    def load(self, folder: Path, kind: type[T]) -> tuple[T, dict[str, Any]]:
        """Return what made the weights, and the arrays.

        Raises:
            SettingError: Files are missing or broken.
        """
        try:
            about = msgspec.json.decode((folder / self.about).read_bytes(), type=kind)
            with np.load(folder / self.weights, allow_pickle=False) as stored:
                return about, {name: stored[name] for name in stored.files}
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise SettingError(f"{folder} holds no {self.title} that can be read: {error}", param=self.param) from error

    def outdated(self, folder: Path) -> SettingError:
        """What is said of weights of another version of the features."""
        return SettingError(f"The {self.title} in {folder} is of another version; train it again.", param=self.param)

    def torn(self, folder: Path, error: Exception) -> SettingError:
        """What is said where an array is missing."""
        return SettingError(f"{folder}/{self.weights} is not whole: {error} is missing.", param=self.param)


def of_kinds(kinds: Kinds) -> dict[str, Any]:
    """Return kinds as arrays."""
    return {
        "kinds.weights": kinds.weights.astype(np.float16),
        "kinds.prior": kinds.prior,
        "kinds.usual": kinds.usual,
        "kinds.numbers": np.asarray([kinds.sharpness, *kinds.novelty]),
    }


def to_kinds(names: tuple[str, ...], arrays: Mapping[str, Any]) -> Kinds:
    """Return the kinds of some arrays."""
    sharpness, *novelty = (float(one) for one in arrays["kinds.numbers"])
    return Kinds(
        names,
        arrays["kinds.weights"].astype(np.float32),
        arrays["kinds.prior"],
        arrays["kinds.usual"],
        sharpness,
        (novelty[0], novelty[1], novelty[2]),
    )


def of_forest(name: str, forest: Forest) -> dict[str, Any]:
    """Return trees as arrays under a name."""
    arrays: dict[str, Any] = {f"{name}.forest.{part}": getattr(forest, part) for part in _FOREST}
    arrays[f"{name}.forest.value"] = forest.value.astype(np.float16)
    arrays[f"{name}.forest.depth"] = np.asarray(forest.depth)
    return arrays


def to_forest(name: str, arrays: Mapping[str, Any]) -> Forest:
    """Return the trees under a name."""
    trees = {part: arrays[f"{name}.forest.{part}"] for part in _FOREST}
    trees["value"] = trees["value"].astype(np.float32)
    return Forest(**trees, depth=int(arrays[f"{name}.forest.depth"]))
