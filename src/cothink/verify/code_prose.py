"""Reads examples outside doctests: ``f(3) -> 6``, "f(3) returns 6", "Input: … Output: …", values named before a result.

Task texts are written by people: names are mistaken, quotes left out, steps shown. What is not clear is left out.
"""

import ast
import builtins
import re
from collections.abc import Iterator

from cothink.verify.code_literals import LONGEST_LITERAL, bracket_end, first_literal, is_literal

Example = tuple[str, str]
LINK = re.compile(
    r"""\s*[`'"]?\s*(?:
        (?:\#\s*)?(?:==?>|-+>|→|➞|⇒|⟶|===?|==|=)\s*(?:returns?\b)? |
        (?:\#\s*)?(?:should|must|will|would|shall)?\s*
          (?:returns?|return|gives?|outputs?|produces?|evaluates\s+to|yields?)\b
          (?:\s+(?:the\s+)?(?:value|result|list|string|number|integer|tuple|array))?\s*:? |
        (?:\#\s*)?(?:should|must)\s+be\b | (?:\#|,)\s*(?:output|result|returns)\s*:?
    )\s*[`]?\s*""",
    re.VERBOSE | re.IGNORECASE,
)
GIVEN = re.compile(r"^\W*(?:sample\s+|example\s+)?input\W*?[:=][\s*_]*(?P<given>.+?)\s*$", re.IGNORECASE)
RESULT = re.compile(r"^\W*(?:sample\s+|example\s+|expected\s+)?output\W*?[:=][\s*_`]*(?P<result>.*)$", re.IGNORECASE)
FOR = re.compile(
    r"\bfor\s+(?P<given>\w+\s*=\s*.+?),?\s+(?:the\s+)?(?:output|result|answer|function)\b(?P<rest>.*)$", re.IGNORECASE
)
ASIDE = re.compile(r",\s+(?:the|its|we|this|there)\b.*$", re.IGNORECASE)  # "N = 150, the sum of digits will be 6"
BE = re.compile(r".{0,30}?\b(?:be|is|returns?)\b\s*:?\s*", re.IGNORECASE)
NAMED = re.compile(r"^\s*(?P<name>[A-Za-z_]\w*)\s*(?:[:=]\s*(?=\S)|(?=\[))(?P<value>.+?)\s*$")
ENDS = re.compile(r"^\s*(?:=>\s*)?(?:return|returns|result|output|answer)\s*[:=]?\s*(?P<result>\S.*)$", re.IGNORECASE)
CALL = re.compile(r"(?<![\w.])([A-Za-z_]\w*)\s*(?=\()")
BARE = re.compile(r"^\(\s*[a-z]+(?:\s*,\s*[a-z]+)*\s*\)$")


def prose_examples(text: str, entry_point: str) -> list[Example]:
    """Calls with the literal that they should return, in the order of the text.

    Args:
        text: The task without its doctests.
        entry_point: The function's name.
    """
    found = list(_calls(text, entry_point, entry_point))
    if not found:
        found = list(_misnamed(text, entry_point)) or list(_bare(text, entry_point))
    pairs = list(_pairs(text, entry_point))
    return found + pairs or list(_named_values(text, entry_point))


def _calls(text: str, name: str, entry_point: str) -> Iterator[Example]:
    """Calls with literal arguments joined to a literal."""
    # "f(1) = 3" beside "f(n) = …" is part of a definition, often a recursive one, and no example; a list is one.
    defined = re.search(rf"\b{re.escape(name)}\([^()'\"\[\]]*[a-z][^()'\"\[\]]*\)\s*=(?![=>])", text) is not None
    for call in re.finditer(rf"(?<![\w.]){re.escape(name)}\s*(?=\()", text):
        end = bracket_end(text[call.end() :])
        if end is None:
            continue
        arguments = text[call.end() : call.end() + end]
        if not _is_literal_call(f"f{arguments}"):
            continue
        source = f"{entry_point}{arguments}"
        link = LINK.match(text, call.end() + end)
        want = first_literal(text[link.end() : link.end() + LONGEST_LITERAL]) if link else None
        if link and defined and link[0].strip() == "=" and (want is None or want[0] not in "[{('\""):
            continue
        if want is not None:
            yield source, want
        elif re.search(r"\bassert\s+(?P<no>not\s+)?$", text[: call.start()]) and not link:
            wanted = "False" if re.search(r"\bassert\s+not\s+$", text[: call.start()]) else "True"
            yield f"bool({source})", wanted


def _misnamed(text: str, entry_point: str) -> Iterator[Example]:
    """Calls of a name that the task defines nowhere, with as many arguments as the function has: it is meant."""
    count = parameter_count(text, entry_point)
    if count is None:
        return
    names = {call[1] for call in CALL.finditer(text)}
    unknown = [
        name
        for name in sorted(names)
        if name != entry_point and not hasattr(builtins, name) and not re.search(rf"\b(?:def|class)\s+{name}\b", text)
    ]
    examples = {name: list(_calls(text, name, entry_point)) for name in unknown}
    fitting = [
        listed
        for listed in examples.values()
        if listed and all(_argument_count(source) == count for source, _ in listed)
    ]
    if len(fitting) == 1:
        yield from fitting[0]


