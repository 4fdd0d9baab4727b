"""Recomputes the arithmetic that an answer shows, exactly, and says which step is wrong and what it should be.

It is lenient by design: rounding, run-on chains, per cents as units and unit conversions count as right or as doubtful.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from cothink.core.verdict import Verdict
from cothink.verify.figures import figures, flatten
from cothink.verify.leniency import agrees, is_loose, joined, may_be_rounded, may_convert
from cothink.verify.maths.tree import Undefined, show_number
from cothink.verify.statements import Statement, statements
from cothink.verify.sums import work_out

MAX_CHARS = 200_000
MAX_NAMED = 3
_TAKEN_BACK = re.compile(
    r"\s{0,3}(?:\?|[.,;!—-]?\s{0,3}(?:\(?\s?(?:wait|no\b|hmm|oops|incorrect|wrong|"
    r"not\s+(?:right|correct)|actually|which is wrong|(?:is|was|would be) (?:wrong|incorrect|false)|错|不对)))",
    re.IGNORECASE,
)
# `30 - 50 = 20 less`: the difference without its sign.
_UNSIGNED = re.compile(r"[^.\n]{0,30}\b(?:less|fewer|lower|loss|short|below|behind|younger|under)\b", re.IGNORECASE)
_HYPOTHETICAL = re.compile(
    r"(?:(?:\bif|suppose|instead of|claim|claims|said|says|wrote|mistake|incorrect|wrong|≠)\b[^.,\n]{0,40}"
    r"|\bnot\s{0,3})$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One recomputed statement.

    Args:
        text: As written, in plain text.
        value: What the left side comes to.
        claimed: What the answer says.
        standing: `right`, `wrong` or `doubtful`.
        end: Where it ends in the flattened text.
    """

    text: str
    value: Fraction
    claimed: Fraction
    standing: Literal["right", "wrong", "doubtful"]
    end: int = 0


def check_arithmetic(question: str, answer: str) -> Verdict:
    """Recompute every arithmetic statement of an answer.

    Args:
        question: The question; a wrong statement that it already holds is a quotation and not counted.
        answer: The answer with its steps; its first 200,000 characters are read.

    Returns:
        `falls` with each wrong step and its right value, `stands` when there are steps and all are right (the steps,
        not the reasoning), `unsure` when there is nothing to recompute. It never raises on any text.
    """
    found = steps(answer)
    quoted = _squeeze(question[:MAX_CHARS])
    wrong = [step for step in found if step.standing == "wrong" and _squeeze(step.text) not in quoted]
    wrong = [step for step in wrong if not _is_corrected(step, found)]
    right = sum(step.standing == "right" for step in found)
    if wrong:
        named = "; ".join(_fault(step) for step in wrong[:MAX_NAMED])
        more = f"; and {len(wrong) - MAX_NAMED} more" if len(wrong) > MAX_NAMED else ""
        return Verdict(check="arithmetic", standing="falls", evidence=f"Wrong arithmetic: {named}{more}.")
    if not right:
        return Verdict(
            check="arithmetic", standing="unsure", evidence="No arithmetic step was found that can be recomputed."
        )
    steps_word = "1 arithmetic step is" if right == 1 else f"all {right} arithmetic steps are"
    evidence = (
        f"Recomputed: {steps_word} right. This says nothing of whether they are the steps that the question needs."
    )
    return Verdict(check="arithmetic", standing="stands", evidence=evidence)


def steps(text: str) -> list[Step]:
    """Find and recompute the arithmetic statements of a text, in its order."""
    plain = flatten(text[:MAX_CHARS])
    found = [_judge(statement, plain) for statement in statements(figures(plain, whole=False))]
    return [step for step in found if step is not None]


def _judge(statement: Statement, plain: str) -> Step | None:
    text = " ".join(plain[statement.start : statement.end].split())
    readings = list(_readings(statement))
    if not readings:
        return None
    value, claimed = readings[0]
    shown = statement.right[-1] if len(statement.right) <= 2 else None
    if any(agrees(a, b, shown, statement.sign) for a, b in readings):
        return Step(text, value, claimed, "right", statement.end)
    is_doubtful = (
        statement.is_doubtful
        or (value == -claimed and _UNSIGNED.match(plain, statement.end) is not None)
        or may_be_rounded(statement, readings)
        or may_convert(statement, plain, value, claimed)
        or is_loose(statement, claimed)
        or _TAKEN_BACK.match(plain, statement.end) is not None
        or _HYPOTHETICAL.search(plain, max(0, statement.start - 60), statement.start) is not None
    )
    return Step(text, value, claimed, "doubtful" if is_doubtful else "wrong", statement.end)


def _readings(statement: Statement) -> Iterator[tuple[Fraction, Fraction]]:
    """Both sides under every reading that people use.

    A per cent is a hundredth or a unit; a dash is a minus or a bullet; the right side counts whole or, in a run-on
    chain, by its first number. Where the usual reading has no value there are none: a part alone must not make a
    statement wrong.
    """
    lefts = [joined(statement.left)]
    if lefts[0][0].text == "-":
        lefts.append(lefts[0][1:])
    right = joined(statement.right)
    rights = [right, right[:1]] if len(right) > 1 and right[0].kind == "number" else [right]
    shares = any(figure.is_percent for figure in (*lefts[0], *right))
    factors = (Fraction(1, 100), Fraction(1)) if shares else (Fraction(1),)
    for at, (left, side) in enumerate(itertools.product(lefts, rights)):
        for first, second in itertools.product(factors, factors):
            try:
                yield work_out(left, percent=first), work_out(side, percent=second)
            except Undefined:
                if at == 0:
                    return


def _is_corrected(wrong: Step, found: Sequence[Step]) -> bool:
    """Whether a later step computes the same left side rightly."""
    left = _squeeze(wrong.text).partition("=")[0]
    return any(
        step.standing == "right" and step.end > wrong.end and _squeeze(step.text).partition("=")[0] == left
        for step in found
    )


def _squeeze(text: str) -> str:
    return "".join(text.split()).replace("×", "*").replace("$", "").casefold()


def _fault(step: Step) -> str:
    left = re.split(r"[=≈]|\bis\b|\bequals\b", step.text)[0].strip()
    shown = left.replace(" * ", " × ").replace(" / ", " ÷ ")
    return f"{shown[:120]} is {show_number(step.value)[:60]}, the answer says {show_number(step.claimed)[:60]}"
