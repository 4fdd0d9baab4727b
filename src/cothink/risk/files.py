"""A scorecard on disk: `model.json` with its form and a digest, `model.npz`, `forest-K.txt` in LightGBM's form.

Nothing is pickled: reading a model runs no code of it.
"""

import hashlib
from pathlib import Path

import msgspec
import numpy as np

from cothink.core.errors import SettingError
from cothink.risk.parts.boosting import as_text, from_text
from cothink.risk.scorecard import VERSION, About, Scorecard

ABOUT, WEIGHTS, DIGEST = "model.json", "model.npz", "digest.txt"


def save(model: Scorecard, folder: Path) -> str:
    """Write a scorecard into a folder, which is made where it is missing; return its digest.

    Raises:
        SettingError: The folder cannot be written.
    """
    arrays = {f"knots.{i}": one for i, one in enumerate(model.knots)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("forest-*.txt"):
            old.unlink()
        (folder / ABOUT).write_bytes(msgspec.json.format(msgspec.json.encode(model.about), indent=1) + b"\n")
        np.savez(
            folder / WEIGHTS,
            **arrays,  # type: ignore[arg-type]  # the stub takes the last named argument for all
            weights=model.weights,
            words=model.words,
            centre=model.centre,
            rounds=np.asarray([model.rounds]),
        )
        for i, forest in enumerate(model.forests):
            (folder / f"forest-{i}.txt").write_text(as_text(forest, model.rounds), encoding="utf-8")
        found = digest(folder)
        (folder / DIGEST).write_text(found + "\n", encoding="utf-8")
    except OSError as error:
        raise SettingError(f"{folder} cannot be written: {error.strerror or error}.", param="out") from error
    return found


def load(folder: Path) -> Scorecard:
    """Read a scorecard.

    Raises:
        SettingError: Files are missing or broken, of another version, or not those that the digest names.
    """
    try:
        wanted = (folder / DIGEST).read_text(encoding="utf-8").strip()
        if digest(folder) != wanted:
            raise SettingError(f"The files of the model {folder} are not those that were saved.", param="model")
        about = msgspec.json.decode((folder / ABOUT).read_bytes(), type=About)
        with np.load(folder / WEIGHTS, allow_pickle=False) as arrays:
            stored = dict(arrays)
        files = sorted(folder.glob("forest-*.txt"))
        forests = tuple(from_text(file.read_text(encoding="utf-8")) for file in files)
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise SettingError(f"{folder} holds no model that can be read: {error}.", param="model") from error
    if about.version != VERSION:
        raise SettingError(f"The model {folder} has version {about.version}; {VERSION} is read here.", param="model")
    knots = [stored[f"knots.{i}"] for i in range(sum(name.startswith("knots.") for name in stored))]
    rounds = int(stored["rounds"][0])
    return Scorecard(about, knots, stored["weights"], stored["words"], stored["centre"], forests, rounds)


def digest(folder: Path) -> str:
    """Return the SHA-256 over the model's files in the order of their names."""
    found = hashlib.sha256()
    for file in sorted([folder / ABOUT, folder / WEIGHTS, *folder.glob("forest-*.txt")]):
        found.update(file.name.encode() + b"\0" + file.read_bytes())
    return found.hexdigest()
