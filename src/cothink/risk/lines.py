"""Reads a file to be scored so that a broken line stops nothing: it keeps its place, its line number and its fault."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from cothink.core.errors import SettingError
from cothink.risk.table import needs, read_table


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a file.

    Attributes:
        frame: The columns that were asked for; of CSV and JSON lines as words, of a broken line nothing.
        lines: The line on which each row begins, from 1; of Parquet the number of the row.
        faults: What is wrong with a line, in words; "" where nothing is.
    """

    frame: pl.DataFrame
    lines: list[int]
    faults: list[str]


def read_rows(file: Path, columns: Sequence[str]) -> Rows:
    """Return the rows of a file: .csv, .parquet or .jsonl.

    Args:
        file: A table; of CSV and JSON lines each line may be broken.
        columns: Those that are kept.

    Raises:
        SettingError: The file is missing, has another ending, or lacks a column in every row.
    """
    ending = file.suffix.lower()
    if ending not in {".csv", ".jsonl", ".ndjson", ".json"}:
        frame = read_table(file)
        needs(frame, columns)
        return Rows(frame.select(columns), list(range(1, frame.height + 1)), [""] * frame.height)
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise SettingError(f"{file} cannot be read as a table: {error}.", param="data") from error
    found = _csv(raw, columns) if ending == ".csv" else _json(raw, columns)
    series = {name: pl.Series(name, [row[i] for _, row, _ in found], pl.String) for i, name in enumerate(columns)}
    return Rows(pl.DataFrame(series), [line for line, _, _ in found], [fault for _, _, fault in found])


_Line = tuple[int, Sequence[str | None], str]


def _json(raw: bytes, columns: Sequence[str]) -> list[_Line]:
    """The lines of JSON: number, values as words, fault."""
    nothing: list[str | None] = [None] * len(columns)
    found: list[_Line] = []
    seen: set[str] = set()
    decode = msgspec.json.Decoder().decode
    for number, line in enumerate(raw.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            row = decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            found.append((number, nothing, f"the line is no JSON: {error}"))
            continue
        if not isinstance(row, dict):
            found.append((number, nothing, f"the line is no JSON object but {type(row).__name__}"))
            continue
        seen.update(row)
        found.append((number, [_word(row.get(name)) for name in columns], ""))
    if seen and (missing := [name for name in columns if name not in seen]):
        raise SettingError(f"The table lacks the columns {', '.join(missing)}.", param="data")
    return found


def _word(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def _csv(raw: bytes, columns: Sequence[str]) -> list[_Line]:
    """The records of CSV: number of the first line, values as words, fault."""
    lines, broken = [], {}
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        try:
            lines.append(line.decode() + "\n")
        except UnicodeDecodeError as error:
            lines.append("\n")
            broken[number] = f"the line is no UTF-8: {error.reason}"
    head = next(csv.reader(lines[:1]), [])
    if missing := [name for name in columns if name not in head]:
        raise SettingError(f"The table lacks the columns {', '.join(missing)}.", param="data")
    places = [head.index(name) for name in columns]
    nothing: list[str | None] = [None] * len(columns)
    found: list[_Line] = [(number, nothing, fault) for number, fault in broken.items()]
    start = 1
    while start < len(lines):
        reader, first = csv.reader(islice(lines, start, None), strict=True), start
        fault = ""
        try:
            for record in reader:
                begin, first = first, start + reader.line_num
                if not record:
                    continue
                if len(record) != len(head):
                    fault, first = f"the line has {len(record)} fields, the head has {len(head)}", begin
                    break
                found.append((begin + 1, [record[place] or None for place in places], ""))
        except csv.Error as error:
            fault = f"the line is no CSV: {error}"
        if not fault:
            break
        # Only this one line is given up: an open quotation mark must not swallow the rows after it.
        found.append((first + 1, nothing, fault))
        start = first + 1
    return sorted(found, key=lambda one: one[0])
