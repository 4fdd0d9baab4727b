"""Grammars of many languages, from a package that brings them along: nothing is fetched while it runs.

tree-sitter-language-pack holds compiled grammars up to version 0.13; from 1.0 on it downloads them when they are first
used, so the extra `code` keeps to the older line.
"""

import importlib
from collections.abc import Iterator
from typing import Any

from cothink.core.errors import NotReady

LARGEST_CHARACTERS = 400_000
INSTALL = "pip install 'cothink[code]'"
# Language -> the grammar's name. The last line's languages have no functions, so no complexity is read there.
GRAMMARS: dict[str, str] = {
    **{
        name: name for name in ("bash", "c", "cpp", "csharp", "d", "dart", "erlang", "fortran", "go", "haskell", "java")
    },
    **{name: name for name in ("javascript", "julia", "kotlin", "lua", "nim", "objc", "ocaml", "perl", "php")},
    **{name: name for name in ("powershell", "python", "r", "ruby", "rust", "scala", "solidity", "swift")},
    **{name: name for name in ("tsx", "typescript")},
    **{name: name for name in ("css", "html", "json", "sql", "toml", "yaml")},
}
WITHOUT_FUNCTIONS = frozenset({"css", "html", "json", "sql", "toml", "yaml"})


def known(language: str) -> bool:
    """Whether there is a grammar for a language."""
    return language in GRAMMARS


def parse(language: str, code: str) -> Any:
    """The root of a syntax tree.

    Raises:
        NotReady: The package is not there, or one that would download grammars is.
    """
    return _parser(GRAMMARS[language]).parse(code.encode("utf-8", "surrogatepass")).root_node


def walk(root: Any) -> Iterator[Any]:
    """Every node, outer ones first; without recursion, since a text may be nested deeply."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(node.children)


def _parser(grammar: str) -> Any:
    try:
        pack = importlib.import_module("tree_sitter_language_pack")
    except ImportError as error:
        raise NotReady(f"Grammars of other languages are not installed: {INSTALL}") from error
    if hasattr(pack, "DownloadManager"):
        raise NotReady(
            f"This tree-sitter-language-pack downloads grammars while it runs; its line below 1.0 does not: {INSTALL}",
        )
    return pack.get_parser(grammar)
