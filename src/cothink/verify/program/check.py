"""Judges one program against its task without a reference: examples, tests, made inputs, promises, a learned score."""

import ast
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cothink.core.errors import BadRequest
from cothink.verify import code_blocks, code_examples, code_session
from cothink.verify.code_report import GROUNDWORK, CodeCheck
from cothink.verify.code_session import Outcome
from cothink.verify.program.evidence import Evidence, weigh
from cothink.verify.program.inputs import MOST, Input, inputs
from cothink.verify.program.properties import properties
from cothink.verify.program.relations import Relation, relations, round_trips
from cothink.verify.program.report import ProgramCheck, ProgramReport, Word, listed
from cothink.verify.program.score import Weights, features, score, shipped
from cothink.verify.program.shape import Shape, shape
from cothink.verify.program.smells import Smell, branch_count, find_function, smells
from cothink.verify.sandbox.config import Limits
from cothink.verify.sandbox.sandbox import Sandbox

HARD_SMELLS = (
    "undefined name",
    "empty body",
    "recursion without an end",
    "constant result",
    "ignores capitals",
    "float for whole",
)
NOT_EMPTY = re.compile(r"non-?empty|not empty|at least one|not be empty")
ABOUT_LETTERS = re.compile(r"case|lower|upper|capital|vowel|consonant|alphabet|letter")
FAILED_AT_MOST = 0.3  # an example of a task may itself be wrong, so a failed one is no proof


@dataclass(frozen=True, slots=True)
class Task:
    """What was asked.

    Args:
        prompt: In words, or as the head of a function.
        entry_point: The function's name; None where only doctests and tests say what is called.
        tests: Test code, see `code.check_code`.
    """

    prompt: str
    entry_point: str | None = None
    tests: str | None = None

    def __post_init__(self) -> None:
        if self.entry_point is not None and not self.entry_point.isidentifier():
            raise BadRequest(f"entry_point is {self.entry_point!r}; a name of Python is needed", param="entry_point")


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found of a program before it is judged: the input of the score and of its training."""

    checks: tuple[ProgramCheck, ...]
    features: Mapping[str, float]
    compared: int
    code: str
    wall_s: float = 0.0


async def check_program(
    task: Task,
    program: str,
    *,
    sandbox: Sandbox,
    limits: Limits | None = None,
    weights: Weights | None = None,
) -> ProgramReport:
    """Judge a program.

    Args:
        task: What was asked.
        program: The answer: Markdown or bare code.
        sandbox: Where it runs.
        limits: For one run; None is the sandbox's own.
        weights: Of the score; None is what comes with the package.

    Raises:
        NotReady: The sandbox cannot run programs here.
    """
    found = await look(task, program, sandbox=sandbox, limits=limits)
    return judge(task, found, weights or shipped())


async def look(task: Task, program: str, *, sandbox: Sandbox, limits: Limits | None = None) -> Findings:
    """Make every check; see `check_program`."""
    block = code_blocks.program(program, task.entry_point)
    if block.language and block.language not in code_blocks.PYTHON_NAMES:
        check = ProgramCheck("syntax", "not_run", f"{block.language} is not judged here, only Python is")
        return Findings((check,), {}, 0, block.code)
    code = code_blocks.completed(task.prompt, block.code, task.entry_point)
    fault = code_blocks.parse_fault(code)
    if fault is not None:
        return Findings((ProgramCheck("syntax", "fail", f"the program does not parse: {fault}"),), {}, 0, code)
    sessions = code_examples.examples(task.prompt, task.entry_point)
    told = shape(task.prompt, task.entry_point, sessions)
    made, related = _made(told)
    work = {
        "sessions": [
            [asdict(step) for step in one] for one in (*sessions, *round_trips(task.prompt, task.entry_point))
        ],
        "tests": task.tests,
        "entry_point": task.entry_point,
        "probes": [repr(one.arguments) for one in made],
    }
    outcome = await code_session.hold(sandbox, code, work, limits or sandbox.config.limits)
    seen = weigh(made, outcome.probes, properties(told), related, texts=_texts(told))
    return _gather(task, told, code, outcome, seen)


def judge(task: Task, found: Findings, weights: Weights) -> ProgramReport:
    """Come from findings to a verdict."""
    failed = any(check.status == "fail" for check in found.checks)
    chance = score(found.features, weights) if found.features else 0.02 if failed else 0.5
    verdict: Word = "fail" if failed or chance < weights.refuse_below else "pass" if found.compared else "unsure"
    chance = min(chance, FAILED_AT_MOST) if failed else chance
    return ProgramReport(
        verdict=verdict,
        score=round(chance, 4),
        checks=found.checks,
        not_covered=_not_covered(task, found),
        program=found.code,
        wall_s=round(found.wall_s, 4),
    )


def _made(told: Shape) -> tuple[list[Input], list[tuple[Relation, int, int]]]:
    """The inputs, and the pairs of them that a relation joins."""
    made = list(inputs(told))
    places = {repr(one.arguments): at for at, one in enumerate(made)}
    related = []
    valid = [one.arguments for one in made if one.kind != "edge"]
    for relation in relations(told):
        for arguments in valid:
            pair = relation.pair(arguments)
            if pair is None or len(made) >= 2 * MOST:
                continue
            for one in pair:
                if repr(one) not in places:
                    places[repr(one)] = len(made)
                    made.append(Input(one, "edge"))
            related.append((relation, places[repr(pair[0])], places[repr(pair[1])]))
    return made, related


def _texts(told: Shape) -> str:
    """Which texts a program must bear, by the task's words; see `evidence.weigh`."""
    if NOT_EMPTY.search(told.prose):
        return ""
    return "any" if "otherwise" in told.prose else "empty"


