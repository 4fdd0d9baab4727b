"""Recorded answers of R1 as rows to train on and judge by: the text, its grade, and how often the pro was right.

The group is a label for training; a grade and a reference never reach the check at run time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from cothink.core.errors import SettingError
from cothink.routing.answers.evidence import Evidence
from cothink.routing.learned.recorded import Prompt, lines_of, recorded_name
from cothink.routing.recordings import OUTCOMES, PROMPTS, RIGHT, dataset_names, file_of
from cothink.verify.puzzles.check import check_puzzle


class Sample(msgspec.Struct, frozen=True):
    """One recorded answer; its text is what the model wrote, or its extracted answer where only that was kept."""

    score: float | None = None
    text: str | None = None
    answer: str | None = None
    completion_tokens: int | None = None
    logprob: float | None = None

    @property
    def is_right(self) -> bool:
        """Whether the source's grade counts as right."""
        return self.score is not None and self.score >= RIGHT

    @property
    def words(self) -> str:
        """What stands for the answer."""
        return self.text or self.answer or ""


class Outcome(msgspec.Struct, frozen=True):
    """What one model did on one prompt."""

    prompt_id: str
    model: str
    samples: list[Sample]


class Asked(msgspec.Struct, frozen=True):
    """A prompt and R1's answers to it; the first is the one that is judged."""

    prompt_id: str
    prompt: str
    answers: Annotated[list[str], msgspec.Meta(min_length=1)]


@dataclass(frozen=True, slots=True)
class Row:
    """One graded answer of R1.

    Args:
        prompt_id: The prompt's name.
        dataset: Its data set.
        kind: Its group, or its data set where it has none.
        evidence: What the check is told, the exact verdict and all further answers of R1 included.
        right: Whether the answer was right.
        pro: The share of the pro's answers that were right.
    """

    prompt_id: str
    dataset: str
    kind: str
    evidence: Evidence
    right: bool
    pro: float


def load(folder: Path, r1: str, pro: str, *, only: Sequence[str] = ()) -> list[Row]:
    """Read every graded answer of R1 to prompts that the pro answered too.

    Args:
        folder: Where the files lie.
        r1: R1's name as recorded; several by commas are one role: the first that a data set has.
        pro: The same of the pro.
        only: Data sets to read; all where empty.

    Raises:
        SettingError: No such folder or data set, a line that cannot be read, or no prompt that both answered.
    """
    names = dataset_names(folder)
    missing = [name for name in only if name not in names]
    if not names or missing:
        what = f"no data set {missing[0]!r}" if missing else "no file NAME.prompts.jsonl or NAME.prompts.jsonl.gz"
        raise SettingError(f"{folder} has {what}; there are: {', '.join(names) or 'none'}.", param="data")
    rows = [row for name in only or names for row in _rows(folder, name, (r1, pro))]
    if not rows:
        raise SettingError(f"No prompt in {folder} has answers with their text of {r1} and {pro}.", param="data")
    return rows


def given(path: Path) -> Iterator[tuple[str, Evidence]]:
    """Read answers that are to be judged, one JSON object a line, and check each exactly where that is possible.

    Raises:
        SettingError: A line that cannot be read, with its number.
    """
    for one in lines_of(path, Asked):
        first, *others = one.answers
        exact = check_puzzle(one.prompt, first).standing
        yield one.prompt_id, Evidence(one.prompt, first, exact, tuple(others))


def _rows(folder: Path, name: str, roles: tuple[str, str]) -> Iterator[Row]:
    answers: dict[str, dict[str, list[Sample]]] = {}
    for outcome in lines_of(file_of(folder, name, OUTCOMES), Outcome):
        graded = [sample for sample in outcome.samples if sample.score is not None]
        if graded:
            answers.setdefault(outcome.model, {})[outcome.prompt_id] = graded
    found = [_recorded(role, answers) for role in roles]
    if found[0] is None or found[1] is None:
        return
    of_r1, of_pro = answers[found[0]], answers[found[1]]
    if not any(sample.words for samples in of_r1.values() for sample in samples):
        return  # only grades were kept, so there is nothing to judge
    for prompt in lines_of(file_of(folder, name, PROMPTS), Prompt):
        mine, theirs = of_r1.get(prompt.prompt_id), of_pro.get(prompt.prompt_id)
        if mine and theirs:
            yield from _of_prompt(prompt, prompt.dataset or name, mine, theirs)


def _of_prompt(prompt: Prompt, dataset: str, mine: Sequence[Sample], theirs: Sequence[Sample]) -> Iterator[Row]:
    pro = sum(sample.is_right for sample in theirs) / len(theirs)
    for place, sample in enumerate(mine):
        evidence = Evidence(
            prompt.prompt,
            sample.words,
            check_puzzle(prompt.prompt, sample.words).standing,
            tuple(other.words for at, other in enumerate(mine) if at != place),
            sample.completion_tokens,
            sample.logprob,
        )
        yield Row(prompt.prompt_id, dataset, prompt.group or dataset, evidence, sample.is_right, pro)


def _recorded(role: str, models: Iterable[str]) -> str | None:
    names = list(models)
    found = (recorded_name(model.strip(), names) for model in role.split(","))
    return next((name for name in found if name is not None), None)
