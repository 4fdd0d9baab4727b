"""Compares answers that may be tuples, lists, sets, intervals, unions, matrices or relations, part by part."""

from collections.abc import Sequence

from cothink.verify.maths.relations import as_interval, same_relation
from cothink.verify.maths.same_value import same_value
from cothink.verify.maths.tree import Apply, Name, Node

MAX_PARTS = 20
_BRACKETS = frozenset({"[]", "[)", "(]", "()"})
CONTAINERS = frozenset({"tuple", "set", "list", "matrix", "row", "cup", "pm", "and", *_BRACKETS})
RELATIONS = frozenset({"=", "<", ">", "<=", ">=", "!="})


def same_answer(left: Node, right: Node) -> bool | None:
    """Compare two trees that may be containers or relations; None where it cannot be told."""
    heads = {node.head for node in (left, right) if isinstance(node, Apply)}
    if heads & (RELATIONS | {"and"}):
        return _compare_relations(left, right)
    if heads & CONTAINERS:
        return _compare_containers(left, right)
    infinities = [_infinity(node) for node in (left, right)]
    if any(infinities):
        return infinities[0] == infinities[1]
    if "base" in heads:
        return _compare_bases(left, right)
    return same_value(left, right)


def _compare_bases(left: Node, right: Node) -> bool | None:
    """`101_2` and `101` are the same where one leaves the base out."""
    for based, plain in ((left, right), (right, left)):
        if isinstance(based, Apply) and based.head == "base" and not isinstance(plain, Apply):
            return same_value(based.args[0], plain) or None
    return left == right or None


def _infinity(node: Node) -> int:
    if node == Name("inf"):
        return 1
    return -1 if isinstance(node, Apply) and node.head == "neg" and node.args[0] == Name("inf") else 0


def _compare_relations(left: Node, right: Node) -> bool | None:
    intervals = [as_interval(node) for node in (left, right)]
    if intervals[0] is not None and intervals[1] is not None:
        return _compare_containers(intervals[0], intervals[1])
    if isinstance(left, Apply) and isinstance(right, Apply) and left.head in RELATIONS and right.head in RELATIONS:
        return same_relation(left, right)
    for relation, value in ((left, right), (right, left)):
        if isinstance(relation, Apply) and relation.head == "=" and isinstance(relation.args[0], Name):
            return same_answer(relation.args[1], value)
    return None


def _compare_containers(left: Node, right: Node) -> bool | None:
    kinds = [_kind(node) for node in (left, right)]
    if kinds[0] == "unordered" or kinds[1] == "unordered":
        if "ordered" in kinds and "one" not in kinds:
            return _in_order(_parts(left), _parts(right)) or None
        return _as_sets(_parts(left), _parts(right))
    if kinds[0] != kinds[1]:
        return False
    if isinstance(left, Apply) and isinstance(right, Apply) and kinds[0] == "ordered":
        if _bracket(left) != _bracket(right):
            return False
        return _in_order(left.args, right.args)
    return None


def _bracket(node: Apply) -> str:
    return "()" if node.head == "tuple" else node.head


def _kind(node: Node) -> str:
    if not isinstance(node, Apply) or node.head not in CONTAINERS:
        return "one"
    return "unordered" if node.head in {"set", "list", "pm", "cup", "and"} else "ordered"


def _parts(node: Node) -> Sequence[Node]:
    """The members, with ± spread into its two values and unions flattened."""
    if not isinstance(node, Apply) or node.head not in {"set", "list", "pm", "cup", "and"}:
        return [node]
    if node.head == "pm":
        base, offset = node.args
        return [Apply("+", (base, offset)), Apply("+", (base, Apply("neg", (offset,))))]
    return [part for argument in node.args for part in _parts(argument)]


def _in_order(left: Sequence[Node], right: Sequence[Node]) -> bool | None:
    if len(left) != len(right):
        return False
    found = [same_answer(a, b) for a, b in zip(left, right, strict=True)]
    if False in found:
        return False
    return None if None in found else True


def _as_sets(left: Sequence[Node], right: Sequence[Node]) -> bool | None:
    if max(len(left), len(right)) > MAX_PARTS:
        return None
    for these, those in ((left, right), (right, left)):
        for member in these:
            found = [same_answer(member, other) for other in those]
            if True not in found:
                return None if None in found else False
    return True
