"""Tests that the models propose, and which of them are kept: dual execution agreement.

A test counts where both models propose it, or where it belongs to the largest agreement of programs and tests.
Source: B. Chen et al., CodeT: code generation with generated tests, arXiv 2207.10397 (2022).
"""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cothink.verify.program.inputs import Input
from cothink.verify.sandbox.inside.compare import same

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposed test: literal arguments and the literal result, and who proposed it."""

    arguments: tuple[Any, ...]
    want: Any
    by: frozenset[str]

    @property
    def key(self) -> str:
        """Its arguments as text."""
        return repr(self.arguments)

    def line(self, name: str) -> str:
        """It as an assert."""
        return f"assert {name}({', '.join(map(repr, self.arguments))}) == {self.want!r}"


def read(text: str, name: str, by: str, most: int) -> list[Proposal]:
    """The tests of an answer: lines ``assert f(literals) == literal``; everything else is left out."""
    found = []
    for line in text.splitlines():
        proposal = _line(line.strip(), name, by) if len(line) <= LONGEST else None
        if proposal is not None:
            found.append(proposal)
    return found[:most]


def merged(proposals: Sequence[Proposal]) -> list[Proposal]:
    """The same test of two models is one with two names; two results for one call contradict each other: neither."""
    found: dict[str, Proposal] = {}
    doubted = set()
    for one in proposals:
        other = found.get(one.key)
        if other is None:
            found[one.key] = one
        elif same(one.want, other.want):
            found[one.key] = Proposal(other.arguments, other.want, other.by | one.by)
        elif one.by != other.by:
            doubted.add(one.key)
    return [one for key, one in found.items() if key not in doubted]


def kept(
    proposals: Sequence[Proposal], outcomes: Sequence[Sequence[Mapping[str, Any]]], known: Mapping[str, Any]
) -> list[Proposal]:
    """The proposals that are used.

    Args:
        proposals: From `merged`.
        outcomes: For each candidate program, what it gave for each proposal's arguments (`inside.probes`).
        known: Results that the task's own examples show, by the text of their arguments; they overrule a proposal.
    """
    usable = [one for one in proposals if one.key not in known]
    passed = [_passed(usable, proposals, results) for results in outcomes]
    groups: dict[frozenset[str], int] = {}
    for keys in passed:
        groups[keys] = groups.get(keys, 0) + 1
    best = max(groups, key=lambda keys: (groups[keys] * len(keys), len(keys)), default=frozenset())
    agreed = groups.get(best, 0) > 1
    return [one for one in usable if len(one.by) > 1 or (agreed and one.key in best)]


def inputs_of(proposals: Sequence[Proposal]) -> list[Input]:
    """The arguments of the proposals as inputs to be run."""
    return [Input(one.arguments, "shown") for one in proposals]


def _passed(
    usable: Sequence[Proposal], all_of_them: Sequence[Proposal], results: Sequence[Mapping[str, Any]]
) -> frozenset[str]:
    by_number = {int(result["probe"]): result for result in results}
    numbers = {one.key: number for number, one in enumerate(all_of_them)}
    return frozenset(one.key for one in usable if gave(by_number.get(numbers[one.key]), one.want))


def gave(result: Mapping[str, Any] | None, want: Any) -> bool:
    """Whether a call (`inside.probes`) came to a result."""
    if result is None or result["kind"] != "value":
        return False
    try:
        return same(ast.literal_eval(result["text"]), want)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False


def _line(line: str, name: str, by: str) -> Proposal | None:
    try:
        (statement,) = ast.parse(line).body
        if not isinstance(statement, ast.Assert):
            return None
        test: ast.expr = statement.test
        want = "True"
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test, want = test.operand, "False"
        if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq | ast.Is):
            want = ast.unparse(test.comparators[0])
            test = test.left
        if (
            not isinstance(test, ast.Call)
            or test.keywords
            or not isinstance(test.func, ast.Name)
            or test.func.id != name
        ):
            return None
        return Proposal(tuple(map(ast.literal_eval, test.args)), ast.literal_eval(want), frozenset({by}))
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None
