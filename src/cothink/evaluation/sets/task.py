"""A task: what is asked, how the answer is graded, and the words that ask for a form that can be graded."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from cothink.core.errors import SettingError
from cothink.evaluation.code_tasks import CodeTask

Kind = Literal["number", "maths", "choice", "exact", "contained", "literal", "puzzle", "code", "recall"]
KINDS: tuple[str, ...] = get_args(Kind)

FORMS: dict[str, str] = {
    "number": "Think step by step. Then end with a line that holds the number alone after 'Answer:'.",
    "maths": "Think step by step, and put the final answer in \\boxed{}.",
    "choice": "Choose one. End with a line that holds its letter alone after 'Answer:'.",
    "exact": "End with a line that holds the answer alone after 'Answer:'.",
    "literal": "End with a line that holds the value alone after 'Answer:', as Python writes it.",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is told early and asked late.

    Args:
        name: What it is about.
        told: The number of the user's turn that tells it, from 0; where it is corrected, of the correction.
        asked: The turn that asks for it.
        truth: The words that the reply must hold.
        was: What it was before it was corrected; a reply with this alone is wrong.
    """

    name: str
    told: int
    asked: int
    truth: str
    was: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One task of a data set.

    Args:
        set: The data set's name.
        id: The task's name in it.
        turns: What the user says, turn by turn; one for all but conversations.
        kind: How the answer is graded.
        truths: The right answers; one of them is enough. Never sent.
        group: A subject or subtask, for the report. Never sent.
        choices: The options of a question of choice, in the order of their letters.
        code: The task of code behind it, with its tests.
        facts: What a conversation asks for.
    """

    set: str
    id: str
    turns: tuple[str, ...]
    kind: Kind
    truths: tuple[str, ...] = ()
    group: str = ""
    choices: tuple[str, ...] = ()
    code: CodeTask | None = field(default=None, repr=False)
    facts: tuple[Fact, ...] = ()

    @property
    def prompt(self) -> str:
        """What is asked, in one text."""
        return "\n\n".join(self.turns)


def asking(kind: Kind, question: str) -> tuple[str, ...]:
    """Return the one turn that asks a question in a form that can be graded."""
    form = FORMS.get(kind)
    return (f"{question.strip()}\n\n{form}" if form else question.strip(),)


def lettered(question: str, choices: tuple[str, ...]) -> tuple[str, ...]:
    """Return the one turn that asks a question of choice.

    Raises:
        SettingError: There are fewer than two choices, or more than letters.
    """
    if not 2 <= len(choices) <= 26:
        raise SettingError(f"The question {question[:60]!r} has {len(choices)} choices; 2 to 26 are allowed.")
    options = "\n".join(f"{chr(65 + place)}. {choice}" for place, choice in enumerate(choices))
    return asking("choice", f"{question.strip()}\n\n{options}")
