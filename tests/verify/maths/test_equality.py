import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cothink.verify.maths.equality import answers_equal

EQUAL = [
    ("Y = 2X + 3", "y = 2x + 3"),
    # numbers
    ("7", "7.0"), ("0.50", "1/2"), ("-3", "−3"), ("+4", "4"), ("1e3", "1000"), ("2.5e-3", "0.0025"), ("1,250", "1250"),
    ("1{,}250", "1250"), ("12\\,000", "12000"), ("1,000,000", "10^6"), ("007", "7"), (".25", "0.25"), ("5.", "5"),
    ("3 \\times 10^4", "30000"), ("6 / 8", "0.75"), ("-\\frac{1}{4}", "-0.25"), ("\\frac{-1}{4}", "-\\frac14"),
    ("0.\\overline{3}", "\\frac13"), ("0.1\\overline{6}", "1/6"), ("2.\\overline{45}", "27/11"), ("½", "0.5"), ("3½",
    "7/2"),
    # fractions and mixed numbers
    ("\\frac{3}{4}", "3/4"), ("\\dfrac{6}{8}", "\\tfrac34"), ("\\frac12", "\\frac{1}{2}"), ("\\frac 5 9", "5/9"),
    ("2 1/2", "5/2"), ("2\\frac{1}{2}", "2.5"), ("4 \\frac{2}{3}", "14/3"), ("\\frac{\\frac12}{3}", "1/6"), ("7:2",
    "3.5"),
    # roots, powers, constants
    ("\\sqrt{12}", "2\\sqrt{3}"), ("√50", "5√2"), ("sqrt(49)", "7"), ("\\sqrt[3]{54}", "3\\sqrt[3]{2}"), ("2^{-3}",
    "1/8"),
    ("9^{1/2}", "3"), ("27^{\\frac{2}{3}}", "9"), ("\\frac{1}{\\sqrt{3}}", "\\frac{\\sqrt{3}}{3}"), ("x^{-1}",
    "\\frac1x"),
    ("\\frac{6}{1+\\sqrt3}", "3\\sqrt3-3"), ("\\sqrt{3+2\\sqrt2}", "1+\\sqrt2"), ("2\\pi", "\\pi \\cdot 2"), ("3π/4",
    "\\frac{3\\pi}{4}"),
    ("\\frac{\\pi}{2}", "90°"), ("e^{0}", "1"), ("e^2 e^3", "e^5"), ("4!", "24"), ("\\binom{6}{2}", "15"), ("|-8|",
    "8"),
    ("\\lfloor 3.7 \\rfloor", "\\lfloor 3.7 \\rfloor"), ("\\log_3 81", "4"), ("\\ln e", "1"), ("\\log 1000", "3"),
    ("x²", "x^2"),
    # angles
    ("\\sin 30°", "1/2"), ("\\cos(\\pi)", "-1"), ("\\tan\\frac{\\pi}{4}", "1"), ("\\arcsin 1", "\\frac{\\pi}{2}"),
    ("\\sin^2 x + \\cos^2 x", "1"), ("2\\sin x \\cos x", "\\sin(2x)"), ("\\sec x", "1/\\cos x"),
    # complex
    ("(1+i)^2", "2i"), ("\\frac{1}{i}", "-i"), ("3-2i", "-2i+3"), ("i^2", "-1"), ("e^{i\\pi}", "-1"),
    # polynomials and rational functions
    ("2x + 3", "3 + 2x"), ("(x+2)(x-2)", "x^2-4"), ("(a+b)^2", "a^2+2ab+b^2"), ("x(x+1)", "x^2+x"), ("3xy", "3yx"),
    ("\\frac{x^2-1}{x-1}", "x+1"), ("\\frac{a}{b}+\\frac{c}{d}", "\\frac{ad+bc}{bd}"), ("2(3x - 1)", "6x - 2"),
    ("x^3 y", "y x^3"),
    ("n(n+1)/2", "\\frac{n^2+n}{2}"), ("(x-1)^5", "x^5-5x^4+10x^3-10x^2+5x-1"), ("\\theta + 1", "1 + \\theta"),
    ("x_1+x_2", "x_2+x_1"),
    ("\\sqrt{x^2+2x+1}", "|x+1|"), ("x^{1/2}", "\\sqrt x"), ("2^x \\cdot 2^y", "2^{x+y}"), ("\\ln(xy)",
    "\\ln x+\\ln y"),
    # wrapping
    ("$5$", "5"), ("\\(5\\)", "5"), ("\\boxed{5}", "5"), ("**5**", "5"), ("5.", "5"), ("`5`", "5"), ("\\text{5}",
    "5"), ("$$x+1$$", "x+1"),
    ("\\left(\\frac12\\right)", "0.5"), ("\\displaystyle 3", "3"), ("x = 5", "5"), ("$x=5$", "5"), ("f(x) = 2x",
    "2x"), ("y = 3x+1", "3x+1"),
    ("x \\in (0, 1)", "(0,1)"), ("about 1.41", "\\sqrt2"), ("\\approx 3.14", "\\pi"), ("0.142857142857", "1/7"),
    # units and money
    ("$12", "12 dollars"), ("\\$12.50", "12.5"), ("$1,200", "1200"), ("€5", "5 euros"), ("12 cm", "12"),
    ("12\\text{ cm}", "12 cm"),
    ("3 m", "300 cm"), ("2 hours", "120 minutes"), ("1.5 km", "1500 m"), ("1 lb", "16 oz"), ("1 gallon", "4 quarts"),
    ("36 km/h", "10 m/s"), ("60 mph", "60 miles per hour"), ("5 m^2", "5 square meters"), ("1 m²", "10000 cm²"),
    ("1 L", "1000 cm^3"),
    ("45 apples", "45"), ("45 apples", "45 apple"), ("90°", "90"), ("90^\\circ", "90 degrees"), ("25%", "0.25"),
    ("25%", "25"), ("25\\%", "1/4"),
    ("50 cents", "$0.50"), ("2 weeks", "14 days"), ("$8 per hour", "8 dollars/hour"), ("6 ft", "2 yards"),
    ("\\frac12 \\text{ mile}", "0.5 miles"),
    # lists, tuples, sets, intervals, matrices
    ("1, 2", "2, 1"), ("x = 1 or x = 2", "1, 2"), ("1 and 2", "2 and 1"), ("\\{1, 2\\}", "\\{2, 1\\}"), ("{1,2}",
    "1,2"), ("\\pm 3", "3, -3"),
    ("2 \\pm \\sqrt3", "2+\\sqrt3, 2-\\sqrt3"), ("(1, 2)", "(1.0, 4/2)"), ("(1,234)", "(1, 234)"), ("[0, 1]",
    "[0,1]"), ("[0, \\infty)", "x \\ge 0"),
    ("x > 3", "(3, \\infty)"), ("3 < x", "x > 3"), ("1 < x \\le 4", "(1, 4]"), ("x < 1 or x > 2",
    "(-\\infty,1)\\cup(2,\\infty)"),
    ("\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}", "\\begin{bmatrix} 1 & 4/2 \\\\ 3 & 4 \\end{bmatrix}"),
    ("\\infty", "inf"),
    # equations
    ("x + y = 3", "2x + 2y = 6"), ("y = 2x + 1", "2x - y + 1 = 0"), ("x - 3 = 0", "x = 3"), ("x + 1 > 4", "2x + 2 > 8"),
    # choices, words, bases
    ("(B)", "B"), ("\\text{(C)}", "C"), ("B.", "(B)"), ("Yes", "yes."), ("\\text{even}", "even"), ("Monday",
    "monday"), ("101_2", "101"),
]  # fmt: skip

