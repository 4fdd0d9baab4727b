import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cothink.verify.arithmetic import check_arithmetic, steps

RIGHT = [
    "12 * 4 = 48", "48 + 7.5 = 55.5", "3/4 of 20 = 15", "15% of 80 is 12", "2+3=5+1=6", "1,200 + 300 = 1,500",
    "6 × 7 = 42", "84 ÷ 4 = 21",
    "50 − 8 = 42", "$3.50 × 4 = $14", "$3.50 \\times 4 = \\$14.00", "7 \\cdot 8 = 56",
    "\\frac{3}{4} \\times 20 = 15", "10/3 ≈ 3.33",
    "10 \\div 4 = 2.5", "22/7 = 3.14", "5 hours × $12 = $60", "5 hours * $12/hour = $60", "- 5 + 3 = 8", "1. 5+3=8",
    "* 5 + 3 = 8",
    "Step 2: 4 × 5 = 20", "(2 + 3) × 4 = 20", "2^10 = 1024", "2**10 = 1024", "3² + 4² = 25", "5! = 120",
    "2(3 + 4) = 14", "(3)(4) = 12",
    "2 1/2 + 1 = 3 1/2", "2\\frac{1}{2} + 1 = 3\\frac{1}{2}", "1/3 + 1/6 = 3/6 = 1/2", "-3 + 5 = 2", "5 - -3 = 8",
    "100 * 15% = 15",
    "5个×3元=15元", "小明有5+3=8个苹果。",
    "60 miles/hour * 2 hours = 120 miles", "Total = 20 - (5 + 3) = 12", "**5 + 3 = 8**",
    "5 * 3 = **15**",
    "f(3) = 2(3) + 1 = 7", "x = 10/5 = 2", "12 times 3 = 36", "12 divided by 3 = 4", "80% - 30% = 50%",
    "0.2 x 50 = $10", "3 × 10^5 = 300,000",
    "\\[ 6 + 7 = 13 \\]", "$6 + 7 = 13$", "\\begin{aligned} 6 + 7 &= 13 \\\\ 13 * 2 &= 26 \\end{aligned}",
    "6 + 7\n= 13",
    "48/2 = <<48/2=24>>24 clips", "19.99 * 3 = 59.97", "100 / 7 = 14.29", "100 / 7 = 14.2", "1/8 = 12.5%",
    "3 boxes of pens * 4 = 12 pens",
]  # fmt: skip

WRONG = [
    ("17 × 23 = 381", "17 × 23 is 391, the answer says 381"),
    ("48 + 7.5 = 54.5", "55.5"),
    ("3/4 of 20 = 16", "15"),
    ("15% of 80 is 13", "12"),
    ("2+3=5, 5+1=7", "5+1 is 6, the answer says 7"),
    ("1,200 + 300 = 1,600", "1500"),
    ("$3.50 × 4 = $13", "14"),
    ("\\frac{3}{4} \\times 20 = 16", "15"),
    ("f(3) = 2(3) + 1 = 8", "7"),
    ("x = 10/5 = 3", "2"),
    ("5个×3元=16元", "15"),
    ("3 apples + 2 pears = 6 fruits", "5"),
    ("(2 + 3) × 4 = 21", "20"),
    ("2^10 = 1025", "1024"),
    ("**5 + 3 = 9**", "8"),
    ("1. 5+3=9", "8"),
    ("Total = 20 - (5 + 3) = 13", "12"),
    ("2+3=5+1=7", "6"),
    ("50 − 8 = 44", "42"),
    ("19.99 * 3 = 58.97", "59.97"),
    ("That is a total of 36 + 40 = 77 muffins.", "76"),
    ("There are 70 - 37 = 34 more jeans.", "33"),
    ("If he buys 20 boxes, he pays 20*$80 = $1601.", "1600"),
]

