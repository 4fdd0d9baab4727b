"""A light check of a word problem's answer: its number comes from its own steps and fits what is counted."""

import re
from fractions import Fraction

from cothink.core.verdict import Standing, Verdict
from cothink.verify.arithmetic import Step, steps
from cothink.verify.figures import figures, flatten
from cothink.verify.maths.exact import exact_value
from cothink.verify.maths.final_answer import FinalAnswer, final_answer
from cothink.verify.maths.reading import read_answer
from cothink.verify.maths.tree import Undefined, show_number

# Things that come whole; a pizza or a cake does not. Short on purpose: a false alarm costs more than a miss.
_WHOLE = frozenset(
    re.findall(
        r"\S+",
        "people persons person children kids students pupils teachers men women boys girls adults friends guests "
        "passengers players workers employees customers members cats dogs cows horses chickens sheep goats birds fish "
        "ducks rabbits cars buses trucks bikes bicycles planes trains boats books tickets coins stamps cards marbles "
        "buttons chairs tables houses rooms phones computers cookies eggs stickers pencils pens letters envelopes "
        "balloons toys dolls shirts shoes hats seats trips ways",
    )
)
_HOW_MANY = re.compile(
    r"\bhow many (?:more |fewer |less |of the |other |total |new )?((?:[a-z-]+ ){0,2}?)([a-z]+)\b", re.IGNORECASE
)
_FRACTIONAL = re.compile(
    r"\b(?:average|mean|expected|per|each|ratio|rate|fraction|percent\w*|half|halves)\b|%", re.IGNORECASE
)
_SIGNED = re.compile(
    r"\b(?:temperature|below|change|degrees|profit|loss|balance|elevation|altitude|debt|negative|net)\b", re.IGNORECASE
)
# Algebra in the answer: its last number need not be the result of a plain step.
_ALGEBRA = re.compile(r"\\(?!times|cdot|div|text|boxed|approx)[A-Za-z]+|\b[a-z]\s?=|\d[a-z]\s?[=+*/-]|√")
_CONVERSIONS = frozenset(Fraction(n) for n in (2, 3, 4, 5, 7, 10, 12, 16, 24, 30, 52, 60, 100, 365, 1000, 3600))


def check_word_problem(question: str, answer: str) -> Verdict:
    """Judge whether the final answer follows from the steps shown and can be a count of what is asked.

    Args:
        question: The word problem.
        answer: The answer with its steps.

    Returns:
        `falls` where the final number appears nowhere in the steps, or is a fraction or negative count of things that
        come whole; `stands` where it is the result of the last step; else `unsure`.
    """
    found = final_answer(answer)
    value = _number(found)
    if found is None or value is None:
        return _verdict("unsure", "No single number was found as the final answer.")
    misfit = _misfit(question, value)
    if misfit and found.sureness != "guessed":
        return _verdict("falls", misfit)
    computed = [step for step in steps(answer) if step.standing != "doubtful"]
    if not computed:
        return _verdict("unsure", f"The final answer {show_number(value)} has no computed step before it.")
    return _against_steps(question, answer, found, value, computed)


def _verdict(standing: Standing, evidence: str) -> Verdict:
    return Verdict(check="word_problem", standing=standing, evidence=evidence)


def _number(found: FinalAnswer | None) -> Fraction | None:
    if found is None:
        return None
    node = read_answer(found.text).node
    if node is None:
        numbers = [figure for figure in figures(flatten(found.text)) if figure.kind == "number"]
        return numbers[0].value if len(numbers) == 1 else None
    try:
        return exact_value(node)
    except Undefined:
        return None


def _misfit(question: str, value: Fraction) -> str:
    """In words, why the number cannot be the count that is asked for."""
    asked = list(_HOW_MANY.finditer(question))
    if not asked:
        return ""
    words = f"{asked[-1][1]}{asked[-1][2]}".lower().split()
    thing = next((word for word in words if word in _WHOLE), None)
    sentence = question[asked[-1].start() :]
    if thing is None or _FRACTIONAL.search(sentence):
        return ""
    if value < 0 and not _SIGNED.search(question):
        return f"The question counts {thing}; the answer {show_number(value)} is negative."
    if value.denominator != 1:
        return f"The question counts {thing}, which come whole; the answer is {show_number(value)}."
    return ""


def _against_steps(question: str, answer: str, found: FinalAnswer, value: Fraction, computed: list[Step]) -> Verdict:
    last = computed[-1]
    shown = show_number(value)
    if found.sureness == "guessed":
        return _verdict("unsure", f"The final answer is not marked; the last number is {shown}.")
    if _is_near(value, last.claimed) or _is_near(value, last.value):
        return _verdict("stands", f"The final answer {shown} is the result of the last step, {last.text[:80]}.")
    if _appears(question, answer, found, value, computed):
        return _verdict(
            "unsure",
            f"The final answer {shown} is not the result of the last step, {last.text[:80]}, but stands elsewhere.",
        )
    return _verdict(
        "falls", f"The last step is {last.text[:80]}, but the final answer is {shown}, which no step gives."
    )


def _appears(question: str, answer: str, found: FinalAnswer, value: Fraction, computed: list[Step]) -> bool:
    """Whether the number stands in the text before, or is one conversion or rounding away from a step."""
    body = answer[: max(0, answer.rfind(found.text))]
    numbers = {
        figure.value
        for text in (body, question)
        for figure in figures(flatten(text[-20_000:]))
        if figure.kind == "number"
    }
    if value in numbers or any(_is_near(value, number) for number in numbers if number):
        return True
    results = {number for step in computed for number in (step.value, step.claimed) if number}
    ratios = {max(abs(value / number), abs(number / value)) for number in results if value}
    return bool(ratios & _CONVERSIONS) or _ALGEBRA.search(body) is not None


def _is_near(value: Fraction, other: Fraction) -> bool:
    """Equal, or one rounded to a whole number or to cents."""
    return (
        value == other
        or (abs(value - other) < 1 and (value.denominator == 1) != (other.denominator == 1))
        or abs(value - other) < Fraction(1, 100)
    )
