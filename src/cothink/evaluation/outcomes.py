"""Recorded outcomes: prompts, and what models once answered to them.

A sample has what was recorded of ``{answer, text, score, prompt_tokens, completion_tokens}``.
Neither ``group`` nor ``reference`` nor ``score`` ever reaches a strategy: they grade after the run.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cothink.core.errors import SettingError
from cothink.routing.recordings import OUTCOMES, PROMPTS, RIGHT, dataset_names, file_of, numbered_lines


@dataclass(frozen=True, slots=True)
class Sample:
    """One recorded answer of one model to one prompt.

    Args:
        text: What the model wrote, or its extracted answer where only that was kept.
        answer: The extracted answer.
        score: The source's grade, 0..1; None where it was not graded.
    """

    text: str
    answer: str
    score: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None

    @property
    def is_right(self) -> bool | None:
        """Whether the source graded it as right; None where it was not graded."""
        return None if self.score is None else self.score >= RIGHT


@dataclass(frozen=True, slots=True)
class Case:
    """One prompt with the recorded answers of the two roles."""

    dataset: str
    prompt_id: str
    group: str
    prompt: str
    r1: tuple[Sample, ...]
    pro: tuple[Sample, ...]

    def samples(self, role: str) -> tuple[Sample, ...]:
        """The answers of ``r1`` or ``pro``."""
        return self.r1 if role == "r1" else self.pro


def datasets(folder: Path) -> list[str]:
    """Return the names of the data sets in a folder, sorted.

    Raises:
        SettingError: There are none.
    """
    found = dataset_names(folder)
    if not found:
        raise SettingError(f"There is no file NAME{PROMPTS} or NAME{PROMPTS}.gz in {folder}.", param="data")
    return found


def load(folder: Path, pair: tuple[str, str], names: Sequence[str] | None = None) -> list[Case]:
    """Return every prompt that both models of the pair answered.

    Args:
        folder: Where the files lie.
        pair: The models in the roles ``r1`` and ``pro``.
        names: The data sets; all that have both models where None.

    Raises:
        SettingError: A data set is missing, a line is no JSON object or lacks a field, or no prompt has both models.
    """
    known = datasets(folder)
    for name in names or ():
        if name not in known:
            raise SettingError(f"There is no data set {name} in {folder}; there are {', '.join(known)}.", param="set")
    cases = [case for name in names or known for case in _cases(folder, name, pair)]
    if not cases:
        raise SettingError(f"No prompt has recorded answers of both {pair[0]} and {pair[1]}.", param="pair")
    return cases


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Give each line of a file of JSON lines, plain or gzip.

    Raises:
        SettingError: The file cannot be read, or a line is no JSON object; the message says which.
    """
    for number, line in numbered_lines(path):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise SettingError(f"{path.name}, line {number}: no JSON ({error}).", param=path.name) from error
        if not isinstance(row, dict):
            raise SettingError(f"{path.name}, line {number}: a JSON object is needed.", param=path.name)
        yield row


def _cases(folder: Path, name: str, pair: tuple[str, str]) -> Iterator[Case]:
    answers: dict[str, dict[str, tuple[Sample, ...]]] = {}
    outcomes = file_of(folder, name, OUTCOMES)
    for number, row in enumerate(rows(outcomes), 1):
        for role, model in zip(("r1", "pro"), pair, strict=True):
            if _field(row, "model", outcomes, number) == model:
                samples = tuple(_sample(sample) for sample in _field(row, "samples", outcomes, number))
                answers.setdefault(str(_field(row, "prompt_id", outcomes, number)), {})[role] = samples
    prompts = file_of(folder, name, PROMPTS)
    for number, row in enumerate(rows(prompts), 1):
        mine = answers.get(str(_field(row, "prompt_id", prompts, number)), {})
        if mine.get("r1") and mine.get("pro"):
            yield Case(
                dataset=str(row.get("dataset", name)),
                prompt_id=str(row["prompt_id"]),
                group=str(row.get("group", "")),
                prompt=str(_field(row, "prompt", prompts, number)),
                r1=mine["r1"],
                pro=mine["pro"],
            )


def _field(row: dict[str, Any], field: str, path: Path, number: int) -> Any:
    if field not in row:
        raise SettingError(f"{path.name}, line {number}: the field {field} is missing.", param=field)
    return row[field]


def _sample(row: dict[str, Any]) -> Sample:
    answer = "" if row.get("answer") is None else str(row["answer"])
    text = str(row["text"]) if row.get("text") else answer
    return Sample(text, answer, row.get("score"), row.get("prompt_tokens"), row.get("completion_tokens"))
