import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cothink.verify.equations import check_equations, stated_equations


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Solve 2x + 3 = 11.", "x = 4"),
        ("Solve 2x + 3 = 11.", "We subtract 3 and halve.\n\\boxed{x = 4}"),
        ("Solve for x: 2x + 3 = 11", "\\boxed{4}"),
        ("Find x and y if x + y = 10, x − y = 2.", "x = 6, y = 4"),
        ("Solve the system $x + y = 10$ and $x - y = 2$.", "The answer is (x, y) = (6, 4)."),
        ("Solve $x^2 = 9$.", "x = 3 or x = -3"),
        ("Solve $x^2 = 9$.", "\\boxed{x = \\pm 3}"),
        ("Solve $x^2 - 2 = 0$.", "x = \\sqrt{2}, x = -\\sqrt{2}"),
        ("Solve $\\frac{x}{3} + 1 = 5$.", "x = 12"),
        ("解方程 3x - 1 = 8。", "x = 3"),
        ("What is the value of x if 5x = 35?", "The answer is 7."),
        ("Solve $\\sqrt{x+1} = 3$ for $x$.", "x=8"),
    ],
)
def test_a_solution_that_holds_stands(question: str, answer: str) -> None:
    verdict = check_equations(question, answer)
    assert verdict.stands, verdict.evidence
    assert "not looked for" in verdict.evidence


@pytest.mark.parametrize(
    ("question", "answer", "evidence"),
    [
        ("Solve 2x + 3 = 11.", "x = 5", "is 13, the right side 11"),
        ("Solve for x: 2x + 3 = 11", "\\boxed{5}", "With x = 5"),
        ("Find x and y if x + y = 10, x − y = 2.", "x = 6, y = 5", "x + y = 10 is 11"),
        ("Solve $x^2 = 9$.", "x = 3 or x = 4", "With x = 4"),
        ("Solve $x = \\sqrt{6 - x}$.", "x = 2 and x = -3", "With x = -3"),
        ("Solve $\\frac{1}{x} = 0$.", "x = 0", "without a value"),
        ("Solve $(x+1)(x-2) = 0$.", "x = 1", "With x = 1"),
    ],
)
def test_a_solution_that_does_not_hold_falls_with_both_sides(question: str, answer: str, evidence: str) -> None:
    verdict = check_equations(question, answer)
    assert verdict.falls
    assert evidence in verdict.evidence


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many apples are there?", "12"),
        ("f(x) = 2x + 3. Find f(4).", "\\boxed{11}"),
        ("If x + y = 10 and x - y = 2, find xy.", "\\boxed{24}"),
        ("Solve 2x + 3 = 11.", "It cannot be solved."),
        ("Solve 3x = 1.", "x = 0.33"),
        ("If 2x + 3 = 11, what is x + 1?", "\\boxed{5}"),
        ("How many solutions has x^2 = 4?", "\\boxed{2}"),
        ("What is the sum of the roots of x^2 - 5x + 6 = 0?", "\\boxed{5}"),
        ("Solve x^x^x^x = 10^10^10.", "x = 9"),
        ("", ""),
        ("Find x when x = = 3", "x = 3"),
        ("x = 5 and y = 2 are given; find the largest value.", "\\boxed{5}"),
    ],
)
def test_what_cannot_be_substituted_is_unsure(question: str, answer: str) -> None:
    verdict = check_equations(question, answer)
    assert verdict.unsure, verdict.evidence


@pytest.mark.parametrize(
    "text",
    [
        "=" * 30_000,
        "x=" * 10_000,
        "Solve " + "(" * 9_999 + "x" + ")" * 9_999 + " = 1",
        "Solve x = " + "9^" * 300 + "9",
        "Solve " + "x " * 9_000 + "= 1",
    ],
)
def test_hostile_questions_end(text: str) -> None:
    assert check_equations(text, "x = 1").standing in {"stands", "unsure", "falls"}


def test_stated_equations_are_found_in_plain_text_and_latex() -> None:
    assert len(stated_equations("Let $x + y = 3$ and 2x - y = 0, with z = 1.")) == 3


@given(st.integers(-30, 30), st.integers(1, 12), st.integers(-40, 40))
@settings(max_examples=80, deadline=None)
def test_a_linear_equation_is_checked_rightly(root: int, slope: int, shift: int) -> None:
    sign = "+" if shift >= 0 else "-"
    question = f"Solve {slope}x {sign} {abs(shift)} = {slope * root + shift}."
    assert check_equations(question, f"x = {root}").stands
    assert check_equations(question, f"x = {root + 1}").falls
