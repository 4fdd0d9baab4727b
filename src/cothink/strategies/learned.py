"""The learned check in the cascade: where no exact check settles an answer, the expected gain decides who answers.

The pro is asked where it is likelier right than R1's answer by a threshold, which stands for a wanted share of pro
calls. Numpy is loaded only where the check is on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cothink.core.answer import Answer
from cothink.core.errors import SettingError
from cothink.core.verdict import Standing, Verdict
from cothink.routing.answers.evidence import Evidence, agreeing
from cothink.strategies.config import StrategiesConfig

LEARNED = "learned"


class Weighed(Protocol):
    """How likely an answer is right, and how likely the pro's would be."""

    @property
    def p_right(self) -> float:
        """R1's chance, 0 to 1."""
        ...

    @property
    def p_pro(self) -> float:
        """The pro's chance, 0 to 1."""
        ...

    @property
    def known(self) -> float:
        """How well such a kind of task is known, 0 to 1."""
        ...

    @property
    def gain(self) -> float:
        """The pro's chance less R1's."""
        ...


class Weigher(Protocol):
    """Weighs an answer by what is known of it."""

    def weigh(self, found: Evidence) -> Weighed:
        """Return the chances; it asks no model."""
        ...

    def threshold(self, pro_share: float) -> float:
        """Return the gain that this share of answers passes."""
        ...


@dataclass(frozen=True, slots=True)
class LearnedCheck:
    """Judges drafts that no exact check settled.

    Args:
        weigher: The weights.
        least_gain: From this gain on the pro is asked.
        doubt: How near to it a gain is in doubt, so that another answer of R1 is worth its price.
    """

    weigher: Weigher
    least_gain: float
    doubt: float = 0.3

    def weigh(self, question: str, draft: Answer, exact: Verdict, others: Sequence[str] = ()) -> Weighed:
        """Return the chances of R1's answer and of the pro's."""
        return self.weigher.weigh(_evidence(question, draft, exact.standing, others))

    def judge(self, question: str, draft: Answer, exact: Verdict, others: Sequence[str] = ()) -> tuple[Verdict, bool]:
        """Return a verdict with R1's chance as its score, and whether a further answer of R1 may change it.

        ``falls`` asks the pro; it never says that the answer was shown to be wrong.
        """
        found = self.weigh(question, draft, exact, others)
        asks = found.gain >= self.least_gain
        words = f"R1's answer is right with {found.p_right:.0%}, the pro's would be with {found.p_pro:.0%}"
        reasons = [f"the check {exact.check} says: {exact.evidence.rstrip('.')}"] if not exact.unsure else []
        if others:
            reasons.append(f"{agreeing(draft.text, others)} of {len(others)} further answers of R1 agree")
        reasons.append(f"such tasks are known by {found.known:.0%}")
        reasons.append(f"the pro is asked from a gain of {100 * self.least_gain:.0f} points on")
        evidence = f"{words}: {'; '.join(reasons)}."
        in_doubt = abs(found.gain - self.least_gain) < self.doubt
        return Verdict(LEARNED, "falls" if asks else "unsure", evidence, found.p_right), in_doubt


def learned_check(config: StrategiesConfig) -> LearnedCheck | None:
    """Return the check that the settings name; None where it is off.

    Raises:
        SettingError: It is on and the extra is missing, or the folder holds no check.
    """
    if config.learned_check == "off":
        return None
    try:
        from cothink.routing.answers.files import SHIPPED, load
    except ImportError as error:
        raise SettingError(
            "A learned check needs numpy: pip install 'cothink[routing]'.", param="learned_check"
        ) from error
    weigher = load(SHIPPED if config.learned_check == "shipped" else Path(config.learned_check))
    return LearnedCheck(weigher, weigher.threshold(config.learned_pro_share))


def _evidence(question: str, draft: Answer, exact: Standing, others: Sequence[str]) -> Evidence:
    tokens = draft.usage.completion_tokens or None if draft.usage is not None else None
    logprobs = [token.logprob for token in draft.logprobs]
    mean = sum(logprobs) / len(logprobs) if logprobs else None
    return Evidence(question, draft.text, exact, tuple(others), tokens, mean)