NOTHING_TO_SAY = [
    "x = 3", "2x + 3 = 7", "3x = 12", "y = mx + 4", "2a + 5 = 9", "3A + 2 = 35", "The date is 2023-05-06.",
    "Version 1.2.3 = new", "pages 3-5",
    "20% = 0.2", "1 km = 1000 m", "60 minutes = 1 hour", "3:4 = 6:8", "10:30 + 2 = 12:30",
    "at 5:45 + 30 minutes = 6:15", "n = 5",
    "P(A) = 0.5", "5 ≠ 6", "3 < 4", "a_1 + 2 = 7", "sin 30 * 2 = 2", "Let x = 4.", "", "no numbers here", "= 5",
    "5 + = 6", "log 100 + 3 = 5",
    "A1 + 2 = 9", "3 + ? = 8", "101_2 + 1_2 = 110_2", "∛64 = 7 + 1", "|3 - 5| = 2", "the range is 3 - 5 is 4 wide",
    "[1,2] + 3 = 9",
]  # fmt: skip

# Wrong as plain numbers, yet what people write in right answers: never called wrong.
TEMPTING = [
    "half of 48 * 2 = 48", "2 * 3 feet = 72 inches", "5 dimes * 10 = $0.50", "7 / 2 = 3", "7 / 2 = 4 buses",
    "33.33 * 3 = 100", "0.33 * 30 = 10",
    "2 + 3 x 4 = 20", "6 km / 1/30 hour = 180 km/h", "25 ÷ 1/3 = 75", "100 - 20% = 80", "50 + 20% = 60",
    "Day 2 = 5+3 = 8",
    "The average of 3 + 5 is 4", "5 + 3 = 9? No, that is wrong: 5 + 3 = 8.",
    "If 5 + 3 = 9, then we have a contradiction.", "5 + 3 = 10. Wait, 5 + 3 = 8.",
    "2 + 2 = 5 would be wrong.",
    "Suppose 2 + 2 = 5.", "twice 3 + 4 = 14", "the units digit of 8^6 is 4", "12 x 1 and 1/4 = 15", "30 - 50 = 20 less",
     "the sum of 2 * 3 = 12", "3 × 2 million = 6", "2 dozen + 3 = 27",
    "17 / 5 = 3 remainder 2", "Weeks 1-2 = 96 - 70 = 26",
    "Shonda (1) + 2 of her kids + 10 friends = 20", "14, 400 / 80 = 180", "because - 18/-2 = 9", "(2x-10)-8=2x-18",
    "1/3 of Ann = 66/3 = 22",
    "5A - 5 = 30", "(4/3)πr^3 = 4πr^2", "total of 3 dollars + 50 cents = 3.5",
    "6 × 5! = 720 and 6! = 6 × 5!. Then we go on.", "(1/2) (1 + 3) = 2",
    "3 * 6.4 = 12 * 2^(2/3)", "1/2 hour * 1 = 30 minutes", "about 98 × 5 ≈ 500", "12 / 0 = 5",
]  # fmt: skip


def test_the_tables_are_large_enough_to_mean_something() -> None:
    assert len(RIGHT) + len(WRONG) + len(NOTHING_TO_SAY) + len(TEMPTING) >= 140


@pytest.mark.parametrize("text", RIGHT)
def test_right_arithmetic_stands(text: str) -> None:
    verdict = check_arithmetic("", text)
    assert verdict.stands, verdict.evidence


@pytest.mark.parametrize(("text", "evidence"), WRONG)
def test_wrong_arithmetic_falls_and_the_evidence_names_the_right_value(text: str, evidence: str) -> None:
    verdict = check_arithmetic("", text)
    assert verdict.falls
    assert evidence in verdict.evidence


@pytest.mark.parametrize("text", NOTHING_TO_SAY)
def test_what_is_no_arithmetic_is_unsure(text: str) -> None:
    verdict = check_arithmetic("", text)
    assert verdict.unsure, verdict.evidence


@pytest.mark.parametrize("text", TEMPTING)
def test_loose_writing_is_never_called_wrong(text: str) -> None:
    verdict = check_arithmetic("", text)
    assert not verdict.falls, verdict.evidence


def test_a_wrong_step_among_right_ones_falls_and_only_it_is_named() -> None:
    verdict = check_arithmetic("", "First 6 * 7 = 42.\nThen 42 + 10 = 53.\nSo 53 - 3 = 50.")
    assert verdict.falls
    assert "42 + 10 is 52, the answer says 53" in verdict.evidence
    assert "6 * 7" not in verdict.evidence


