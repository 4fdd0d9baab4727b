"""Finds the program in an answer: fenced blocks of Markdown (CommonMark 0.31, section 4.5), or bare code."""

import ast
import re
from dataclasses import dataclass

PYTHON_NAMES = frozenset({"python", "py", "python3", "py3"})
LARGEST_CHARACTERS = 400_000
FENCE = re.compile(r"^(?P<indent> {0,12})(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)$")
DEFINING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)


@dataclass(frozen=True, slots=True)
class Block:
    """One block of code; ``language`` is in lower case and empty where none was named."""

    language: str
    code: str
    closed: bool = True


def blocks(answer: str) -> tuple[Block, ...]:
    """All fenced blocks in order; one that is never closed reaches to the end."""
    found: list[Block] = []
    open_mark, language, indent, lines = "", "", 0, list[str]()
    for line in answer.splitlines():
        fence = FENCE.match(line)
        if not open_mark:
            if fence:
                words = fence["info"].split()
                open_mark, indent, lines = fence["mark"], len(fence["indent"]), []
                language = words[0].lower().strip("{}.") if words else ""
        elif fence and not fence["info"].strip() and fence["mark"].startswith(open_mark):
            found.append(Block(language, "\n".join(lines) + "\n"))
            open_mark = ""
        else:
            lines.append(_dedent(line, indent))
    if open_mark:
        found.append(Block(language, "\n".join(lines) + "\n", closed=False))
    return tuple(found)


def _dedent(line: str, indent: int) -> str:
    blank = len(line) - len(line.lstrip(" "))
    return line[min(blank, indent) :]


def program(answer: str, entry_point: str | None = None) -> Block:
    """Choose the program of an answer.

    Args:
        answer: Markdown, or bare code.
        entry_point: The function that is wanted, if one is.

    Returns:
        Python blocks that define something, joined in order (a later definition wins, as in a session), or from the
        one that defines ``entry_point`` alone where the joined text does not parse. Blocks that only show a use are
        left out. Without a fence the whole answer. A block in another language only where there is no Python.
    """
    found = blocks(answer)
    if not found:
        return Block("python" if parse_fault(answer) is None else "", answer)
    python = [
        block for block in found if block.language in PYTHON_NAMES or (not block.language and _is_python(block.code))
    ]
    if not python:
        return max(found, key=lambda block: len(block.code))
    defining = [block for block in python if _defines(block.code)] or python[:1]
    joined = "\n".join(block.code for block in defining)
    if parse_fault(joined) is None:
        return Block("python", joined)
    wanted = [block for block in defining if entry_point and f"def {entry_point}" in block.code]
    return (wanted or defining)[-1]


def _is_python(code: str) -> bool:
    return bool(code.strip()) and parse_fault(code) is None


def _defines(code: str) -> bool:
    """It defines something; text that does not parse counts, so that its fault is reported and not passed over."""
    if parse_fault(code) is not None:
        return not code.lstrip().startswith(">>>")
    return any(isinstance(node, DEFINING) for node in ast.parse(code).body)


def parse_fault(code: str) -> str | None:
    """Why a text is no Python program, in words; None where it parses. Hostile depth and size are faults too."""
    if len(code) > LARGEST_CHARACTERS:
        return f"the program has {len(code)} characters; at most {LARGEST_CHARACTERS} are checked"
    try:
        ast.parse(code)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    except ValueError as error:
        return str(error)
    except (RecursionError, MemoryError):
        return "the program is nested too deeply to be parsed"
    return None


def completed(prompt: str, code: str, entry_point: str | None) -> str:
    """Join prompt and program where the program is only the rest of what the prompt begins."""
    if entry_point is None or re.search(
        rf"^\s*(?:async\s+)?(?:def|class)\s+{re.escape(entry_point)}\b", code, re.MULTILINE
    ):
        return code
    joined = prompt + code if prompt.endswith("\n") or code.startswith("\n") else f"{prompt}\n{code}"
    return joined if f"def {entry_point}" in prompt and parse_fault(joined) is None else code
