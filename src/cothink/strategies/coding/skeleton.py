"""R1's program as a skeleton: which functions are holes, and how a filling is put in their place."""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cothink.verify.program.hot import HotSpot, hot_spots

LEAST_MARKED = 1.0
MARK = re.compile(r"#\s*HOLE\b[:\s]*(?:target:?\s*)?(?P<target>O\([^#\n]*\))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hole:
    """A function that the pro is to fill.

    Args:
        name: The function.
        source: Its straightforward version.
        target: The complexity that is wanted, where R1 named one.
        reason: Why it is performance-critical, in words.
        marked: R1 marked it itself.
    """

    name: str
    source: str
    target: str
    reason: str
    marked: bool


class Misfit(Exception):
    """A filling that does not fit; the text says why."""


def holes(code: str, *, most: int, least_weight: float) -> tuple[Hole, ...]:
    """The functions at the top of a program that are worth filling, the most performance-critical first.

    Args:
        code: A program that parses.
        most: How many at most.
        least_weight: Of the analysis, for a function that R1 did not mark.
    """
    spots = {spot.name: spot for spot in hot_spots(code)}
    found = []
    for function in _functions(code).values():
        source = ast.get_source_segment(code, function) or ""
        mark = MARK.search(source)
        spot = spots[function.name]
        # A mark where the analysis sees neither nested loops nor a slow idiom promises nothing: little is gained.
        if spot.weight < (least_weight if mark is None else LEAST_MARKED):
            continue
        target = (mark["target"] or "") if mark else ""
        found.append((_rank(spot, mark is not None), Hole(function.name, source, target, spot.words, mark is not None)))
    return tuple(hole for _, hole in sorted(found, key=lambda pair: -pair[0])[:most])


def filled(code: str, name: str, answer: str) -> str:
    """Put a filling in the place of a function.

    Args:
        code: The program.
        name: The function that is replaced.
        answer: Code with that function, its helpers and its imports.

    Raises:
        Misfit: The answer does not parse, lacks the function, or gives it other parameters.
    """
    try:
        new = ast.parse(answer)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Misfit(f"the filling does not parse: {error}") from None
    old = _functions(code)
    defined = {node.name: node for node in new.body if isinstance(node, ast.FunctionDef)}
    if name not in defined:
        raise Misfit(f"the filling does not define {name!r}")
    before, after = signature(old[name]), signature(defined[name])
    if before != after:
        raise Misfit(
            f"the models disagree on the signature of {name!r}: {before} in the skeleton, {after} in the filling"
        )
    lines = code.splitlines()
    own = old[name]
    first = min([own.lineno, *(decorator.lineno for decorator in own.decorator_list)]) - 1
    helpers = [node for other, node in defined.items() if other != name and other not in old]
    others = [node for node in new.body if isinstance(node, ast.Assign | ast.AnnAssign | ast.ClassDef)]
    parts = [_source(answer, node) for node in (*others, *helpers, defined[name])]
    body = [*lines[:first], *"\n\n\n".join(parts).splitlines(), *lines[own.end_lineno or first :]]
    return _with_imports("\n".join(body) + "\n", [_source(answer, node) for node in new.body if _is_import(node)])


def signature(function: ast.FunctionDef) -> str:
    """Names and order of the parameters; annotations and the values of defaults may differ."""
    arguments = function.args
    listed = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    stars = [f"*{arguments.vararg.arg}"] * bool(arguments.vararg) if arguments.vararg else []
    stars += [f"**{arguments.kwarg.arg}"] if arguments.kwarg else []
    return f"({', '.join([*listed, *stars])})"


def signature_of(code: str, name: str) -> str | None:
    """The signature of a function at the top of a program; None where there is none."""
    try:
        function = _functions(code).get(name)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return None if function is None else signature(function)


def context(code: str, name: str, most_chars: int) -> str:
    """What the pro needs beside the function: the rest of the module, with the bodies left out where it is long."""
    own = _functions(code)[name]
    lines = code.splitlines()
    rest = "\n".join([*lines[: own.lineno - 1], *lines[own.end_lineno or own.lineno :]]).strip()
    if len(rest) <= most_chars:
        return rest
    heads = [
        f"{line.rstrip()} ..." for line in rest.splitlines() if line.lstrip().startswith(("def ", "class ", "async "))
    ]
    return "\n".join(heads)[:most_chars]


def without_marks(code: str) -> str:
    """The program without the comments that mark holes."""
    return "\n".join(line for line in code.splitlines() if not MARK.fullmatch(line.strip())) + "\n"


def _rank(spot: HotSpot, marked: bool) -> float:
    return spot.weight + 3.0 * marked


def _functions(code: str) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)}


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _source(code: str, node: ast.stmt) -> str:
    """A statement's own text, its decorators included."""
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
    return "\n".join(code.splitlines()[first - 1 : node.end_lineno])


def _with_imports(code: str, wanted: Sequence[str]) -> str:
    """Add imports that are not there, below the docstring and the imports from ``__future__``."""
    missing = [line for line in dict.fromkeys(wanted) if line not in code]
    if not missing:
        return code
    tree = ast.parse(code)
    at = 0
    for node in tree.body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not is_text and not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            break
        at = node.end_lineno or 0
    lines = code.splitlines()
    return "\n".join([*lines[:at], *missing, *lines[at:]]) + "\n"
