"""How far k samples agree on the final answer. Agreement is evidence, not proof: dissent is named, never thrown away.

Source: X. Wang and others, "Self-consistency improves chain of thought reasoning in language models", 2022
(arXiv 2203.11171).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cothink.core.verdict import Standing, Verdict
from cothink.verify.config import VerifyConfig
from cothink.verify.maths.equality import answers_equal
from cothink.verify.maths.final_answer import final_answer
from cothink.verify.maths.reading import read_answer

MAX_SAMPLES = 32
MAX_CLOSED_CHARS = 200
Kind = Literal["maths", "closed"]
_NOISE = re.compile(r"[\s\"'“”‘’.。!！,，;；:：()（）*_`]+")
_ARTICLE = re.compile(r"^(?:the|a|an) ")


@dataclass(frozen=True, slots=True)
class Group:
    """Samples that gave one answer.

    Args:
        answer: The answer as the first of them wrote it.
        members: Their positions among the samples, rising.
    """

    answer: str
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the samples say together.

    Args:
        verdict: The judgement; its score is the share of the largest group among all samples.
        groups: The groups, largest first; ties in the order of the samples.
        unread: Positions of the samples without a final answer.
    """

    verdict: Verdict
    groups: tuple[Group, ...]
    unread: tuple[int, ...]

    @property
    def representative(self) -> int | None:
        """The first sample of the largest group, or None where no sample could be read."""
        return self.groups[0].members[0] if self.groups else None


def check_agreement(samples: Sequence[str], *, kind: Kind = "maths", config: VerifyConfig | None = None) -> Agreement:
    """Group samples by their final answers and judge how far they agree.

    Args:
        samples: Whole answers of the model to the same question; the first 32 are read.
        kind: `maths` compares final answers by value, `closed` compares short texts after normalising.
        config: Thresholds; the defaults where None.

    Returns:
        `stands` from `agreement_stands` on, `falls` below `agreement_falls`, else `unsure`; also `unsure` for fewer
        than two samples or where none can be read.
    """
    limits = config or VerifyConfig()
    kept = list(samples[:MAX_SAMPLES])
    answers = [_answer(sample, kind) for sample in kept]
    groups = _group(answers, kind)
    unread = tuple(at for at, answer in enumerate(answers) if answer is None)
    if not groups:
        words = "No sample has a final answer that can be read." if kept else "There are no samples."
        return Agreement(Verdict(check="agreement", standing="unsure", evidence=words), (), unread)
    share = len(groups[0].members) / len(kept)
    verdict = Verdict(
        check="agreement",
        standing=_standing(share, len(kept), limits),
        evidence=_evidence(groups, unread, len(kept)),
        score=share,
    )
    return Agreement(verdict, groups, unread)


def normalise(text: str) -> str:
    """A short closed answer without case, punctuation, article and width differences."""
    plain = _NOISE.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()
    return _ARTICLE.sub("", plain)


def _answer(sample: str, kind: Kind) -> str | None:
    found = final_answer(sample)
    if found is not None and (kind == "maths" or found.sureness != "guessed"):
        return found.text
    stripped = sample.strip()
    if not 0 < len(stripped) <= MAX_CLOSED_CHARS or not normalise(stripped):
        return None
    return stripped if kind == "closed" or read_answer(stripped).node is not None else None


def _group(answers: Sequence[str | None], kind: Kind) -> tuple[Group, ...]:
    groups: list[Group] = []
    for at, answer in enumerate(answers):
        if answer is None:
            continue
        place = next((i for i, group in enumerate(groups) if _same(group.answer, answer, kind)), None)
        if place is None:
            groups.append(Group(answer, (at,)))
        else:
            groups[place] = Group(groups[place].answer, (*groups[place].members, at))
    return tuple(sorted(groups, key=lambda group: -len(group.members)))


def _same(first: str, second: str, kind: Kind) -> bool:
    if normalise(first) == normalise(second) != "":
        return True
    return kind == "maths" and answers_equal(first, second).stands


def _standing(share: float, count: int, limits: VerifyConfig) -> Standing:
    if count < 2:
        return "unsure"
    if share >= limits.agreement_stands:
        return "stands"
    return "falls" if share < limits.agreement_falls else "unsure"


def _evidence(groups: Sequence[Group], unread: Sequence[int], count: int) -> str:
    first, *others = groups
    words = f"{len(first.members)} of {count} samples answer “{first.answer[:80]}”"
    if others:
        named = ", ".join(f"“{group.answer[:80]}” ({len(group.members)})" for group in others[:4])
        words += f"; others answer {named}" + (f" and {len(others) - 4} more" if len(others) > 4 else "")
    if unread:
        words += f"; {len(unread)} without a final answer"
    return words + "."
