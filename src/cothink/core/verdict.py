"""What a check says of an answer: one of three words, and why."""

from typing import Literal

import msgspec

Standing = Literal["stands", "falls", "unsure"]


class Verdict(msgspec.Struct, frozen=True):
    """One check's judgement.

    Args:
        check: The check's name, for example ``arithmetic``.
        standing: ``stands`` (checked and right), ``falls`` (checked and wrong) or ``unsure`` (could not be checked).
        evidence: In words what was found; a model and a person both read it.
        score: How likely the answer is right, 0 to 1, where the check can say; else None.
    """

    check: str
    standing: Standing
    evidence: str
    score: float | None = None

    @property
    def stands(self) -> bool:
        """The check found the answer right."""
        return self.standing == "stands"

    @property
    def falls(self) -> bool:
        """The check found fault."""
        return self.standing == "falls"

    @property
    def unsure(self) -> bool:
        """The check could not tell."""
        return self.standing == "unsure"
