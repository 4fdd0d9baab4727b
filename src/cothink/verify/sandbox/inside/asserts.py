"""Makes a failing assert say what was expected and what came."""

import ast
from typing import Any

from cothink.verify.sandbox.inside.examples import shorten

SIGNS = {ast.Eq: "==", ast.NotEq: "!=", ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in"}
SIGNS |= {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
EXPLAIN, LEFT, RIGHT = "_explain_", "_left_", "_right_"


class Explained(ast.NodeTransformer):
    """Rewrites asserts so that a failing one says what was expected and what came."""

    def visit_Assert(self, node: ast.Assert) -> ast.Assert:
        """Keep both sides of a comparison for the message."""
        test = node.test
        text = ast.Constant(shorten(ast.unparse(test)))
        message = node.msg or ast.Constant(None)
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            left = ast.NamedExpr(ast.Name(LEFT, ast.Store()), test.left)
            right = ast.NamedExpr(ast.Name(RIGHT, ast.Store()), test.comparators[0])
            sides = [ast.Constant(SIGNS[type(test.ops[0])]), ast.Name(LEFT, ast.Load()), ast.Name(RIGHT, ast.Load())]
            node.test = ast.Compare(left, test.ops, [right])
        else:
            sides = []
        node.msg = ast.Call(ast.Name(EXPLAIN, ast.Load()), [text, message, *sides], [])
        return node


def explain(text: str, message: Any, sign: str = "", left: Any = None, right: Any = None) -> str:
    """The words for a failing assert."""
    if not sign:
        words = f"{text}: not true"
    elif sign == "==":
        words = f"{text}: expected {shorten(repr(right))}, got {shorten(repr(left))}"
    else:
        words = f"{text}: {shorten(repr(left))} {sign} {shorten(repr(right))} does not hold"
    return words if message is None else f"{words} ({shorten(str(message))})"