DIFFERENT = [
    ("A + a", "2a"),
    ("7", "8"), ("0.5", "0.05"), ("-3", "3"), ("1/2", "1/3"), ("1000", "100"), ("1,250", "1,205"), ("10^{20}+1",
    "10^{20}"),
    ("10^{20}+\\sqrt2", "10^{20}+\\sqrt3"), ("\\frac{355}{113}", "\\pi"), ("2 1/2", "2 1/3"),
    ("\\sqrt{12}", "3\\sqrt{2}"), ("2^{10}", "1023"), ("5!", "125"), ("\\sin x", "\\cos x"), ("\\frac{\\pi}{3}",
    "\\frac{\\pi}{6}"),
    ("3+2i", "3-2i"), ("(x+1)^2", "x^2+1"), ("2x+3", "2x-3"), ("(a+b)^3", "a^3+b^3"), ("x", "y"), ("x_1", "x_2"),
    ("\\sqrt{x^2}", "x^2"),
    ("x^2-4", "(x-2)^2"), ("\\frac{x^2-1}{x-1}", "x-1"), ("n(n+1)/2", "n(n-1)/2"), ("2^x", "x^2"), ("|x|", "-|x|"),
    ("$12", "$21"), ("3 m", "30 cm"), ("2 hours", "100 minutes"), ("12 cm", "13"), ("45 apples", "54"), ("25%",
    "0.3"), ("1 m^2", "100 cm^2"),
    ("1, 2", "1, 3"), ("1, 2", "1"), ("\\pm 3", "3"), ("(1, 2)", "(2, 1)"), ("(1, 2)", "(1, 2, 3)"), ("[0, 1]",
    "[0, 1)"), ("x > 3", "x \\ge 3"),
    ("x > 3", "x < 3"), ("(-\\infty, 2)", "(2, \\infty)"), ("\\infty", "-\\infty"), ("\\infty", "5"),
    ("\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}", "\\begin{pmatrix} 1 & 2 \\\\ 4 & 3 \\end{pmatrix}"),
    ("A", "B"), ("(A)", "(D)"), ("yes", "no"), ("Monday", "Tuesday"), ("x + y = 3", "x + y = 4"), ("x = 5", "6"),
    ("y = 2x", "3x"),
]  # fmt: skip

