"""Recorded outcomes as a table to train on and judge by.

A sample needs no more than its `score`. The group is a label for training, never something that a router sees at run
time.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from cothink.core.errors import SettingError
from cothink.routing.recordings import OUTCOMES, PROMPTS, RIGHT, dataset_names, file_of, numbered_lines

Floats = NDArray[np.float64]
T = TypeVar("T")


class Prompt(msgspec.Struct, frozen=True):
    """One prompt; what else its line holds is not read."""

    prompt_id: str
    prompt: str
    dataset: str = ""
    group: str = ""


class Sample(msgspec.Struct, frozen=True):
    """One recorded answer's score."""

    score: float


class Outcome(msgspec.Struct, frozen=True):
    """What one model did on one prompt."""

    prompt_id: str
    model: str
    samples: list[Sample]


@dataclass(frozen=True, slots=True)
class Table:
    """Prompts, their kinds, and how often each of some models was right.

    Args:
        prompts: The prompts.
        kinds: The kind of each: its group, or its data set where it has none.
        right: Share of right samples; one row a prompt, one column a model.
        models: The names of the columns, as they were asked for.
        ease: The share of all other recorded models that were right, and how many they are; (prompts, 2).
    """

    prompts: list[Prompt]
    kinds: list[str]
    right: Floats
    models: tuple[str, ...]
    ease: Floats

    def __len__(self) -> int:
        return len(self.prompts)

    @property
    def texts(self) -> list[str]:
        """The prompts' texts."""
        return [one.prompt for one in self.prompts]

    @property
    def datasets(self) -> list[str]:
        """The data set of each prompt."""
        return [one.dataset for one in self.prompts]

    def take(self, rows: Iterable[int]) -> "Table":
        """Return the table of some rows."""
        chosen = [int(row) for row in rows]
        return Table(
            [self.prompts[i] for i in chosen],
            [self.kinds[i] for i in chosen],
            self.right[chosen],
            self.models,
            self.ease[chosen],
        )


def load(folder: Path, models: Sequence[str], *, only: Sequence[str] = ()) -> Table:
    """Read every prompt that all the models answered.

    Args:
        folder: Where the files lie.
        models: Names as recorded; a name without its date is found where only one version fits. Several names by
            commas are one role: the first that a data set has.
        only: Data sets to read; all where empty.

    Raises:
        SettingError: No such folder or data set, a line that cannot be read, or no prompt that all models answered.
    """
    names = dataset_names(folder)
    missing = [name for name in only if name not in names]
    if not names or missing:
        what = f"no data set {missing[0]!r}" if missing else "no file NAME.prompts.jsonl or NAME.prompts.jsonl.gz"
        raise SettingError(f"{folder} has {what}; there are: {', '.join(names) or 'none'}.", param="data")
    prompts: list[Prompt] = []
    right: list[Floats] = []
    ease: list[tuple[float, int]] = []
    for name in only or names:
        for prompt, row, others in _rows(folder, name, models):
            prompts.append(prompt)
            right.append(row)
            ease.append((sum(others) / len(others) if others else 0.0, len(others)))
    if not prompts:
        raise SettingError(f"No prompt in {folder} has outcomes of {' and '.join(models)}.", param="data")
    kinds = [one.group or one.dataset for one in prompts]
    return Table(prompts, kinds, np.asarray(right, dtype=np.float64), tuple(models), np.asarray(ease))


def prompts_of(folder: Path) -> list[Prompt]:
    """Read all prompts of a folder, whoever answered them."""
    return [one for name in dataset_names(folder) for one in lines_of(file_of(folder, name, PROMPTS), Prompt)]


def read_prompts(path: Path) -> list[Prompt]:
    """Read a file of prompts, packed or plain.

    Raises:
        SettingError: A line that cannot be read, with its number.
    """
    return list(lines_of(path, Prompt))


def _rows(folder: Path, name: str, models: Sequence[str]) -> Iterator[tuple[Prompt, Floats, list[float]]]:
    outcomes: dict[str, dict[str, float]] = {}
    for outcome in lines_of(file_of(folder, name, OUTCOMES), Outcome):
        if outcome.samples:
            share = sum(sample.score >= RIGHT for sample in outcome.samples) / len(outcome.samples)
            outcomes.setdefault(outcome.model, {})[outcome.prompt_id] = share
    columns: list[dict[str, float]] = []
    asked: set[str] = set()
    for role in models:
        found = [one for model in role.split(",") if (one := recorded_name(model.strip(), outcomes)) is not None]
        if not found:
            return
        columns.append(outcomes[found[0]])
        asked.add(found[0])
    others = [column for model, column in sorted(outcomes.items()) if model not in asked]
    for prompt in lines_of(file_of(folder, name, PROMPTS), Prompt):
        if all(prompt.prompt_id in column for column in columns):
            row = np.asarray([column[prompt.prompt_id] for column in columns])
            yield prompt, row, [column[prompt.prompt_id] for column in others if prompt.prompt_id in column]


def recorded_name(model: str, recorded: Iterable[str]) -> str | None:
    """Return the recorded name of a model: the same, or the only one that adds a date or a size's tuning to it."""
    names = list(recorded)
    if model in names:
        return model
    dated = [name for name in names if re.fullmatch(re.escape(model) + r"-(?:\d[\d-]*|instruct|preview)", name)]
    return dated[0] if len(dated) == 1 else None


def lines_of(path: Path, kind: type[T]) -> Iterator[T]:
    """Give each line of a file of JSON lines as a struct.

    Raises:
        SettingError: A line that cannot be read, with its number.
    """
    decode = msgspec.json.Decoder(kind).decode
    for number, line in numbered_lines(path):
        try:
            yield decode(line)
        except msgspec.MsgspecError as error:
            raise SettingError(f"{path}, line {number}: {error}", param="data") from error
