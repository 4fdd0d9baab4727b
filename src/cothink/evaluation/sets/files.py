"""The files of a data set as their makers publish them: JSON lines, JSON, CSV, plain or gzip; each row with its place.

A row that is not as it should be is named with its file, its line, the field and what is wanted.
"""

import csv
import gzip
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cothink.core.errors import SettingError
from cothink.routing.recordings import numbered_lines

MOST_FOUND = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file, with its place for the words of an error."""

    fields: dict[str, Any]
    path: Path
    number: int

    @property
    def place(self) -> str:
        """The file and the line."""
        return f"{self.path.name}, row {self.number}"

    def text(self, *names: str) -> str:
        """Return the first of these fields that is there, as text; a number is written out.

        Raises:
            SettingError: None is there, or it is neither a text nor a number.
        """
        for name in names:
            if name in self.fields:
                value = self.fields[name]
                if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
                    return str(value)
                raise self.fault(name, value, "a text or a number")
        wanted = " or ".join(names)
        raise SettingError(
            f"{self.place}: the field {wanted} is missing; there are {', '.join(self.fields) or 'none'}.",
            param=names[0],
        )

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts.

        Raises:
            SettingError: It is not there, or no list of texts.
        """
        value = self.fields.get(name)
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.fault(name, value, "a list of texts")
        return tuple(value)

    def maybe(self, name: str) -> str:
        """Return a field as text, or nothing where it is not there."""
        return "" if self.fields.get(name) is None else str(self.fields[name])

    def fault(self, name: str, value: object, wanted: str) -> SettingError:
        """The error of a field whose value is not what is wanted."""
        return SettingError(f"{self.place}: {name} is {_short(value)}; {wanted} is needed.", param=name)


def json_rows(path: Path) -> Iterator[Row]:
    """Give each row of a file of JSON lines, or of one JSON list.

    Raises:
        SettingError: It cannot be read, or a row is no JSON object.
    """
    for number, line in numbered_lines(path):
        if number == 1 and line.lstrip().startswith(b"["):
            yield from _listed(path)
            return
        value = _decoded(line, path, number)
        if not isinstance(value, dict):
            raise SettingError(f"{path.name}, row {number}: {_short(value)} is no JSON object.", param="data")
        yield Row(value, path, number)


def json_value(path: Path) -> Any:
    """Return the one JSON value of a file.

    Raises:
        SettingError: It cannot be read, or is no JSON.
    """
    return _decoded(b"".join(line for _, line in numbered_lines(path)), path, 1)


def csv_rows(path: Path, head: Sequence[str] | None = None) -> Iterator[Row]:
    """Give each row of a CSV file.

    Args:
        path: The file.
        head: The names of the columns, where the file has no head of its own.

    Raises:
        SettingError: It cannot be read, or a row has more or fewer columns than the head.
    """
    try:
        with (
            gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as data,
            io.TextIOWrapper(data, encoding="utf-8-sig", newline="") as text,
        ):
            yield from _columns(csv.reader(text, strict=True), path, list(head or ()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SettingError(f"{path} cannot be read as CSV: {error}", param="data") from error


def find(data: Path, name: str, patterns: Sequence[str], public: str) -> list[Path]:
    """Return the files of a data set: the file itself, or what the first pattern that fits finds in the folder.

    Args:
        data: A file, or a folder that holds the download.
        name: The data set's name, for the words of an error.
        patterns: What its files are called, the best first.
        public: Where it is published, for the words of an error.

    Raises:
        SettingError: There is no such file or folder, or nothing fits.
    """
    if data.is_file():
        return [data]
    if not data.is_dir():
        raise SettingError(f"--data is {data}; there is no such file or folder.", param="data")
    for pattern in patterns:
        found = sorted(path for path in data.rglob(pattern) if path.is_file())
        if found:
            return found
    raise SettingError(
        f"{data} holds no file of {name}: wanted is {' or '.join(patterns)}. It is published at {public}.",
        param="data",
    )


def one_file(found: Sequence[Path], name: str) -> Path:
    """Return the only file.

    Raises:
        SettingError: There are several; the message names them.
    """
    if len(found) > 1:
        some = ", ".join(map(str, found[:MOST_FOUND])) + (" …" if len(found) > MOST_FOUND else "")
        raise SettingError(f"Several files may be {name}: {some}. Name one with --data FILE.", param="data")
    return found[0]


def _listed(path: Path) -> Iterator[Row]:
    for number, value in enumerate(json_value(path), 1):
        if not isinstance(value, dict):
            raise SettingError(f"{path.name}, row {number}: {_short(value)} is no JSON object.", param="data")
        yield Row(value, path, number)


def _columns(reader: Iterator[list[str]], path: Path, head: list[str]) -> Iterator[Row]:
    number = 0
    for cells in reader:
        if not cells:
            continue
        if not head:
            head = cells
            continue
        number += 1
        if len(cells) != len(head):
            raise SettingError(
                f"{path.name}, row {number}: {len(cells)} columns; {len(head)} are needed: {', '.join(head[:12])}.",
                param="data",
            )
        yield Row(dict(zip(head, cells, strict=True)), path, number)


def _decoded(data: bytes, path: Path, number: int) -> Any:
    try:
        return json.loads(data)
    except ValueError as error:
        raise SettingError(f"{path.name}, row {number}: no JSON ({error}).", param="data") from error


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"
