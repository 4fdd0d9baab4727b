"""Writes a report: three files in a folder, each whole or not there."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from cothink.core.errors import SettingError
from cothink.evaluation.report.figures import Report, figures
from cothink.evaluation.report.html import html
from cothink.evaluation.report.markdown import markdown
from cothink.evaluation.report.read import Reading, boards
from cothink.evaluation.report.replayed import is_figures, replayed

NAMES = ("report.md", "report.html", "report.json")


def make(files: Sequence[Path], how: Reading) -> Report:
    """Work out the report of files.

    Raises:
        SettingError: A file cannot be used, or lacks what it needs.
    """
    figured = [path for path in files if is_figures(path)]
    others = [path for path in files if path not in figured]
    found, notes = boards(others, how) if others else ([], [])
    return Report(
        files=[path.name for path in files],
        errors_are_wrong=how.errors_are_wrong,
        notes=notes,
        sets=[*(figures(board) for board in found), *map(replayed, figured)],
    )


def write(report: Report, folder: Path) -> list[Path]:
    """Write Markdown, HTML and JSON to a folder, which is made where there is none; return the files.

    Raises:
        SettingError: The folder cannot be written.
    """
    told = (
        markdown(report).encode(),
        html(report).encode(),
        msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n",
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in zip(NAMES, told, strict=True):
            unfinished = folder / f"{name}.part"
            unfinished.write_bytes(data)
            unfinished.replace(folder / name)
    except OSError as error:
        raise SettingError(
            f"--out is {folder}; it cannot be written: {error.strerror or error}", param="out"
        ) from error
    return [folder / name for name in NAMES]
