"""What the text of a program makes suspect: names that nothing defines, unused parameters, paths without a result."""

import ast
import builtins
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef
BRANCHES = (ast.If, ast.For, ast.While, ast.Try, ast.IfExp, ast.BoolOp, ast.comprehension, ast.Match)
MODULE_NAMES = {"__name__", "__file__", "__doc__", "__builtins__", "__annotations__"}


@dataclass(frozen=True, slots=True)
class Smell:
    """One thing that is suspect: its name, where it stands, in words what it is."""

    name: str
    line: int
    words: str


def smells(code: str, entry_point: str | None) -> tuple[Smell, ...]:
    """Find what is suspect in a program that parses.

    Args:
        code: The program.
        entry_point: The function that is asked for; without it only the names of the module are looked at.

    Raises:
        SyntaxError: It does not parse.
    """
    tree = ast.parse(code)
    found = list(_undefined(tree))
    function = find_function(tree, entry_point)
    if function is not None:
        for look in (_unused_parameters, _missing_result, _endless_recursion, _unreachable, _stub, _reads_input):
            found += look(function)
    return tuple(found)


def find_function(tree: ast.Module, name: str | None) -> Function | None:
    """The last function of that name at the top of a module."""
    functions = [node for node in tree.body if isinstance(node, Function) and node.name == name]
    return functions[-1] if functions else None


def branch_count(node: ast.AST) -> int:
    """One more than the places where the program decides (cyclomatic complexity, McCabe 1976)."""
    return 1 + sum(isinstance(inner, BRANCHES) for inner in ast.walk(node))


def _undefined(tree: ast.Module) -> Iterator[Smell]:
    """Names that are read and that nothing in the whole program makes."""
    made = set(dir(builtins)) | MODULE_NAMES
    read: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            read.setdefault(node.id, node.lineno)
        elif isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            return
        else:
            made |= _made(node)
    for name, line in read.items():
        if name not in made:
            yield Smell("undefined name", line, f"{name!r} is used and defined nowhere")


def _made(node: ast.AST) -> set[str]:
    """The names that one node gives a value."""
    if isinstance(node, ast.Name):
        return {node.id}
    if isinstance(node, ast.arg):
        return {node.arg}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    if isinstance(node, ast.Global | ast.Nonlocal):
        return set(node.names)
    if isinstance(node, ast.MatchMapping):
        return {node.rest} if node.rest else set()
    name = getattr(node, "name", None)  # functions, classes, `except … as`, patterns
    return {name} if isinstance(name, str) else set()


def _unused_parameters(function: Function) -> Iterator[Smell]:
    used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    for argument in function.args.args:
        if argument.arg not in used and not argument.arg.startswith("_"):
            yield Smell("unused parameter", argument.lineno, f"the parameter {argument.arg!r} is not used")


def _missing_result(function: Function) -> Iterator[Smell]:
    """Some paths return a value and another falls off the end."""
    own = list(own_nodes(function))
    values = [node for node in own if isinstance(node, ast.Return) and node.value is not None]
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own):
        return
    if not values:
        yield Smell("no result", function.lineno, "it never returns a value")
    elif not _ends(function.body):
        yield Smell("path without a result", function.body[-1].lineno, "a path ends without a return")


def own_nodes(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions and classes inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def _ends(body: list[ast.stmt]) -> bool:
    """Whether every path through these statements returns, raises or loops for ever."""
    last = body[-1]
    if isinstance(last, ast.Return | ast.Raise):
        return True
    if isinstance(last, ast.If):
        return bool(last.orelse) and _ends(last.body) and _ends(last.orelse)
    if isinstance(last, ast.While):
        endless = isinstance(last.test, ast.Constant) and bool(last.test.value)
        return endless and not any(isinstance(node, ast.Break) for node in ast.walk(last))
    if isinstance(last, ast.Try):
        if last.finalbody and _ends(last.finalbody):
            return True
        handled = all(_ends(handler.body) for handler in last.handlers)
        return handled and _ends([*last.body, *last.orelse])
    if isinstance(last, ast.With | ast.AsyncWith):
        return _ends(last.body)
    if isinstance(last, ast.Match):
        return all(_ends(case.body) for case in last.cases) and any(
            isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and case.guard is None
            for case in last.cases
        )
    return False


def _endless_recursion(function: Function) -> Iterator[Smell]:
    calls = [
        node
        for node in own_nodes(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function.name
    ]
    decides = any(
        isinstance(node, ast.If | ast.IfExp | ast.BoolOp | ast.Match | ast.Try) for node in ast.walk(function)
    )
    if calls and not decides:
        yield Smell("recursion without an end", calls[0].lineno, "it calls itself and never decides to stop")


def _unreachable(function: Function) -> Iterator[Smell]:
    for node in ast.walk(function):
        for body in (getattr(node, "body", None), getattr(node, "orelse", None)):
            if not isinstance(body, list):
                continue
            for one, after in itertools.pairwise(body):
                if isinstance(one, ast.Return | ast.Raise | ast.Break | ast.Continue):
                    yield Smell("unreachable", after.lineno, "a statement that is never reached")
                    return


def _stub(function: Function) -> Iterator[Smell]:
    body = [node for node in function.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
    if all(isinstance(node, ast.Pass | ast.Raise) for node in body):
        yield Smell("empty body", function.lineno, "it has no body")
    elif len(body) == 1 and isinstance(body[0], ast.Return) and isinstance(body[0].value, ast.Constant):
        yield Smell("constant result", body[0].lineno, "it returns a constant")
    elif len(body) == 1 and isinstance(body[0], ast.Return) and isinstance(body[0].value, ast.Name):
        yield Smell("constant result", body[0].lineno, "it returns its argument as it came")


def _reads_input(function: Function) -> Iterator[Smell]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "input":
            yield Smell("reads standard input", node.lineno, "it waits for words from the keyboard")
            return
