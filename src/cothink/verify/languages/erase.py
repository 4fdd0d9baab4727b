"""TypeScript to JavaScript by leaving the types out: each is overwritten with spaces, so lines and columns stay.

What needs code to be made (enums, namespaces, parameter properties, decorators) is not erased but named: such a program
is not run. Node calls the same rule "erasable syntax only"; version 20 does not have it yet.
"""

from typing import Any

from cothink.verify.languages.grammars import parse, walk

WHOLE = frozenset(
    {
        *("type_annotation", "type_arguments", "type_parameters", "interface_declaration", "type_alias_declaration"),
        *("ambient_declaration", "implements_clause", "accessibility_modifier", "override_modifier"),
        *("function_signature", "abstract_method_signature", "asserts_annotation", "type_predicate_annotation"),
        *("method_signature", "index_signature"),
    }
)
MADE = {
    "enum_declaration": "an enum",
    "internal_module": "a namespace",
    "module": "a module",
    "decorator": "a decorator",
    "import_require_clause": "import = require",
    "export_assignment": "export =",
}
WORDS = frozenset({"abstract", "readonly", "declare"})
OF_TYPES = frozenset({"import_statement", "export_statement", "import_specifier", "export_specifier"})
TAILS = {"as_expression": "as", "satisfies_expression": "satisfies"}


def erase(code: str) -> tuple[str, tuple[str, ...]]:
    """Leave the types out.

    Returns:
        JavaScript, and what could not be erased, in words; with such, the text is not to be run.

    Raises:
        NotReady: The grammars are not installed.
    """
    data = bytearray(code.encode("utf-8", "surrogatepass"))
    kept: list[str] = []
    for node in walk(parse("typescript", code)):
        line = node.start_point[0] + 1
        if node.type in MADE:
            kept.append(f"line {line}: {MADE[node.type]}")
        elif node.type == "required_parameter" and _is_property(node):
            kept.append(f"line {line}: a parameter that is a property")
        for begin, end in _spans(node):
            _blank(data, begin, end)
    return data.decode("utf-8", "surrogatepass"), tuple(dict.fromkeys(kept))


def _spans(node: Any) -> list[tuple[int, int]]:
    """What of a node is type and nothing else."""
    if node.type in WHOLE and node.is_named:
        exported = node.parent is not None and node.parent.type == "export_statement"
        one = node.parent if exported else node
        return [(one.start_byte, one.end_byte)]
    if not node.is_named and node.type in WORDS:
        return [(node.start_byte, node.end_byte)]
    if node.type in TAILS:
        word = next((child for child in node.children if child.type == TAILS[node.type]), None)
        return [] if word is None else [(word.start_byte, node.end_byte)]
    if node.type in ("non_null_expression", "type_assertion"):
        sign = node.children[-1 if node.type == "non_null_expression" else 0]
        return [(sign.start_byte, sign.end_byte)]
    if node.type in ("optional_parameter", "public_field_definition", "method_definition", "variable_declarator"):
        return [(child.start_byte, child.end_byte) for child in node.children if child.type in ("?", "!")]
    if node.type in OF_TYPES and any(child.type == "type" for child in node.children):
        return [(node.start_byte, node.end_byte)]
    return _this(node) if node.type == "formal_parameters" else []


def _this(parameters: Any) -> list[tuple[int, int]]:
    """``this: Type`` as the first parameter, with its comma."""
    first = next((child for child in parameters.children if child.is_named), None)
    if first is None or not first.text.startswith(b"this"):
        return []
    after = first.next_sibling
    return [(first.start_byte, after.end_byte if after is not None and after.type == "," else first.end_byte)]


def _is_property(parameter: Any) -> bool:
    return any(child.type in ("accessibility_modifier", "readonly") for child in parameter.children)


def _blank(data: bytearray, begin: int, end: int) -> None:
    for at in range(begin, end):
        if data[at] not in b"\r\n":
            data[at] = 0x20