def _gather(task: Task, told: Shape, code: str, outcome: Outcome, seen: Evidence) -> Findings:
    compared = [check for check in outcome.checks if check.name not in GROUNDWORK and check.status in ("pass", "fail")]
    passed = sum(check.status == "pass" for check in compared)
    found = [*smells(code, task.entry_point), *_by_words(code, told, task.entry_point)]
    function = find_function(ast.parse(code), task.entry_point)
    told_features = features(
        seen.counts, passed, len(compared) - passed, Counter(smell.name for smell in found), _branches(function)
    )
    checks = (
        CodeCheck("syntax", "pass", "the program parses"),
        *outcome.checks,
    )
    return Findings(
        (*map(listed, checks), *map(_smelled, found), *seen.checks, *_tried(seen)),
        told_features,
        passed,
        code,
        outcome.candidate.wall_s,
    )


def _branches(function: ast.AST | None) -> int:
    return 0 if function is None else branch_count(function)


def _by_words(code: str, told: Shape, entry_point: str | None) -> Sequence[Smell]:
    """Smells that only the task's words make suspect."""
    function = find_function(ast.parse(code), entry_point)
    if function is None:
        return ()
    calls = {
        node.func.attr
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    found = []
    if calls & {"lower", "casefold"} and not ABOUT_LETTERS.search(told.prose):
        found.append(
            Smell("ignores capitals", function.lineno, "it makes letters small, and the task says nothing of it")
        )
    divides = any(isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) for node in ast.walk(function))
    if "is_integer" in calls and divides:
        found.append(Smell("float for whole", function.lineno, "it decides by floats whether a number is whole"))
    return found


def _smelled(smell: Smell) -> ProgramCheck:
    status: Any = "fail" if smell.name in HARD_SMELLS else "doubt"
    return ProgramCheck(f"text: {smell.name}", status, f"line {smell.line}: {smell.words}")


def _tried(seen: Evidence) -> list[ProgramCheck]:
    tried = int(seen.counts.get("tried", 0))
    return [ProgramCheck("inputs tried", "pass", f"{tried} made inputs")] if tried else []


def _not_covered(task: Task, found: Findings) -> tuple[str, ...]:
    """What nobody looked at, for the report."""
    words = []
    if not found.compared:
        words.append("no example and no test says what it should compute")
    if task.tests is None:
        words.append("no tests were given")
    if not any(check.name == "inputs tried" for check in found.checks):
        words.append("no inputs could be made from the task")
    return (*words, *(f"{check.name}: {check.detail}" for check in found.checks if check.status == "not_run"))
