"""What came of the made inputs, as findings in words and as counts for the score."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cothink.verify.program.inputs import Input
from cothink.verify.program.properties import Property, broken
from cothink.verify.program.relations import Relation
from cothink.verify.program.report import ProgramCheck

SLIPS = ("NameError", "UnboundLocalError")
INDEXING = ("IndexError", "KeyError", "ZeroDivisionError", "StatisticsError", "AttributeError")
# Broken on an input like the examples' own, these are faults; the others are doubts.
FIRM = frozenset(
    {
        "length",
        "same members",
        "palindrome",
        "format",
        "separators",
        "whole words",
        "annotated type",
        "whole word",
        "rotations",
    }
)
ALWAYS = frozenset(
    {"format", "separators", "whole words", "whole word", "length", "rotations"}
)  # broken on any input at all
UNREAD = object()


@dataclass(slots=True)
class Evidence:
    """Findings and counts of one program."""

    checks: list[ProgramCheck] = field(default_factory=list)
    counts: dict[str, float] = field(default_factory=dict)

    def count(self, name: str) -> None:
        """One more of a kind."""
        self.counts[name] = self.counts.get(name, 0.0) + 1.0

    def find(self, name: str, status: Any, detail: str) -> None:
        """Tell a finding, the first of its name only."""
        if all(check.name != name for check in self.checks):
            self.checks.append(ProgramCheck(name, status, detail))


def weigh(
    made: Sequence[Input],
    outcomes: Sequence[Mapping[str, Any]],
    promised: Sequence[Property],
    related: Sequence[tuple[Relation, int, int]],
    *,
    texts: str = "",
) -> Evidence:
    """Look at every outcome.

    Args:
        made: The inputs.
        outcomes: What came of them (`inside.probes`); fewer where the program hung or ended.
        promised: Properties of single results.
        related: Relations with the numbers of two inputs.
        texts: Which texts must not end in an IndexError: ``any`` (the task says what is returned otherwise), ``empty``
            (it excludes none), or none.
    """
    found = Evidence()
    values = {int(outcome["probe"]): _value(outcome) for outcome in outcomes}
    for outcome in outcomes:
        one = made[int(outcome["probe"])]
        if outcome["kind"] == "error":
            _weigh_error(found, one, outcome, texts)
        else:
            _weigh_value(found, one, outcome, values[int(outcome["probe"])], promised)
    for relation, first, second in related:
        if first in values and second in values and values[first] != values[second]:
            _break(found, relation.name, relation.words, made[second], values[second])
    _weigh_kinds(found, made, outcomes)
    found.counts["tried"] = float(len(outcomes))
    found.counts["cut"] = float(len(outcomes) < len(made))
    return found


def _value(outcome: Mapping[str, Any]) -> Any:
    if outcome["kind"] != "value":
        return UNREAD
    try:
        return ast.literal_eval(outcome["text"])
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return UNREAD


def _weigh_error(found: Evidence, one: Input, outcome: Mapping[str, Any], texts: str) -> None:
    kind = outcome["type"]
    words = f"{_shown(one)} raised {kind}: {outcome['text']}"
    found.count(f"error {one.kind}")
    if kind in SLIPS:
        found.count("slip")
        found.find(f"made inputs: {kind}", "fail", words)
    elif kind in INDEXING:
        found.count(f"indexing {one.kind}")
        is_text = texts == "any" and any(isinstance(given, str) for given in one.arguments)
        is_fault = kind == "IndexError" and (is_text or (texts != "" and one.arguments == ("",)))
        found.find(f"made inputs: {kind}", "fail" if is_fault else "doubt", words)
    elif kind in ("RecursionError", "MemoryError"):
        found.count(f"resources {one.kind}")
        found.find(f"made inputs: {kind}", "doubt", words)
    elif one.kind != "edge":
        found.find(f"made inputs: {kind}", "doubt", words)


def _weigh_value(
    found: Evidence, one: Input, outcome: Mapping[str, Any], value: Any, promised: Sequence[Property]
) -> None:
    if outcome.get("again") is False:
        found.count("differs")
        found.find("same result twice", "doubt", f"{_shown(one)} gave two different results")
    if outcome["changed"]:
        found.count("changed")
        found.find("input left alone", "doubt", f"{_shown(one)} changed its own argument")
    found.counts["printed"] = max(found.counts.get("printed", 0.0), float(outcome["printed"]))
    if outcome["kind"] == "object":
        found.count("object")
        return
    if value is UNREAD:
        return
    for promise in promised:
        if broken(promise, one.arguments, value):
            _break(found, promise.name, promise.words, one, value)


def _break(found: Evidence, name: str, words: str, one: Input, value: Any) -> None:
    firm = name in FIRM
    found.count(f"broken {'firm' if firm else 'loose'} {'edge' if one.kind == 'edge' else 'near'}")
    found.counts[f"promise {name}"] = 1.0
    is_fault = firm and (one.kind != "edge" or name in ALWAYS)
    detail = f"the task says “{words.strip()}”, and {_shown(one)} gave {repr(value)[:120]}"
    found.find(f"promise: {name}", "fail" if is_fault else "doubt", detail)


def _weigh_kinds(found: Evidence, made: Sequence[Input], outcomes: Sequence[Mapping[str, Any]]) -> None:
    """Results of several types, where numbers count as one."""
    kinds = {
        "number" if outcome["type"] in ("int", "float") else outcome["type"]
        for outcome in outcomes
        if outcome["kind"] == "value" and made[int(outcome["probe"])].kind != "edge"
    }
    if len(kinds) > 1:
        found.counts["mixed"] = 1.0
        found.find("one type of result", "doubt", f"results are of the types {', '.join(sorted(kinds))}")
    if "NoneType" in kinds and len(kinds) > 1:
        found.counts["none among others"] = 1.0


def _shown(one: Input) -> str:
    text = ", ".join(repr(argument) for argument in one.arguments)
    return f"({text if len(text) <= 120 else text[:117] + '…'})"
