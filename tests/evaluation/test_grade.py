import pytest

from cothink.core.errors import NotReady
from cothink.evaluation.code_tasks import CodeTask
from cothink.evaluation.grade import grade, same_answer
from cothink.evaluation.retention import conversations
from cothink.evaluation.sets.task import Task


async def is_right(kind, truth, answer, **more):
    truths = truth if isinstance(truth, tuple) else (truth,)
    return (await grade(Task("s", "t", ("?",), kind, truths, **more), [answer])).right


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("Answer: 18", True),
        ("She has $18.00 left.\nAnswer: $18.00", True),
        ("#### 18", True),
        ("The answer is 9 * 2 = 18 dollars (for 3 days).", True),
        ("So 18.", True),
        ("Answer: 1,018", False),
        ("Answer: 180", False),
        ("Answer: -18", False),
        ("", False),
        ("I cannot say.", False),
    ],
)
async def test_a_number_is_the_last_of_the_final_answer(answer, right):
    assert await is_right("number", "18", answer) is right


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("\\boxed{\\frac{1}{2}}", True),
        ("\\boxed{0.5}", True),
        ("The answer is \\(\\dfrac12\\)", True),
        ("\\boxed{Answer: 1/2}", True),
        ('```json\n{"reasoning": "It is 3", "answer": "\\\\frac{1}{2}"}\n```', True),
        ('{"answer": 0.5}', True),
        ("\\boxed{2}", False),
        ("\\boxed{", False),
    ],
)
async def test_maths_is_equal_by_value(answer, right):
    assert await is_right("maths", "\\frac{1}{2}", answer) is right


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("Answer: B", True),
        ("Answer: (B)", True),
        ("**B**", True),
        ("B. otter", True),
        ("The answer is (B) otter.", True),
        ("I think that A and C are wrong.\n\nB", True),
        ("Answer: otter", True),
        ("Answer: A", False),
        ("A mammal is what it is, I would say, and nobody knows more than that about it.", False),
        ("Answer: E", False),
    ],
)
async def test_a_choice_is_its_letter_or_its_words(answer, right):
    assert await is_right("choice", "B", answer, choices=("trout", "otter", "heron")) is right


@pytest.mark.parametrize(
    ("kind", "truth", "answer", "right"),
    [
        ("exact", "Oslo", "Answer: oslo.", True),
        ("exact", ("yes", "yeah"), "Yeah", True),
        ("exact", "Oslo", "It is Oslo, I think", False),
        ("exact", "5", "<answer>5.0</answer>", True),
        ("contained", "Oslo", "It is Oslo, I think", True),
        ("contained", "Oslo", "Osloer", False),
        ("contained", "1200", "There are 1,200 seats", True),
        ("literal", "[2, 1]", "Answer: [2,1]", True),
        ("literal", "'a'", 'assert f(1) == "a"', True),
        ("literal", "True", "Answer: 1", False),
        ("literal", "[1]", "[ANSWER][True][/ANSWER]", False),
        ("literal", "{'a': 1}", "```python\n{'a': 1}\n```", True),
        ("literal", "1", "Answer: " + "(" * 5000, False),
        ("puzzle", (), "4", None),
    ],
)
async def test_other_kinds(kind, truth, answer, right):
    assert await is_right(kind, truth, answer) is right


async def test_a_puzzle_is_judged_by_its_question():
    question = "How many 1 bits are there in the binary representation of the number 7?"
    task = Task("s", "t", (question,), "puzzle")
    assert [(await grade(task, [answer])).right for answer in ("3", "2")] == [True, False]


BLOCKS = (
    "I am playing with blocks.\nAs initial conditions I have that, the red block is clear, the hand is empty, the red "
    "block is on top of the blue block and the blue block is on the table.\nMy goal is to have that the red block is "
    "on the table."
)


@pytest.mark.parametrize(
    ("plan", "right"),
    [
        ("(unstack red blue)\n(put-down red)", True),
        (
            "The plan:\n\n1. **Unstack** the red block from the blue block.\n2. **Put down** the red block.\n\nDone.",
            True,
        ),
        ("1. pickup red\n2. putdown red\n\nOr rather:\n1. unstack red from blue\n2. putdown red", True),
        ("1. Pick up the blue block.", False),
        ("I would lift the red one off.", None),
    ],
)
async def test_a_plan_is_played_through_with_or_without_numbers(plan, right):
    assert (await grade(Task("s", "t", (BLOCKS,), "puzzle"), [plan])).right is right


async def test_a_conversation_counts_each_fact_and_takes_the_correction():
    (task,) = conversations(1, turns=9, seed=3)
    replies = [""] * 9
    for fact in task.facts:
        replies[fact.asked] = f"It is {fact.truth.upper()}."
    whole = await grade(task, replies)
    assert (whole.right, whole.score, whole.recalled) == (True, 1.0, (True, True, True))
    changed = next(fact for fact in task.facts if fact.was)
    replies[changed.asked] = f"It is {changed.was}."
    part = await grade(task, replies)
    assert (part.right, part.score) == (False, pytest.approx(2 / 3))
    assert part.why == f"lost: {changed.name}"


async def test_programs_need_the_sandbox():
    code = CodeTask("humaneval", "x", "def f(): ...", "f", "", "", None, None, frozenset())
    with pytest.raises(NotReady, match="sandbox"):
        await grade(Task("s", "t", ("?",), "code", code=code), ["def f(): pass"])


def test_a_vote_joins_what_is_the_same_under_its_kind():
    assert same_answer("0.5", "1/2", "maths")
    assert same_answer("b", "B", "choice")
    assert not same_answer("True", "1", "literal")
