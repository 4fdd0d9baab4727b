"""Finds where a program is likely slow, from its text: nested loops, slow idioms, recursion that repeats itself."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from cothink.verify.program.smells import Function, branch_count, own_nodes

LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LINEAR_METHODS = ("index", "count", "remove", "insert")
LINEAR_CALLS = ("sorted", "sum", "max", "min", "list", "set", "any", "all", "reversed")
MEMO = ("cache", "lru_cache", "memoize")


@dataclass(frozen=True, slots=True)
class HotSpot:
    """A function that may be slow.

    Args:
        name: The function.
        line: Where it begins.
        depth: Loops inside each other.
        branches: Its cyclomatic complexity.
        idioms: Slow idioms, each in words with its line.
        weight: The higher, the more is to be gained; 0 where nothing speaks for it.
    """

    name: str
    line: int
    depth: int
    branches: int
    idioms: tuple[str, ...]
    weight: float

    @property
    def words(self) -> str:
        """Why, in one line."""
        loops = f"{self.depth} loops inside each other" if self.depth > 1 else "one loop" if self.depth else "no loop"
        return "; ".join((loops, *self.idioms))


def hot_spots(code: str) -> tuple[HotSpot, ...]:
    """Every function at the top and every method, the slowest first.

    Raises:
        SyntaxError: The code does not parse.
    """
    found = [_spot(function) for function in functions(ast.parse(code))]
    return tuple(sorted(found, key=lambda spot: -spot.weight))


def functions(tree: ast.Module) -> Iterator[Function]:
    """The functions at the top of a module and the methods of its classes."""
    for node in tree.body:
        if isinstance(node, Function):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from (inner for inner in node.body if isinstance(inner, Function))


def _spot(function: Function) -> HotSpot:
    depth = loop_depth(function)
    idioms = tuple(dict.fromkeys(_idioms(function)))
    weight = max(0, depth - 1) * 2.0 + len(idioms) * 1.5
    return HotSpot(function.name, function.lineno, depth, branch_count(function), idioms, weight)


def loop_depth(node: ast.AST) -> int:
    """How many loops stand inside each other; a comprehension counts each of its ``for``."""
    inner = max((loop_depth(child) for child in ast.iter_child_nodes(node)), default=0)
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return inner + len(node.generators)
    return inner + isinstance(node, LOOPS)


def _idioms(function: Function) -> Iterator[str]:
    yield from _repeated_recursion(function)
    lists = _lists(function)
    for loop in ast.walk(function):
        if not isinstance(loop, LOOPS):
            continue
        for node in ast.walk(loop):
            if node is not loop:
                yield from _slow_inside(node, lists, loop)


def _slow_inside(node: ast.AST, lists: set[str], loop: ast.AST) -> Iterator[str]:
    """What costs a walk over the data in every turn of a loop."""
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
        target = node.comparators[0]
        if isinstance(target, ast.Name) and target.id in lists:
            yield f"line {node.lineno}: `in` searches the list {target.id!r} in every turn"
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name = node.func.attr
        if name == "pop" and node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0:
            yield f"line {node.lineno}: pop(0) moves the whole list in every turn"
        elif name in LINEAR_METHODS and isinstance(node.func.value, ast.Name) and node.func.value.id in lists:
            yield f"line {node.lineno}: .{name}() walks the list in every turn"
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in LINEAR_CALLS:
        if isinstance(loop, ast.For | ast.While) and node.args and isinstance(node.args[0], ast.Name | ast.Subscript):
            yield f"line {node.lineno}: {node.func.id}() walks its data in every turn"
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and isinstance(node.ctx, ast.Load):
        yield f"line {node.lineno}: a slice is copied in every turn"
    elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and isinstance(node.value, ast.JoinedStr):
        yield f"line {node.lineno}: text grows by += in every turn"


def _lists(function: Function) -> set[str]:
    """Names that hold lists, as far as the text says it: parameters of no other type, and what is made as one."""
    other = ("dict", "set", "frozenset", "Counter", "defaultdict", "str")
    names = {
        argument.arg
        for argument in function.args.args
        if argument.annotation is None or not any(kind in ast.unparse(argument.annotation) for kind in other)
    }
    for node in ast.walk(function):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        made = {target.id for target in targets if isinstance(target, ast.Name)}
        is_list = isinstance(node.value, ast.List | ast.ListComp) or (
            isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Name)
            and node.value.func.id in ("list", "sorted")
        )
        names = names | made if is_list else names - made
    return names


def _repeated_recursion(function: Function) -> Iterator[str]:
    """It calls itself twice or more on one path and keeps nothing of what it found."""
    if any(word in ast.unparse(decorator) for decorator in function.decorator_list for word in MEMO):
        return
    for node in own_nodes(function):
        calls = [
            inner
            for inner in ast.walk(node)
            if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id == function.name
        ]
        if isinstance(node, ast.Return | ast.Assign) and len(calls) > 1:
            yield f"line {node.lineno}: it calls itself {len(calls)} times and keeps no results"
            return
