"""Numbers that can be recomputed: expressions, fractions, bases, divisors, primes, dice."""

import ast
import math
import operator
import re
from collections import Counter
from collections.abc import Callable
from fractions import Fraction

from cothink.verify.puzzles.finding import Finding, same
from cothink.verify.puzzles.reading import number_of

MAX_SIEVE = 2_000_000
MAX_FACTORED = 10**12
MAX_OUTCOMES = 200_000
_OPERATORS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def evaluated(expression: str) -> Fraction | None:
    """Return the exact value of sums, differences, products and quotients of numbers; None for anything else."""
    words = expression.strip().replace("×", "*").replace("÷", "/").replace("\N{MINUS SIGN}", "-")
    if len(words) > 5_000:
        return None
    try:
        return _value(ast.parse(words, mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, RecursionError, MemoryError):
        return None


def numbers_make(question: str, answer: str) -> Finding | None:
    """An expression over given numbers that makes a target."""
    found = re.search(
        r"(?:Calculate|make|Make)\s+(?P<target>\d+)\s+using\s+(?P<all>all of these numbers:?)?\s*(?P<given>[\d, ]+)",
        question,
    )
    found = found or re.search(
        r"Using (?P<all>all) the numbers (?P<given>[\d, ]+), create an expression that equals (?P<target>\d+)", question
    )
    if not found:
        return None
    target, given = int(found["target"]), Counter(re.findall(r"\d+", found["given"]))
    said = re.sub(r"[`\s]", "", answer).split("=")[0]
    value = evaluated(said)
    used = Counter(re.findall(r"\d+", said))
    if value is None:
        return Finding(False, "The answer is no expression of numbers with + - * /.")
    extra = used - given
    if extra:
        return Finding(
            False, f"The answer uses {', '.join(extra)}, which is not given, or more often than it is given."
        )
    unused = given - used
    if unused and found["all"]:
        return Finding(False, f"The answer leaves out {', '.join(unused)}.")
    return same(value, Fraction(target), "The target")


def expression(question: str, answer: str) -> Finding | None:
    """An expression to be calculated, exactly."""
    asked = r"(?:^Calculate|following arithmetic problem:|following multiplication:|[Ee]valuate)"
    found = re.search(asked + r"\s*([-+*/().\d ]+?)\s*(?:=|\.?\s*$|\. )", question)
    value = evaluated(found[1]) if found else None
    if value is None:
        return None
    return same(number_of(answer), value, "The result")


def rounded_expression(question: str, answer: str) -> Finding | None:
    """An expression to be given to so many significant digits, halves rounded up."""
    found = re.search(r"maximum of (\d+) significant digits.*?\n(.+?)=", question, re.DOTALL)
    value = evaluated(found[2]) if found else None
    said = number_of(answer)
    if found is None or value is None:
        return None
    if said is None:
        return Finding(False, "The answer is no number.")
    if (
        said != value
        and abs(said - value) <= abs(value) / 1_000_000
        and _significant(said, int(found[1])) != _significant(value, int(found[1]))
    ):
        return None  # right to six digits and not to all: who asked may be content
    return same(_significant(said, int(found[1])), _significant(value, int(found[1])), "The rounded result")


def complex_sum(question: str, answer: str) -> Finding | None:
    """Two complex numbers, added, subtracted, multiplied or divided."""
    number = r"\(\s*([^()]+?)\s*\)"
    found = re.search(rf"complex number.*?{number}\s*([-+×*/÷])\s*{number}", question)
    first, second = (_complex(found[1]), _complex(found[3])) if found else (None, None)
    said = _complex(answer.strip().strip("()"))
    if found is None or first is None or second is None:
        return None
    if found[2] in "/÷" and second == 0:
        return None
    value = {"+": first + second, "-": first - second}.get(found[2])
    if value is None:
        value = first * second if found[2] in "×*" else first / second
    near = said is not None and abs(said - value) <= 0.0051 * max(1.0, abs(value) ** 0.5)
    return Finding(near, "The complex number, recomputed, is " + ("as said." if near else f"near {value:.4g}."))


def divisors(question: str, answer: str) -> Finding | None:
    """The greatest common divisor or the least common multiple of some numbers."""
    found = re.search(r"(Greatest Common Divisor|Least Common Multiple)[^:]*:\s*([\d, ]+)", question, re.IGNORECASE)
    if not found:
        return None
    numbers = [int(number) for number in re.findall(r"\d+", found[2])]
    value = math.gcd(*numbers) if "divisor" in found[1].casefold() else math.lcm(*numbers)
    return same(number_of(answer), Fraction(value), f"The {found[1]}")


def simplest_fraction(question: str, answer: str) -> Finding | None:
    """A fraction in its lowest terms."""
    pattern = r"(?:\\d?frac\s*\{\s*(-?\d+)\s*\}\s*\{\s*(-?\d+)\s*\}|(-?\d+)\s*/\s*(-?\d+))"
    asked = re.search(r"[Ss]implify the fraction.*?" + pattern, question)
    if not asked:
        return None
    top, bottom = (int(part) for part in asked.groups() if part)
    said = re.search(pattern, answer)
    if bottom == 0:
        return None
    pair = tuple(int(part) for part in said.groups() if part) if said else None
    lowest = Fraction(top, bottom)
    return same(pair, (lowest.numerator, lowest.denominator), "The fraction in lowest terms")


def prime_factors(question: str, answer: str) -> Finding | None:
    """A product of primes that makes the number."""
    found = re.search(r"prime factorization of (\d+)", question)
    if not found:
        return None
    factors = [int(number) for number in re.findall(r"\d+", answer.rpartition("=")[2])]
    number = int(found[1])
    if number > MAX_FACTORED:
        return None
    if not factors or math.prod(factors) != number:
        return Finding(False, f"The factors do not multiply to {number}.")
    composite = next((factor for factor in factors if not is_prime(factor)), None)
    if composite is not None:
        return Finding(False, f"{composite} is not prime.")
    return Finding(True, f"The factors are prime and multiply to {number}.")


def prime_count(question: str, answer: str) -> Finding | None:
    """How many primes lie between two numbers, both included."""
    found = re.search(r"how many prime numbers there are between (\d+) and (\d+)", question)
    if not found or int(found[2]) > MAX_SIEVE:
        return None
    low, high = int(found[1]), int(found[2])
    sieve = bytearray([1]) * (high + 1)
    sieve[:2] = b"\0\0"[: high + 1]
    for n in range(2, math.isqrt(high) + 1):
        if sieve[n]:
            sieve[n * n :: n] = bytes(len(range(n * n, high + 1, n)))
    return same(number_of(answer), Fraction(sum(sieve[low:])), "The count of primes")


def bit_count(question: str, answer: str) -> Finding | None:
    """The ones of a number in base two."""
    found = re.search(r"1 bits are there in the binary representation of the number (\d+)", question)
    return same(number_of(answer), Fraction(int(found[1]).bit_count()), "The count of ones") if found else None


def base_conversion(question: str, answer: str) -> Finding | None:
    """A number in another base."""
    name = r"(base-(\d+)|binary|octal|decimal|hexadecimal)"
    found = re.search(rf"convert the {name} number ([0-9a-z]+) to {name}", question)
    if not found:
        return None
    bases = {"binary": 2, "octal": 8, "decimal": 10, "hexadecimal": 16}
    source, target = int(found[2] or bases.get(found[1], 0)), int(found[5] or bases.get(found[4], 0))
    try:
        number = int(found[3], source)
    except ValueError:
        return None
    if not 2 <= target <= 36:
        return None
    digits = ""
    while number:
        number, digit = divmod(number, target)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    said = re.sub(r"^0[xob]", "", answer.strip().strip("`* ").casefold())
    return same(said, digits or "0", f"The number in base {target}")


def dice(question: str, answer: str) -> Finding | None:
    """The odds that a sum of dice is at least so high, as a reduced fraction."""
    asked = re.search(r"dice:\s*([\dd, ]+?)\.\s.*?odds of rolling (\d+) or higher", question, re.DOTALL)
    if not asked:
        return None
    sums = Counter({0: 1})
    for count, sides in re.findall(r"(\d+)d(\d+)", asked[1]):
        for _ in range(int(count)):
            if len(sums) * int(sides) > MAX_OUTCOMES:
                return None
            sums = _rolled(sums, int(sides))
    ways = sum(count for total, count in sums.items() if total >= int(asked[2]))
    odds = Fraction(ways, sums.total())
    said = re.findall(r"(\d+)\s*/\s*(\d+)", answer)
    pair = (int(said[-1][0]), int(said[-1][1])) if said else None
    if pair is None and odds.denominator == 1:
        return same(number_of(answer), odds, "The probability")
    return same(pair, (odds.numerator, odds.denominator), "The probability")


def is_prime(number: int) -> bool:
    """Whether a number is prime, by division: for numbers of up to a dozen digits."""
    return number > 1 and all(number % factor for factor in range(2, math.isqrt(number) + 1))


def _value(node: ast.expr) -> Fraction:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return Fraction(str(node.value))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = _value(node.operand)
        return -inner if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_value(node.left), _value(node.right))
    raise ValueError("not an expression of numbers")


