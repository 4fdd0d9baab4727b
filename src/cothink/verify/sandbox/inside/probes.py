"""Calls the program on made inputs and tells what came of each, without judging it."""

import ast
import copy
from collections.abc import Callable, Sequence
from typing import Any

from cothink.verify.sandbox.inside.peer import Gone, LeftByExit, Remote

SHOWN = 2000
TWICE = 8


def run(
    calls: Sequence[str],
    candidate: Callable[..., Any],
    tell: Callable[[dict[str, Any]], None],
    heard: Callable[[], str],
) -> None:
    """Call the candidate once for each input, the first few twice.

    Args:
        calls: Arguments of each call, as the text of a tuple.
        candidate: The program's function.
        tell: Takes what came of each call.
        heard: What the program printed since it was last asked.
    """
    for number, text in enumerate(calls):
        tell({"probing": number})
        tell({"probe": number, **_call(ast.literal_eval(text), candidate, heard, twice=number < TWICE)})


def _call(
    arguments: tuple[Any, ...], candidate: Callable[..., Any], heard: Callable[[], str], *, twice: bool
) -> dict[str, Any]:
    given = copy.deepcopy(arguments)
    heard()
    outcome = _outcome(candidate, given)
    outcome["printed"] = bool(heard().strip())
    outcome["changed"] = repr(given) != repr(arguments)
    if twice:
        again = _outcome(candidate, copy.deepcopy(arguments))
        outcome["again"] = (again["kind"], again["text"]) == (outcome["kind"], outcome["text"])
    return outcome


def _outcome(candidate: Callable[..., Any], given: tuple[Any, ...]) -> dict[str, Any]:
    try:
        value = candidate(*given)
    except Gone:
        raise
    except (Exception, LeftByExit) as error:  # noqa: BLE001 - whatever it raises is what came of the call
        return {"kind": "error", "type": type(error).__name__, "text": str(error)[:200]}
    if isinstance(value, Remote):
        return {"kind": "object", "type": object.__getattribute__(value, "_name"), "text": ""}
    return {"kind": "value", "type": type(value).__name__, "text": repr(value)[: SHOWN + 1]}
