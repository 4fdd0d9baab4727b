"""The rows of a live run, as JSON lines: the terms of each set first, then a row for each answer, each once.

A run that was killed leaves whole lines and perhaps a last one that is cut off; that one is dropped, and the run goes
on. Two runs never write one file at the same time.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from cothink.core.errors import SettingError

Key = tuple[str, str, str, int]
"""Data set, task, model, sample."""


class Terms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is the same for every row of a set in one file.

    Args:
        set: The data set.
        tasks: A digest of what is asked.
        seed: Of the sampling; each sample adds its number.
        temperature: None leaves it to the model's server.
        max_tokens: The most tokens of an answer.
    """

    set: str
    tasks: str
    seed: int
    temperature: float | None
    max_tokens: int


class Row(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One answer of one model to one task.

    Args:
        right: None where it could not be told, or where there is no answer but an error.
        score: The share that is right, 0 to 1; for a conversation the share of the facts that were kept.
        got: The final answer as it was read.
        kind: How it was graded.
        began_at: Seconds since 1970.
        seconds: From the request to the end of the answer, of the try that succeeded; of a conversation, all turns.
        first_s: To the first piece of content, thoughts and words of progress included; of the first turn.
        first_text_s: To the first word of the answer.
        cost_usd: Over all tries; None where the price is not known.
        calls: How often each model was asked, by its name.
        tokens: The completion tokens of each.
        tries: How often it was asked, with those that failed.
        memory_bytes: The most that the embedded engine's processes had used by then, files of weights included.
        facts: Of a conversation: how many turns lay between told and asked, and whether it was kept.
        error: Why there is no answer, in words; `code` is its code.
    """

    set: str
    id: str
    model: str
    sample: int = 0
    kind: str = ""
    group: str = ""
    answer: str = ""
    got: str = ""
    right: bool | None = None
    score: float = 0.0
    why: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    cached_tokens: int = 0
    began_at: float = 0.0
    seconds: float = 0.0
    first_s: float | None = None
    first_text_s: float | None = None
    cost_usd: float | None = None
    calls: dict[str, int] = {}
    tokens: dict[str, int] = {}
    tries: int = 1
    verification: str | None = None
    finish: str | None = None
    memory_bytes: int | None = None
    facts: list[tuple[int, bool]] = []
    error: str | None = None
    code: str | None = None

    @property
    def key(self) -> Key:
        """What no other row has."""
        return (self.set, self.id, self.model, self.sample)


class Spent(msgspec.Struct, kw_only=True, tag_field="spent", tag="cut"):
    """Money that went into an answer that is no row, since the cap on cost cut it short."""

    set: str
    model: str
    cost_usd: float


class Kept(msgspec.Struct, kw_only=True):
    """All that a file holds."""

    terms: list[Terms] = []
    rows: list[Row] = []
    spent: list[Spent] = []

    @property
    def cost_usd(self) -> float:
        """What was spent so far, as far as it is known."""
        return sum(row.cost_usd or 0.0 for row in self.rows) + sum(one.cost_usd for one in self.spent)


def read(path: Path) -> Kept:
    """Read a file of rows; a last line that was cut off is left out.

    Raises:
        SettingError: It cannot be read, or a line is none of ours; the message says which, and which field.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SettingError(f"{path} cannot be read: {error.strerror or error}", param="out") from error
    kept = Kept()
    for number, line in enumerate(data[: data.rfind(b"\n") + 1].splitlines(), 1):
        _take(kept, line, path, number)
    return kept


def is_rows(line: bytes) -> bool:
    """Whether the first line of a file is one of a live run."""
    try:
        value = json.loads(line)
    except ValueError:
        return False
    return isinstance(value, dict) and ("tasks" in value or {"set", "id", "model"} <= value.keys())


class RowFile:
    """A file of rows that is being written; made by `opened`."""

    def __init__(self, file: BinaryIO, kept: Kept) -> None:
        self._file = file
        self.kept = kept
        self.done = {row.key for row in kept.rows}

    def begin(self, terms: Terms) -> None:
        """Write the terms of a set, or hold them to those that the file was begun with.

        Raises:
            SettingError: They differ; the message names the field and both values.
        """
        for old in self.kept.terms:
            if old.set == terms.set:
                _same_terms(old, terms)
                return
        self.kept.terms.append(terms)
        self._write(terms)

    def add(self, row: Row) -> None:
        """Write a row; it is in the file when this returns.

        Raises:
            ValueError: The file has this row already.
        """
        if row.key in self.done:
            raise ValueError(f"the row {row.key} is there already")
        self.done.add(row.key)
        self.kept.rows.append(row)
        self._write(row)

    def spend(self, spent: Spent) -> None:
        """Write down money that bought no row."""
        self.kept.spent.append(spent)
        self._write(spent)

    def _write(self, value: msgspec.Struct) -> None:
        self._file.write(msgspec.json.encode(value) + b"\n")
        self._file.flush()


@contextmanager
def opened(path: Path, *, drop_errors: bool = False) -> Iterator[RowFile]:
    """Open a file of rows to go on with it; it is made where there is none.

    Args:
        path: The file.
        drop_errors: Rows with an error are taken out, so that they are asked again.

    Raises:
        SettingError: Another run writes it, it cannot be written, or it holds something else.
    """
    try:
        file = path.open("ab+")
    except OSError as error:
        raise SettingError(f"--out is {path}; it cannot be written: {error.strerror or error}", param="out") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SettingError(f"Another run writes {path}; give each a file of its own.", param="out") from None
        kept = read(path)
        whole = path.read_bytes().rfind(b"\n") + 1
        file.truncate(whole)
        if drop_errors and any(row.error for row in kept.rows):
            kept = _without_errors(file, kept)
        yield RowFile(file, kept)


def _without_errors(file: BinaryIO, kept: Kept) -> Kept:
    """Write the file anew without the rows of errors; what they cost stays written down."""
    failed = [row for row in kept.rows if row.error]
    lost = [Spent(set=row.set, model=row.model, cost_usd=row.cost_usd) for row in failed if row.cost_usd]
    kept = Kept(terms=kept.terms, rows=[row for row in kept.rows if not row.error], spent=[*kept.spent, *lost])
    lines = b"".join(msgspec.json.encode(one) + b"\n" for one in (*kept.terms, *kept.spent, *kept.rows))
    file.truncate(0)
    file.write(lines)
    file.flush()
    return kept


def _take(kept: Kept, line: bytes, path: Path, number: int) -> None:
    try:
        value: Any = json.loads(line)
        if not isinstance(value, dict):
            raise msgspec.ValidationError("a JSON object is needed")  # noqa: TRY301 - told with the line, below
        if "tasks" in value:
            kept.terms.append(msgspec.convert(value, Terms))
        elif "spent" in value:
            kept.spent.append(msgspec.convert(value, Spent))
        else:
            kept.rows.append(msgspec.convert(value, Row))
    except (ValueError, msgspec.ValidationError) as error:
        raise SettingError(f"{path.name}, line {number}: no row of a live run ({error}).", param="out") from error


def _same_terms(old: Terms, new: Terms) -> None:
    for field in old.__struct_fields__:
        was, now = getattr(old, field), getattr(new, field)
        if was != now:
            raise SettingError(
                f"The file was begun with {field} {was} for {old.set}; this run has {now}. "
                "Give the same, or another --out.",
                param=field,
            )
