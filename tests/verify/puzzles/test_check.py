"""Each kind of puzzle once with a right answer and once with a wrong one; the questions were written here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.verify.puzzles.check import KINDS, MAX_QUESTION_CHARS, check_puzzle

SUDOKU = "Solve this 4x4 Sudoku:\n1 _ 3 4\n3 4 _ 2\n2 1 4 _\n_ 3 2 1\n"
FUTOSHIKI = "Solve the following 3x3 Futoshiki puzzle:\n\n_ < _   3\n        \n_   3   _\n    ∨    \n_   _   _\n"
LINEAGE = (
    "* Ada is Bo's ancestor.\n* Cy is Bo's descendant.\n* Dee is Cy's descendant.\n* Ed is Bo's descendant.\n"
    "Determine the lineage relationship between {} and {}.\n1. {} and {} share a common descendant.\n"
    "2. {} and {} share a common ancestor.\n3. {} is {}'s ancestor.\n4. {} is {}'s descendant.\n"
    "5. None of the above is correct.\n"
)
KIN = (
    "* Ada is Bo's parent.\n* Ada is Cy's parent.\n* Bo is Dee's parent.\nWhat is Cy's relationship to Dee?\n"
    "1. Cy is Dee's grandparent.\n2. Cy is Dee's aunt or uncle.\n3. Cy is Dee's cousin.\n"
)
RULES = (
    "Evaluate the following rules in order, and apply the first applicable rule to the string:\n"
    "1. If the string starts with 'ab', remove the second character.\n"
    "2. If the string ends with 'cc', replace it with 'b'.\n"
    "Transform the following string according to the above list of rules:\nabcc"
)
PARTS = (
    "1. Two units of machine A can be taken apart into one unit of part X.\n"
    "2. One unit of part X and one unit of machine B can be combined into one unit of part Y.\n"
    "For example 1 2 3 4 means that you have 1 machine A, 2 machine B, 3 part X, 4 part Y. \n"
    "Now, you have 5 machine A, 1 machine B. Provide the count of each."
)
KNIGHTS = "Knight Swap Challenge:\n```\n    A   B   C\n3 | w |   |   |\n2 |   |   | B |\n1 |   |   |   |\n```\nRules: w moves first\n"
GRID = "\n1 2\n3 4\n"
CASES = [
    (SUDOKU, "1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 1", "1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 1 2"),
    (FUTOSHIKI, "1 < 2   3\n\n2   3   1\n    ∨\n3   1   2", "2 < 1   3\n\n1   3   2\n    ∨\n3   2   1"),
    ("Rotate the matrix below by 90 degrees clockwise:" + GRID, "3 1\n4 2", "2 4\n1 3"),
    ("For the matrix below, what is the list of elements in spiral order?" + GRID, "1 2 4 3", "1 2 3 4"),
    ("Find the distance to the nearest 0 for each cell in the matrix below:\n0 1\n1 1\n", "0 1\n1 2", "0 1\n1 1"),
    ("the following matrix grid:\n1 0\n1 0\n0 1\nReturn the maximum area of an island in grid.", "2", "3"),
    ("Perform average pooling on the following matrix with a kernel size of 2:" + GRID, "2.5", "2.0"),
    ("Perform max pooling on the following matrix with a kernel size of 2:" + GRID, "4.0", "2.5"),
    (
        "What will this Game of Life board look like after 1 steps? Assume wrapping topology.\n\n[[0,0,0,0],[1,1,1,0],"
        "[0,0,0,0],[0,0,0,0]].",
        "[[0,1,0,0],[0,1,0,0],[0,1,0,0],[0,0,0,0]]",
        "[[0,0,0,0],[1,1,1,0],[0,0,0,0],[0,0,0,0]]",
    ),
    (
        "For the following matrix:\n1 2 8\n3 4 8\n\nPerform the following series of operations in order:\n"
        "- Identity transformation, i.e. no change\n- Remove every 3-rd column (1-indexed)\n- Horizontally mirror the matrix\n"
        "- Map each occurrence of 4 to 0\n- Rotate the matrix 180 degrees\n",
        "3 0\n1 2",
        "0 3\n2 1",
    ),
    ("Calculate 10 using all of these numbers: 2, 3, 4.", "2*3+4", "3*4-2+0"),
    ("Make 24 using 1, 5, 1, 4. You can only use each number once.", "4*(5+1)*1", "5*4+4"),
    ("Using all the numbers 2, 3, 7, create an expression that equals 13.", "2*3+7", "3+3+7"),
    ("Calculate ( 3 + 4 ) * -2 .", "-14", "14"),
    ("Solve this to a maximum of 4 significant digits.\n2/3 = ?", "0.6667", "0.67"),
    ("Add the complex numbers: (1.0 + 2.0i) + (3.0 - 5.0i)", "4.0 - 3.0i", "4.0 + 3.0i"),
    ("Find the Greatest Common Divisor (GCD) of these numbers: 12, 18", "6", "3"),
    ("Find the Least Common Multiple (LCM) of these numbers: 4, 6", "12", "24"),
    (r"Simplify the fraction $\frac{12}{18}$ to its lowest terms.", r"$\frac{2}{3}$", "4/6"),
    ("Find the prime factorization of 60.", "2 × 2 × 3 × 5", "4 × 3 × 5"),
    ("Count how many prime numbers there are between 10 and 20 (inclusive) ?", "4", "5"),
    ("How many 1 bits are there in the binary representation of the number 13?", "3", "2"),
    ("Now, convert the base-10 number 255 to hexadecimal", "ff", "fe"),
    ("I have these dice: 1d6, 1d6. What are the odds of rolling 11 or higher?", "1/12", "3/36"),
    ("Solve for real x: x**2 - 5*x + 6 = 0", "2, 3", "2"),
    ("A bus departed at 23:10:05 and arrived at 23:12:00. How long? Answer in HH:MM:SS. ", "00:01:55", "00:02:05"),
    (
        "A talk started at 2024-02-28 10:00 +0100 and ended at 2024-03-01 09:30 +0000. How long? Answer in D days, HH:MM.",
        "2 days, 00:30",
        "1 days, 23:30",
    ),
    ("Solve this cryptarithm:\n\n  AB\n+ AB\n----\n  CA\n", "A=2,B=1,C=4", "A=1,B=5,C=3"),
    ("Sort these numbers in ascending order: 3, -1.5, 2", "-1.5, 2, 3", "2, 3, -1.5"),
    ("Remove all numbers larger than 2 in this list: ['1', '3', '2.5']", "['1']", "['1', '3']"),
    ("Now, sort these words in ascending order: pear, Fig, apple", "Fig, apple, pear", "apple, Fig, pear"),
    ("Reverse this list of words: one, two", "two, one", "one, two"),
    ("Spell this word backward (example: sun -> nus): Lamp", "pmaL", "pmLa"),
    ('How many times does the letter "e" appear in the text: "Every evening"?', "4", "3"),
    (
        'Group the following list of words into anagrams:\n["tea", "eat", "no"]',
        '[["eat","tea"],["no"]]',
        '[["eat","tea","no"]]',
    ),
    ("form a valid palindrome using the following letters: a, b, a", "aba", "aab"),
    ("Partition the following string into palindromes: aab", '[["a","a","b"],["aa","b"]]', '[["a","a","b"]]'),
    ("the minimum number of swaps to make the following binary string alternating: 1100", "1", "2"),
    ("pick the smallest number of the following candidates: 1.2e+01 11.9 1,200.5", "11.9", "12"),
    ("how many legs are there in total if you have 2 spiders, 3 humans?", "22", "18"),
    ("[(1, 0), (0, 1)] Return True if you can finish all courses.", "False", "True"),
    ("the shortest path in the following grid:\n* O X\nX O #\n", "right down right", "right right down"),
    ("the shortest path in the following grid:\n* X #\n", "infeasible", "right right"),
    (
        "Navigate from 's' (start) to 'g' (goal):\n```\n####\n#s.#\n##g#\n####\n```\nLegend: '#' = Wall, '.' = Passage",
        "2",
        "3",
    ),
    ("Vertices: [0, 1]\nEdges: [(0, 1)]\nPossible colors: [1, 2]", '{"0": 1, "1": 2}', '{"0": 1, "1": 1}'),
    (LINEAGE.format(*["Ada", "Dee"] * 5), "<ANSWER>3</ANSWER>", "<ANSWER>4</ANSWER>"),
    (LINEAGE.format(*["Dee", "Ed"] * 5), "2", "1"),
    (KIN, "<ANSWER>2</ANSWER>", "<ANSWER>3</ANSWER>"),
    ("Now, consider the following program:\n\nA# #B B# #B\n", "#B A#", "A# #B"),
    (
        "If there is a substring AB in the string, insert the character C after the substring.\n"
        "the characters according to the pattern: ABBAB",
        "ABCBABC",
        "ABCBAB",
    ),
    (PARTS, "1 0 1 1", "1 1 2 0"),
    (RULES, "a", "accb"),
    (
        "Consider the following BF (Brainf*ck) code. What would it output?\n\n++++++++[>++++++++<-]>+.\n\nOnly the output.",
        "A",
        "B",
    ),
    (
        "The empty jugs hold this many litres of water: A:3, B:5\nAnd your target is: 2 litres.",
        '["fill B", "pour B->A"]',
        '["fill A", "pour A->B"]',
    ),
    ("Start: 1 (red)\nTarget: 4\nButtons:\nA: Add 1 (when any)\nB: Multiply 2 (when green)\n", "A → B", "A → A → A"),
    (KNIGHTS, "No", '["w,A3,C2"]'),
    (
        "- a red top side\n- a blue bottom side\n- a green left side\n- a gold right side\n- a pink front side\n- a gray back side\n"
        "Now the cube is rotated to place its front side at the top.\nWhat is now the color of the bottom side of the cube?",
        "gray",
        "blue",
    ),
    (
        "tell me the number of possible solutions:\n - Statement 1: 'Exactly 1 of these 2 statements are true.'\n"
        " - Statement 2: 'At least 2 of these 2 statements are false.'\n",
        "1",
        "2",
    ),
    (
        "There are blocks.\nAs initial conditions I have that, the red block is clear, the hand is empty, the red block is on the table,"
        " the blue block is clear and the blue block is on the table.\nMy goal is to have that the red block is on top of the blue block.",
        "(pick-up red)\n(stack red blue)",
        "(pick-up red)\n(put-down red)",
    ),
]


@pytest.mark.parametrize(("question", "right", "wrong"), CASES, ids=[case[0][:40] for case in CASES])
def test_a_right_answer_stands_and_a_wrong_one_falls(question, right, wrong):
    said = check_puzzle(question, f"Let me think: 7.\n<answer>{right}</answer>")
    assert said.stands, said.evidence
    found = check_puzzle(question, f"<answer>{wrong}</answer>")
    assert found.falls, found.evidence
    assert found.evidence


def test_an_action_does_not_swallow_the_verb_of_the_next_line():
    question = (
        "There are blocks.\nAs initial conditions I have that, the red block is clear, the hand is empty, the red block is on "
        "top of the blue block and the blue block is on the table.\nMy goal is to have that the red block is on the table."
    )
    plan = "Unstack the red block from on top of the blue block\nPut down the red block"
    assert check_puzzle(question, f"<answer>{plan}</answer>").stands
    more = f"{plan}\nPick up the blue block\nStack the blue block on top of the red block"
    assert check_puzzle(question, f"<answer>{more}</answer>").stands


def test_a_question_that_is_no_puzzle_is_left_alone():
    assert check_puzzle("Why do bread and beer both need yeast?", "Because it makes gas.").unsure


def test_an_answer_outside_tags_is_found_in_a_fence_or_after_the_word():
    question = "Find the Greatest Common Divisor (GCD) of these numbers: 12, 18"
    assert check_puzzle(question, "12 = 2 · 6\n```\n6\n```").stands
    assert check_puzzle(question, "12 and 18 share 6.\nAnswer: 6").stands


def test_a_question_of_any_length_costs_little():
    assert check_puzzle("Calculate " + "( " * MAX_QUESTION_CHARS, "1").unsure


@pytest.mark.parametrize("question", [case[0] for case in CASES], ids=[case[0][:40] for case in CASES])
@given(answer=st.text(max_size=40))
def test_no_answer_makes_a_check_fail_with_an_error(question, answer):
    assert check_puzzle(question, answer).evidence


@given(question=st.text(max_size=200), answer=st.text(max_size=20))
def test_no_question_makes_a_check_fail_with_an_error(question, answer):
    assert check_puzzle(question, answer).evidence


def test_every_kind_says_what_it_holds():
    assert all(kind.__doc__ for kind in KINDS)
