"""Tables of applications: CSV, Parquet or JSON lines in, the columns to leave out, the rows to train on."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import polars as pl

from cothink.core.errors import SettingError
from cothink.measures.columns import Floats

PART = "part"
_LINES = (".jsonl", ".ndjson", ".json")


def read_table(file: Path) -> pl.DataFrame:
    """Return a table from a file; the ending says its form: .csv, .parquet, .jsonl.

    Raises:
        SettingError: The file is missing, cannot be read, or has another ending.
    """
    ending = file.suffix.lower()
    try:
        if ending == ".parquet":
            return pl.read_parquet(file)
        if ending == ".csv":
            return pl.read_csv(file, infer_schema_length=None)
        if ending in _LINES:
            return pl.read_ndjson(file, infer_schema_length=None)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SettingError(f"{file} cannot be read as a table: {error}.", param="data") from error
    raise SettingError(f"{file} ends in {ending!r}; allowed are .csv, .parquet and .jsonl.", param="data")


def write_table(frame: pl.DataFrame, file: Path) -> None:
    """Write a table in the form that the ending names.

    Raises:
        SettingError: Another ending.
    """
    ending = file.suffix.lower()
    if ending == ".parquet":
        frame.write_parquet(file)
    elif ending == ".csv":
        frame.write_csv(file)
    elif ending in _LINES:
        frame.write_ndjson(file)
    else:
        raise SettingError(f"{file} ends in {ending!r}; allowed are .csv, .parquet and .jsonl.", param="out")


def without(frame: pl.DataFrame, globs: Iterable[str]) -> pl.DataFrame:
    """Return the table without the columns whose names match a glob.

    Raises:
        SettingError: A glob matches no column: a leak that was meant to go would stay unseen.
    """
    gone: set[str] = set()
    for glob in globs:
        matched = {name for name in frame.columns if fnmatchcase(name, glob)}
        if not matched:
            raise SettingError(f"--drop {glob!r} matches none of {', '.join(frame.columns)}.", param="drop")
        gone |= matched
    return frame.drop(sorted(gone))


def part_of(frame: pl.DataFrame, part: str) -> pl.DataFrame:
    """Return the rows of one part, where the table has a column `part` that names it; else all."""
    if PART not in frame.columns or part not in frame[PART].cast(pl.String).unique().to_list():
        return frame
    return frame.filter(pl.col(PART).cast(pl.String) == part)


def between(frame: pl.DataFrame, time: str | None, since: str | None = None, until: str | None = None) -> pl.DataFrame:
    """Return the rows from one date to another, both counted in; all where no date is named.

    Raises:
        SettingError: A date without a column of dates, a column that is missing, or no row is left.
    """
    if since is None and until is None:
        return frame
    if time is None:
        raise SettingError("--since and --until need --time COLUMN.", param="time")
    needs(frame, [time])
    day = pl.col(time).cast(pl.String)
    kept = frame
    if since is not None:
        kept = kept.filter(day >= since)
    if until is not None:
        kept = kept.filter(day.str.slice(0, len(until)) <= until)
    if not kept.height:
        raise SettingError(
            f"No row of {time!r} lies from {since or 'the first'} to {until or 'the last'}.", param="time"
        )
    return kept


def unseen(file: Path, time: str | None = None, since: str | None = None) -> pl.DataFrame:
    """Return the rows of a file to judge on: of the part `test` where there is one, and from a date on."""
    return between(part_of(read_table(file), "test"), time, since=since)


def truths(frame: pl.DataFrame, target: str) -> Floats:
    """Return the target as 0.0 and 1.0.

    Raises:
        SettingError: The column is missing, or holds something else than 0, 1, true and false.
    """
    if target not in frame.columns:
        raise SettingError(f"There is no column {target!r}; there are {', '.join(frame.columns)}.", param="target")
    values = frame[target].cast(pl.Float64, strict=False)
    if values.null_count() or not values.is_in([0.0, 1.0]).all():
        odd = frame[target].filter(~values.is_in([0.0, 1.0]).fill_null(value=False))[0]
        raise SettingError(f"The target {target!r} must be 0 or 1 in every row, got {odd!r}.", param="target")
    array: Floats = values.to_numpy().astype("float64")
    return array


def needs(frame: pl.DataFrame, columns: Sequence[str]) -> None:
    """Refuse a table that lacks a column.

    Raises:
        SettingError: With the names that are missing.
    """
    if missing := [name for name in columns if name not in frame.columns]:
        raise SettingError(f"The table lacks the columns {', '.join(missing)}.", param="data")
