"""Scores a whole file, block by block. What is done rests in `OUT.part`, so that a killed run goes on where it stood.

A block is written in one piece and flushed to the disk; a torn last line is cut off. A row that cannot be read is
written with its error and without a probability, so every row of the file stands in the output exactly once.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

from cothink.core.errors import SettingError
from cothink.risk.features.form import numbers
from cothink.risk.files import digest, load
from cothink.risk.lines import Rows, read_rows
from cothink.risk.scorecard import Scorecard
from cothink.risk.table import write_table

BLOCK = 2_000
ROW, LINE = "row", "line"


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
    card = load(model)
    rows = read_rows(file, card.about.form.columns)
    height = rows.frame.height
    part = out.with_name(out.name + ".part")
    head = _Head(digest(model), hashlib.sha256(file.read_bytes()).hexdigest(), height, prior)
    done = _resume(part, head)
    tell(done, height)
    with part.open("ab") as lines:
        while done < height:
            scored = _score_block(card, rows, slice(done, done + block), prior)
            lines.write(scored.write_ndjson().encode())
            lines.flush()
            os.fsync(lines.fileno())
            done += scored.height
            tell(done, height)
    return _finish(part, out)


def _score_block(card: Scorecard, rows: Rows, block: slice, prior: float | None) -> pl.DataFrame:
    """The scores of some rows of a file, each with its line."""
    faults = pl.Series("f", rows.faults[block], pl.String)
    scored = score_rows(card, rows.frame[block], block.start, prior, faults)
    return scored.insert_column(1, pl.Series(LINE, rows.lines[block], pl.Int64))


def score_rows(
    card: Scorecard,
    frame: pl.DataFrame,
    first: int = 0,
    prior: float | None = None,
    broken: pl.Series | None = None,
) -> pl.DataFrame:
    """Return for each row its place in the file, the probability with interval, band, reasons, flag, and error.

    Args:
        card: The model.
        frame: Rows with the columns of its form.
        first: The place of the first of them.
        prior: The base rate where the rows come from.
        broken: What is wrong with each line already, "" where nothing is.
    """
    frame = frame.with_row_index("__place", offset=first)
    faults = _faults(card, frame)
    if broken is not None:
        faults = pl.select(pl.when(broken != "").then(broken).otherwise(faults).alias("e"))["e"]
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
        if frame[name].dtype == pl.String:
            unread = pl.Series("__unread", np.isnan(numbers(frame[name]))) & frame[name].is_not_null()
            if not unread.any():
                continue
            bad = pl.lit(unread)
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