UNTOLD = [
    ("0.\\overline{3}", "0.3"), ("e^2", "7.389"),
    ("0.33", "1/3"), ("3.14", "\\pi"), ("1.41", "\\sqrt{2}"), ("45 apples", "45 pears"), ("5 kg", "5 m"), ("?",
    "12"), ("", "5"),
    ("no solution", "5"), ("10^{10^{10}}", "3"), ("9999999!", "2"), ("x^2 = x", "x(x-1) = 0 \\text{ or none}"),
    ("\\foo{3}", "3"),
    ("it depends on the weather", "it does not"), ("20 °C", "68 °F"), ("101_2", "5"),
]  # fmt: skip


def test_the_table_is_large_enough_to_mean_something() -> None:
    assert len(EQUAL) + len(DIFFERENT) + len(UNTOLD) >= 200


@pytest.mark.parametrize(("first", "second"), EQUAL)
def test_equal_answers_stand_in_both_directions(first: str, second: str) -> None:
    for verdict in (answers_equal(first, second), answers_equal(second, first)):
        assert verdict.stands, verdict.evidence
        assert verdict.check == "equality"


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_different_answers_fall_in_both_directions(first: str, second: str) -> None:
    for verdict in (answers_equal(first, second), answers_equal(second, first)):
        assert verdict.falls, verdict.evidence


@pytest.mark.parametrize(("first", "second"), UNTOLD)
def test_what_cannot_be_told_is_unsure_in_both_directions(first: str, second: str) -> None:
    for verdict in (answers_equal(first, second), answers_equal(second, first)):
        assert verdict.unsure, verdict.evidence


def test_the_evidence_names_a_unit_that_only_one_answer_has() -> None:
    assert "only one names the unit cm" in answers_equal("12 cm", "12").evidence