def _significant(value: Fraction, digits: int) -> Fraction:
    if value == 0:
        return value
    exponent = math.floor(math.log10(abs(value))) - digits + 1
    unit = Fraction(10) ** exponent
    return math.copysign(1, value) * math.floor(abs(value) / unit + Fraction(1, 2)) * unit  # type: ignore[return-value]


def _complex(words: str) -> complex | None:
    parts = re.fullmatch(
        r"\s*(?:([-+]?\s*\d+(?:\.\d+)?)(?![\d.]*\s*[ij]))?\s*(?:([-+]?\s*(?:\d+(?:\.\d+)?)?)\s*[ij])?\s*",
        words.replace("\N{MINUS SIGN}", "-"),
    )
    if not parts or not (parts[1] or parts[2] is not None):
        return None
    real = float(parts[1].replace(" ", "")) if parts[1] else 0.0
    imaginary = (parts[2] or "").replace(" ", "") if parts[2] is not None else "0"
    return complex(real, float(imaginary + "1" if imaginary in {"", "+", "-"} else imaginary))


def _rolled(sums: Counter[int], sides: int) -> Counter[int]:
    rolled: Counter[int] = Counter()
    for total, count in sums.items():
        for face in range(1, sides + 1):
            rolled[total + face] += count
    return rolled
