"""What a syntax tree of any language shows: faults with their lines, functions, branches, loops inside each other.

One set of node names serves all grammars: they share habits, and a name that a grammar lacks costs nothing.
"""

from dataclasses import dataclass
from typing import Any

from cothink.verify.languages.grammars import parse, walk

FUNCTIONS = frozenset(
    {
        *("function_declaration", "function_definition", "function_item", "function_statement", "function_clause"),
        *(
            "method_declaration",
            "method_definition",
            "method",
            "singleton_method",
            "constructor_declaration",
            "function",
        ),
        *("subroutine_declaration_statement", "proc_declaration", "value_definition", "arrow_function", "func"),
        *("generator_function_declaration", "function_expression", "lambda_expression", "function_signature"),
    }
)
LOOPS = frozenset(
    {
        *(
            "for_statement",
            "while_statement",
            "do_statement",
            "for_in_statement",
            "enhanced_for_statement",
            "for",
            "while",
        ),
        *("for_range_loop", "foreach_statement", "for_expression", "while_expression", "loop_expression", "until"),
        *("repeat_statement", "repeat_while_statement", "do_while_statement", "loop_statement", "cstyle_for_statement"),
        *("do_loop_statement", "list_comprehension", "set_comprehension", "dictionary_comprehension"),
        *("generator_expression", "c_style_for_statement"),
    }
)
BRANCHES = LOOPS | {
    *("if_statement", "if_expression", "elif_clause", "else_if_clause", "conditional_expression", "ternary_expression"),
    *("case_statement", "switch_case", "case_clause", "match_arm", "match_case", "when_entry", "switch_entry", "when"),
    *("expression_case", "type_case", "switch_label", "case_item", "catch_clause", "except_clause", "rescue", "if"),
    *("guard_statement", "conditional", "alternative", "conditional_statement", "boolean_operator", "cr_clause"),
    *("if_clause", "switch_section", "switch_statement_case", "elsif", "unless"),
}
SHORT_CIRCUITS = frozenset({"&&", "||", "and", "or", "??"})
MOST_FAULTS = 5


@dataclass(frozen=True, slots=True)
class FunctionShape:
    """One function: its name, where it begins, its cyclomatic complexity and the loops inside each other."""

    name: str
    line: int
    branches: int
    depth: int


@dataclass(frozen=True, slots=True)
class Structure:
    """A program's shape.

    Args:
        faults: Places where it does not parse, in words.
        functions: In the order of the text.
        lines: Lines that are not empty.
        longest_line: In characters.
        indents: Whether both tabs and spaces begin lines.
    """

    faults: tuple[str, ...]
    functions: tuple[FunctionShape, ...]
    lines: int
    longest_line: int
    indents: bool


def structure(language: str, code: str) -> Structure:
    """Read a program.

    Raises:
        NotReady: The grammars are not installed.
    """
    root = parse(language, code)
    lines = [line for line in code.splitlines() if line.strip()]
    return Structure(
        faults=tuple(_faults(root)),
        functions=tuple(_shape(node) for node in walk(root) if node.type in FUNCTIONS and node.is_named),
        lines=len(lines),
        longest_line=max(map(len, lines), default=0),
        indents=len({line[0] for line in lines if line[0] in " \t"}) > 1,
    )


def _faults(root: Any) -> list[str]:
    if not root.has_error:
        return []
    found = []
    for node in walk(root):
        if node.is_missing:
            found.append(f"line {node.start_point[0] + 1}: {node.type!r} is missing")
        elif node.type == "ERROR":
            text = node.text.decode(errors="replace").split("\n")[0][:40]
            found.append(f"line {node.start_point[0] + 1}: {text!r} does not fit")
        if len(found) >= MOST_FAULTS:
            break
    return found or ["somewhere the text does not fit the language"]


def _shape(function: Any) -> FunctionShape:
    branches, deepest = 1, 0
    after = function.next_named_sibling  # Dart's bodies stand beside the head
    beside = [after] if after is not None and after.type == "function_body" else []
    waiting = [(child, 0) for child in (*function.children, *beside)]
    while waiting:
        node, depth = waiting.pop()
        if node.type in FUNCTIONS and node.is_named and node.type not in ("lambda_expression", "arrow_function"):
            continue
        is_whole = node.is_named and node.child_count > 0  # a keyword by itself is a node in some grammars
        is_loop = is_whole and node.type in LOOPS
        branches += (is_whole and node.type in BRANCHES) or (not node.is_named and node.type in SHORT_CIRCUITS)
        deepest = max(deepest, depth + is_loop)
        waiting += [(child, depth + is_loop) for child in node.children]
    return FunctionShape(_name(function), function.start_point[0] + 1, branches, deepest)


def _name(function: Any) -> str:
    """The name, which may stand in a declarator inside (C) or be that of the variable before it (arrow functions)."""
    named = function.child_by_field_name("name")
    for _ in range(4):
        if named is not None:
            break
        inner = function.child_by_field_name("declarator")
        if inner is None:
            break
        function, named = inner, inner.child_by_field_name("name")
        if named is None and inner.type.endswith("identifier"):
            named = inner
    if named is None and function.parent is not None and function.parent.type == "variable_declarator":
        named = function.parent.child_by_field_name("name")
    return named.text.decode(errors="replace")[:80] if named is not None else "(no name)"