def test_a_wrong_statement_that_the_question_holds_is_a_quotation() -> None:
    assert not check_arithmetic("Tom says 7 + 8 = 16. Where is his slip?", "Tom wrote 7 + 8 = 16 there.").falls


def test_a_step_corrected_later_is_not_held_against_the_answer() -> None:
    assert check_arithmetic("", "7 * 8 = 54\nChecking again.\n7 * 8 = 56").stands


def test_standing_steps_say_that_only_the_steps_were_checked() -> None:
    assert "nothing of whether" in check_arithmetic("", "2 + 2 = 4").evidence


def test_many_faults_are_counted_and_three_are_named() -> None:
    text = "\n".join(f"{n} + 1 = {n + 5}" for n in range(10, 16))
    assert "and 3 more" in check_arithmetic("", text).evidence


HOSTILE = [
    "10**10**10 = 3", "10^10^10 = 3", "9^9^9^9 = 1", "99999999! = 1", "(" * 9_999 + "1+1" + ")" * 9_999 + " = 2",
    "1+" * 50_000 + "1 = 5",
    "1 + 1 = 2 " * 20_000, "= " * 50_000, "9" * 100_000 + " + 1 = 2", "2^" * 5_000 + "2 = 4",
    "\\frac{" * 5_000, "-" * 50_000 + "1 = 1", "1 a " * 40_000 + "= 3",
    "% " * 50_000, "((((((" * 8_000, "<<" * 50_000, "{" * 100_000, " " * 200_000 + "1+1=3", "1/" * 10_000 + "0 = 1",
    "\\text{" * 30_000, "\n=" * 60_000,
    "1,111," * 30_000, ".1" * 60_000, "x" * 200_000, "1 - 2 of the " * 10_000 + "= 4", "*" * 100_000, "a-" * 50_000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_answered(text: str) -> None:
    assert check_arithmetic(text, text).standing in {"stands", "falls", "unsure"}


def _row(source: random.Random, count: int) -> tuple[str, Fraction]:
    """A sum of whole numbers and cents with its exact value by fractions."""
    numbers = [Fraction(source.randrange(1, 5_000), source.choice([1, 1, 1, 100])) for _ in range(count)]
    text, total, product = _shown(numbers[0]), Fraction(0), numbers[0]
    for number in numbers[1:]:
        sign = source.choice(["+", "-", "*", "×"])
        text += f" {sign} {_shown(number)}"
        if sign in "*×":
            product *= number
        else:
            total, product = total + product, number if sign == "+" else -number
    return text, total + product


def _shown(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.2f}"


def _decimal(value: Fraction) -> str:
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    scaled = abs(value * 10**places).numerator
    digits = str(scaled).rjust(places + 1, "0")
    return ("-" if value < 0 else "") + (digits if not places else f"{digits[:-places]}.{digits[-places:]}")


@given(st.integers(0, 10**9), st.integers(2, 5))
@settings(max_examples=200, deadline=None)
def test_a_true_statement_stands_and_a_false_one_falls(seed: int, count: int) -> None:
    text, value = _row(random.Random(seed), count)
    assert check_arithmetic("", f"So we get {text} = {_decimal(value)} in all.").stands
    false = value + 1 + abs(value) // 3
    assert not check_arithmetic("", f"So we get {text} = {_decimal(false)} in all.").stands
    if all(piece[-1] in "05" or "." not in piece for piece in text.split()) and value.denominator == 1 and count == 2:
        assert check_arithmetic("", f"So we get {text} = {_decimal(false)} in all.").falls


@given(st.integers(2, 999), st.integers(2, 999), st.integers(1, 50))
@settings(max_examples=150, deadline=None)
def test_a_wrong_product_of_whole_numbers_is_always_caught(first: int, second: int, off: int) -> None:
    assert check_arithmetic("", f"{first} × {second} = {first * second}").stands
    assert check_arithmetic("", f"{first} × {second} = {first * second + off}").falls


@given(st.text(alphabet="0123456789 +-*/=().,%$xab\n^!", max_size=80))
@settings(max_examples=400, deadline=None)
def test_no_text_raises(text: str) -> None:
    for step in steps(text):
        assert step.standing in {"right", "wrong", "doubtful"}
    check_arithmetic(text, text)
