"""What a task says of the function that it asks for: parameters, types, calls that it shows. Text and syntax only."""

import ast
import re
from dataclasses import dataclass
from typing import Any

from cothink.verify.code_examples import Session

LONGEST = 4000
# What a parameter's name suggests where nothing else is known.
NAMES: tuple[tuple[str, str], ...] = (
    (r"^(n|k|m|x|y|a|b|c|i|j|num|number|count|size|index|shift|target|limit|year|age)\d?$", "int"),
    (r"^(s|txt|text|string|word|sentence|str\d?|message|name|file_name|date|brackets|pattern)\d?$", "str"),
    (r"^(arr|array|lst|list\d?|nums|numbers|l|xs|values|items|elements|operations|test_list)\d?$", "list"),
    (r"^(d|dict|dictionary|mapping)\d?$", "dict"),
)
RETURNS = re.compile(r"\b(?:returns?|outputs?|prints?)\s+(?:only\s+)?(?P<what>[^.\n]{0,80})", re.IGNORECASE)
RETURN_WORDS: tuple[tuple[str, str], ...] = (
    (r"\btuple\b", "tuple"),
    (r"\b(?:dict|dictionary)\b", "dict"),
    (r"\b(?:array|list)\b", "list"),
    (r"\b(?:true|false|boolean)\b", "bool"),
    (r"\b(?:string|text)\b", "str"),
    (r"\b(?:number of|count of|index|integer)\b", "int"),
)


@dataclass(frozen=True, slots=True)
class Shape:
    """A function as its task shows it.

    Args:
        parameters: Names in order; empty where no head is shown.
        types: A plain type's name for each parameter (``int``, ``str``, ``list`` …), empty where nothing says it.
        elements: The type of a list's elements by its annotation, empty where nothing says it.
        returns: The annotated type of the result, empty where nothing says it.
        calls: Arguments of the calls that the examples show, once each.
        results: Results that belong to them; what is no literal is left out with its call.
        prose: The task without code, in lower case.
        text: The task as it is.
    """

    parameters: tuple[str, ...]
    types: tuple[str, ...]
    elements: tuple[str, ...]
    returns: str
    calls: tuple[tuple[Any, ...], ...]
    results: tuple[Any, ...]
    prose: str
    text: str = ""


def shape(prompt: str, entry_point: str | None, sessions: tuple[Session, ...]) -> Shape:
    """Read a task.

    Args:
        prompt: Its text.
        entry_point: The function's name.
        sessions: Its examples, as `code_examples.examples` reads them.
    """
    head = _head(prompt, entry_point)
    calls, results = _calls(sessions, entry_point)
    prose = re.sub(r"\s+", " ", re.sub(r">>>.*", " ", prompt)).lower()
    if head is None:
        return Shape((), (), (), "", calls, results, prose, prompt)
    arguments = head.args.args
    annotations = [_type(argument.annotation) for argument in arguments]
    types = [kind or _suggested(argument.arg) for argument, (kind, _) in zip(arguments, annotations, strict=True)]
    return Shape(
        tuple(argument.arg for argument in arguments),
        tuple(types),
        tuple(element for _, element in annotations),
        _type(head.returns)[0],
        calls,
        results,
        prose,
        prompt,
    )


def told_type(prose: str) -> str:
    """The type that a text says is returned, by its first clear word; empty where it says none or several."""
    found = RETURNS.search(prose)
    if found is None:
        return ""
    kinds = {kind for words, kind in RETURN_WORDS if re.search(words, found["what"])}
    return kinds.pop() if len(kinds) == 1 else ""


def head_of(source: str, name: str) -> ast.FunctionDef | None:
    """The head of a function in a text that may end in the middle of its body."""
    match = re.search(rf"^def\s+{re.escape(name)}\s*\(", source, re.MULTILINE)
    if match is None:
        return None
    rest = source[match.start() : match.start() + LONGEST]
    for end in re.finditer(r":[ \t]*(?:#.*)?$", rest, re.MULTILINE):
        try:
            tree = ast.parse(f"{rest[: end.start()]}: pass")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        found = tree.body[0]
        return found if isinstance(found, ast.FunctionDef) else None
    return None


def _head(prompt: str, entry_point: str | None) -> ast.FunctionDef | None:
    return head_of(prompt, entry_point) if entry_point else None


def _type(annotation: ast.expr | None) -> tuple[str, str]:
    """The plain type that an annotation names, and that of its elements; empty for what is not plain."""
    if annotation is None:
        return "", ""
    text = ast.unparse(annotation).replace("typing.", "")
    outer, _, inner = text.partition("[")
    kind = outer.strip().lower()
    if kind not in ("int", "float", "str", "bool", "list", "dict", "tuple", "set"):
        return "", ""
    element = inner.removesuffix("]").strip().lower()
    return kind, element if element in ("int", "float", "str", "bool") else ""


def _suggested(name: str) -> str:
    return next((kind for pattern, kind in NAMES if re.match(pattern, name)), "")


def _calls(
    sessions: tuple[Session, ...], entry_point: str | None
) -> tuple[tuple[tuple[Any, ...], ...], tuple[Any, ...]]:
    """The literal calls of the examples with their literal results."""
    found: dict[str, tuple[tuple[Any, ...], Any]] = {}
    for step in (step for session in sessions for step in session if step.want is not None):
        try:
            call = ast.parse(step.source.strip(), mode="eval").body
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.keywords:
                continue
            if call.func.id != entry_point:
                continue
            arguments = tuple(ast.literal_eval(argument) for argument in call.args)
            found[repr(arguments)] = (arguments, ast.literal_eval((step.want or "").strip()))
        except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
            continue
    return tuple(call for call, _ in found.values()), tuple(result for _, result in found.values())
