"""Files of recorded outcomes: ``NAME.prompts.jsonl`` and ``NAME.outcomes.jsonl``, plain or ``.gz``.

They lie in the folder that is named or in its subfolder ``routing``. A prompt has ``prompt_id`` and ``prompt``, and
where they are known ``dataset``, ``group`` and ``reference``; an outcome has ``prompt_id``, ``model`` and ``samples``.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path

from cothink.core.errors import SettingError

RIGHT = 0.99  # a verifier's partial credit below it does not count as right
PROMPTS, OUTCOMES = ".prompts.jsonl", ".outcomes.jsonl"


def dataset_names(folder: Path) -> list[str]:
    """Return the names of the data sets of a folder, sorted."""
    return sorted({path.name.split(PROMPTS)[0] for path in _home(folder).glob(f"*{PROMPTS}*")})


def file_of(folder: Path, name: str, ending: str) -> Path:
    """Return the file of a data set: the packed one, where there is one. Whether it is there is not looked at."""
    packed = _home(folder) / f"{name}{ending}.gz"
    return packed if packed.exists() else _home(folder) / f"{name}{ending}"


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Give each line that is not blank, with its number from 1.

    Raises:
        SettingError: The file cannot be read.
    """
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, line
    except OSError as error:
        raise SettingError(f"{path} cannot be read: {error.strerror or error}", param="data") from error


def _home(folder: Path) -> Path:
    inner = folder / "routing"
    return inner if inner.is_dir() and not any(folder.glob(f"*{PROMPTS}*")) else folder
