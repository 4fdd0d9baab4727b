"""Scores a whole file, block by block. What is done rests in `OUT.part`, so that a killed run goes on where it stood.

A block is written in one piece and flushed to the disk; a torn last line is cut off. A row that cannot be read is
written with its error and without a probability, so every row of the file stands in the output exactly once.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from cothink.core.errors import SettingError
from cothink.risk.files import digest, load
from cothink.risk.scorecard import Scorecard
from cothink.risk.table import needs, read_table, write_table

BLOCK = 10_000
ROW = "row"


class _Head(msgspec.Struct, frozen=True):
    """The first line of `OUT.part`: what a run that goes on must share with the one before."""

    model: str
    file: str
    rows: int
    prior: float | None


def score_file(
    file: Path,
    model: Path,
    out: Path,
    *,
    prior: float | None = None,
    block: int = BLOCK,
    tell: Callable[[int, int], None] = lambda done, rows: None,
) -> int:
    """Score every row of a file; return how many rows could not be read.

    Args:
        file: A table.
        model: The folder of a trained model.
        out: Where the scores go; its ending says the form.
        prior: The base rate where the rows come from.
        block: Rows that are scored and written at once.
        tell: Called after each block with the rows done and the rows in all.

    Raises:
        SettingError: The file lacks a column, or `OUT.part` is of another model, file or prior.
    """
    if out.suffix.lower() not in {".csv", ".parquet", ".jsonl"}:
        raise SettingError(f"{out} ends in {out.suffix!r}; allowed are .csv, .parquet and .jsonl.", param="out")
    card, frame = load(model), read_table(file)
    needs(frame, card.about.form.columns)
    part = out.with_name(out.name + ".part")
    head = _Head(digest(model), f"{file.name} {file.stat().st_size}", frame.height, prior)
    done = _resume(part, head)
    tell(done, frame.height)
    with part.open("ab") as lines:
        while done < frame.height:
            rows = score_rows(card, frame.slice(done, block), done, prior)
            lines.write(rows.write_ndjson().encode())
            lines.flush()
            os.fsync(lines.fileno())
            done += rows.height
            tell(done, frame.height)
    return _finish(part, out)


def score_rows(card: Scorecard, frame: pl.DataFrame, first: int = 0, prior: float | None = None) -> pl.DataFrame:
    """Return for each row its place in the file, the probability with interval, band, reasons, flag, and error."""
    frame = frame.with_row_index("__place", offset=first)
    faults = _faults(card, frame)
    good = frame.filter(faults == "")
    schema: dict[str, Any] = {
        "probability": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "band": pl.String,
        "reasons": pl.List(pl.String),
        "parts_apart": pl.Float64,
        "review": pl.Boolean,
    }
    if good.height:
        found = card.score(good, prior)
        columns: tuple[Any, ...] = (
            found.chance,
            found.low,
            found.high,
            found.band,
            found.reasons,
            found.apart,
            found.review,
        )
    else:
        columns = ([],) * len(schema)
    scored = pl.DataFrame(dict(zip(schema, columns, strict=True)), schema=schema)
    scored = scored.with_columns(good["__place"].cast(pl.Int64).alias(ROW))
    every = pl.DataFrame({ROW: frame["__place"].cast(pl.Int64), "error": faults})
    joined = every.join(scored, on=ROW, how="left", maintain_order="left")
    return joined.select(ROW, *schema, "error").with_columns(pl.col("review").fill_null(value=True))


def _faults(card: Scorecard, frame: pl.DataFrame) -> pl.Series:
    """For each row what is wrong with it, in words; empty where nothing is."""
    fault = pl.lit("")
    for name in card.about.form.numbers:
        bad = pl.col(name).is_not_null() & pl.col(name).cast(pl.Float64, strict=False).is_null()
        if frame[name].dtype == pl.String:
            fault = pl.when(bad & (fault == "")).then(pl.lit(f"{name} is no number")).otherwise(fault)
    empty = pl.all_horizontal([pl.col(name).is_null() for name in card.about.form.columns])
    return frame.select(pl.when(empty).then(pl.lit("every column is empty")).otherwise(fault).alias("e"))["e"]


def _resume(part: Path, head: _Head) -> int:
    """Cut a torn line off, check the head, and return how many rows are done; begin a new file where there is none."""
    first = msgspec.json.encode(head) + b"\n"
    raw = part.read_bytes() if part.exists() else b""
    whole = raw[: raw.rfind(b"\n") + 1]
    if not whole:
        part.write_bytes(first)
        return 0
    if not whole.startswith(first):
        raise SettingError(f"{part} is of another model, file or prior; delete it to begin anew.", param="out")
    with part.open("r+b") as file:
        file.truncate(len(whole))
    return whole.count(b"\n") - 1


def _finish(part: Path, out: Path) -> int:
    """Turn the lines into the form that was asked for, and return how many rows could not be read."""
    body = part.read_bytes().split(b"\n", 1)[1]
    frame = pl.read_ndjson(body, infer_schema_length=None) if body else pl.DataFrame({"error": []})
    if out.suffix.lower() == ".csv":
        frame = frame.with_columns(pl.col("reasons").list.join("; "))
    bad = int((frame["error"] != "").sum())
    ready = out.with_name(f".{out.stem}.ready{out.suffix}")
    write_table(frame, ready)
    ready.replace(out)
    part.unlink()
    return bad