def _bare(text: str, entry_point: str) -> Iterator[Example]:
    """``f(abcd) => True``: several different words in place of arguments are texts whose quotes were left out."""
    found = []
    for call in re.finditer(rf"(?<![\w.]){re.escape(entry_point)}\s*(?=\()", text):
        end = bracket_end(text[call.end() :])
        arguments = text[call.end() : call.end() + (end or 0)]
        if end is None or not BARE.match(arguments):
            continue
        link = LINK.match(text, call.end() + end)
        want = first_literal(text[link.end() : link.end() + LONGEST_LITERAL]) if link else None
        if want is not None and "def" not in text[max(0, call.start() - 5) : call.start()]:
            quoted = ", ".join(repr(word) for word in re.findall(r"[a-z]+", arguments))
            found.append((f"{entry_point}({quoted})", want))
    if len({source for source, _ in found}) > 1:
        yield from found


def _is_literal_call(source: str) -> bool:
    """Every argument is a literal, so that the call means the same anywhere."""
    try:
        call = ast.parse(source.strip(), mode="eval").body
        if not isinstance(call, ast.Call):
            return False
        for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
            ast.literal_eval(argument)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return False
    return True


def _argument_count(source: str) -> int:
    inner = next((node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and node.args), None)
    return len(inner.args) if inner else 0


def _pairs(text: str, entry_point: str) -> Iterator[Example]:
    """``Input: … Output: …`` on lines of their own, and "For x = … the output should be …"."""
    count = parameter_count(text, entry_point)
    lines = text.splitlines()
    for at, line in enumerate(lines):
        given, want = None, None
        if match := GIVEN.match(line):
            given = match["given"]
            following = " ".join(lines[at + 1 : at + 3]).strip()
            result = RESULT.match(following) or re.search(
                r"\boutput\W*?[:=][\s*_`]*(?P<result>.*)$", given, re.IGNORECASE
            )
            given = re.split(r"[,;]?\s*\boutput\b", given, flags=re.IGNORECASE)[0]
            want = first_literal(result["result"]) if result else None
        elif match := FOR.search(line):
            be = BE.match(match["rest"])
            given = ASIDE.sub("", match["given"])
            want = first_literal(match["rest"][be.end() :]) if be else None
        arguments = _arguments(given, count) if given is not None and want is not None else None
        if arguments is not None and want is not None:
            yield f"{entry_point}({arguments})", want


def _named_values(text: str, entry_point: str) -> Iterator[Example]:
    """One line a parameter (``arr = [2, 1]``, ``k : 3``), and below ``return …``, ``result = …`` or ``Output: …``."""
    names = parameter_names(text, entry_point)
    if not names:
        return
    given: dict[str, str] = {}
    for line in text.splitlines():
        if (end := ENDS.match(line)) and len(given) == len(names):
            want = first_literal(end["result"])
            if want is not None:
                yield f"{entry_point}({', '.join(given.values())})", want
                given = {}
            continue
        match = NAMED.match(line)
        if match is None or not is_literal(match["value"]):
            continue
        # The second of two lists may have a name of its own: it stands where the missing parameter would.
        known = match["name"] in names
        if known and match["name"] in given:
            given = {}
        if known or (given and len(given) < len(names)):
            given[match["name"]] = match["value"].strip()


def _arguments(given: str, count: int | None) -> str | None:
    """Arguments from ``[1, 2], 3``, ``x = 1, y = 2`` or ``(1, 2)``; the number of parameters decides what is meant."""
    named = re.sub(r"(^|,\s*)\w+\s*=\s*(?!=)", r"\1", given.strip().strip("`").rstrip(".,;"))
    if not _is_literal_call(f"f({named})"):
        return None
    if count is None:
        return named
    call = ast.parse(f"f({named})", mode="eval").body
    given_count = len(call.args) if isinstance(call, ast.Call) else 0
    if given_count == count:
        return named
    if given_count == 1 and count > 1 and named.startswith("(") and len(ast.literal_eval(named)) == count:
        return named[1:-1]
    return None


def parameter_names(text: str, entry_point: str) -> tuple[str, ...] | None:
    """The names of the parameters that the task gives the function; None where it shows no head."""
    signature = re.search(rf"def\s+{re.escape(entry_point)}\s*(?=\()", text)
    if signature is None:
        return None
    end = bracket_end(text[signature.end() :])
    try:
        head = ast.parse(f"def f{text[signature.end() : signature.end() + (end or 0)]}: pass").body[0]
    except (SyntaxError, ValueError):
        return None
    return tuple(argument.arg for argument in head.args.args) if isinstance(head, ast.FunctionDef) else None


def parameter_count(text: str, entry_point: str) -> int | None:
    """How many parameters the task gives the function; None where it shows no head."""
    names = parameter_names(text, entry_point)
    return None if names is None else len(names)