def test_the_evidence_names_the_difference_of_two_numbers() -> None:
    assert "they differ by 10" in answers_equal("391", "381").evidence


def test_the_evidence_names_a_conversion() -> None:
    assert "hours converted to minutes" in answers_equal("2 hours", "120 minutes").evidence


HOSTILE = [
    "10**10**10", "9" * 5_000, "(" * 9_999 + ")" * 9_999, "\\frac" * 500, "{" * 300, "2^" * 390 + "2",
    "1+" * 900 + "1", "-" * 399 + "1",
    "9^9^9^9!", "\\sqrt{" * 60 + "2" + "}" * 60, "x" * 390, "((((x+1)^99999)^99999)^99999)",
    "\\begin{pmatrix}" + "1&" * 150, "!" * 300,
    "1e400", "1e9999", "\\binom{400}{200}!",
    "|" * 200, "sin" * 100, "\\text{" * 100, "0.\\overline{" + "1" * 300 + "}", "\x00\ud800", "1/0",
    "lcm(" + ",".join(["99999989"] * 50) + ")", "a,b," * 90, "\\pm " * 100 + "1",
    "=" * 300, "<" * 300, "1" + "^{9" * 35 + "}" * 35,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_answered_and_never_raises(text: str) -> None:
    for other in ("5", "x + 1", text + " "):
        assert answers_equal(text, other).standing in {"stands", "falls", "unsure"}


whole = st.integers(-50, 50)


def _expression(seed: int, depth: int) -> tuple[str, str]:
    """An expression in x and y, and the same value written another way."""
    source = random.Random(seed)
    if depth == 0:
        return source.choice([("x", "x"), ("y", "y"), (str(seed % 7 + 2), f"({seed % 7 + 1} + 1)")])
    left, right = _expression(seed // 3, depth - 1), _expression(seed // 5 + 1, depth - 1)
    shape = source.randrange(4)
    if shape == 0:
        return f"({left[0]} + {right[0]})", f"({right[1]} + {left[1]})"
    if shape == 1:
        return f"({left[0]} * {right[0]})", f"({right[1]} \\cdot {left[1]})"
    if shape == 2:
        return f"({left[0]} - {right[0]})", f"(-{right[1]} + {left[1]})"
    return f"({left[0]})^2", f"({left[1]})({left[1]})"


@given(st.integers(0, 10**9), st.integers(1, 3))
@settings(max_examples=80, deadline=None)
def test_expressions_equal_by_construction_are_equal_and_perturbed_ones_are_not(seed: int, depth: int) -> None:
    first, second = _expression(seed, depth)
    assert answers_equal(first, second).stands
    assert answers_equal(first, f"{second} + 1").falls
    assert answers_equal(f"{first} * x", f"{second} * x").stands


@given(st.text(alphabet="0123456789xy+-*/^(){}[],.=<>%$\\ abcdfrqstπ√", max_size=40))
@settings(max_examples=300, deadline=None)
def test_equality_is_reflexive_and_never_raises_on_any_text(text: str) -> None:
    verdict = answers_equal(text, text)
    assert verdict.stands or verdict.unsure


@given(
    st.text(alphabet="0123456789xy+-*/^(),.=<>% ", max_size=14),
    st.text(alphabet="0123456789xy+-*/^(),.=<>% ", max_size=14),
)
@settings(max_examples=300, deadline=None)
def test_equality_is_symmetric(first: str, second: str) -> None:
    assert answers_equal(first, second).standing == answers_equal(second, first).standing


@given(whole, st.integers(1, 50), st.integers(1, 9))
@settings(max_examples=100, deadline=None)
def test_a_fraction_equals_every_way_of_writing_it(above: int, below: int, factor: int) -> None:
    value = Fraction(above, below)
    assert answers_equal(f"\\frac{{{above * factor}}}{{{below * factor}}}", f"{above}/{below}").stands
    assert answers_equal(f"{above}/{below}", str(value + 1)).falls
