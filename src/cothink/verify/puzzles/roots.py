"""Real roots of a polynomial, all of them: a claim about them is checked by substitution and by their number."""

import itertools
import re

from cothink.verify.puzzles.finding import Finding


def real_roots(question: str, answer: str) -> Finding | None:
    """Every real root of a polynomial, to four decimal places: by substitution, and none is left out."""
    if not re.search(r"\breal\b", question):
        return None
    found = re.search(r"(?::|for real [a-z]:?)\s*([-+*\d. a-z]+?)\s*=\s*0", question)
    coefficients = _polynomial(found[1]) if found else None
    if coefficients is None:
        return None
    said = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", answer)]
    roots = _roots(coefficients)
    left = list(roots)
    for number in said:
        near = next((root for root in left if abs(root - number) <= 0.00101), None)
        if near is None:
            return Finding(False, f"{number:g} is no root, or it is given more often than it is one.")
        left.remove(near)
    if left:
        return Finding(False, f"The root near {left[0]:.4f} is left out.")
    return Finding(True, "Every number is a root, and none is left out.")


def _polynomial(words: str) -> list[float] | None:
    """Coefficients by rising power."""
    powers: dict[int, float] = {}
    squeezed = words.replace(" ", "")
    terms = re.findall(r"([-+]?)(\d+(?:\.\d+)?)?\*?([a-z])?(?:\*\*(\d+))?", squeezed)
    if "".join(re.findall(r"[-+]?(?:\d+(?:\.\d+)?)?\*?[a-z]?(?:\*\*\d+)?", squeezed)) != squeezed:
        return None
    for sign, number, letter, power in terms:
        if not number and not letter:
            continue
        value = float(number or 1) * (-1 if sign == "-" else 1)
        degree = int(power or 1) if letter else 0
        powers[degree] = powers.get(degree, 0.0) + value
    degree = max((power for power, value in powers.items() if value), default=0)
    return [powers.get(power, 0.0) for power in range(degree + 1)] if 1 <= degree <= 12 else None


def _roots(coefficients: list[float]) -> list[float]:
    """Real roots, each once, by the roots of the derivative: between two of them lies at most one."""
    if len(coefficients) == 2:
        return [-coefficients[0] / coefficients[1]]
    turns = _roots([power * value for power, value in enumerate(coefficients)][1:])
    bound = 1 + max(abs(value / coefficients[-1]) for value in coefficients[:-1])
    scale = sum(abs(value) for value in coefficients)
    found: list[float] = []
    edges = [-bound, *sorted(turns), bound]
    for low, high in itertools.pairwise(edges):
        root = _between(coefficients, low, high, 1e-9 * scale)
        if root is not None and not any(abs(root - other) < 1e-7 for other in found):
            found.append(root)
    return found


def _between(coefficients: list[float], low: float, high: float, small: float) -> float | None:
    def at(x: float) -> float:
        value = 0.0
        for coefficient in reversed(coefficients):
            value = value * x + coefficient
        return value

    first, last = at(low), at(high)
    for end, value in ((low, first), (high, last)):
        if abs(value) <= small * max(1.0, abs(end)) ** (len(coefficients) - 1) * 1e-3:
            return end
    if first * last > 0:
        return None
    for _ in range(200):
        middle = (low + high) / 2
        if at(low) * at(middle) <= 0:
            high = middle
        else:
            low = middle
    return (low + high) / 2
