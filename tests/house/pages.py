"""The project's files as the house tests read them: pages, their code blocks, and everything that is kept."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SOURCE = ROOT / "src" / "cothink"
FENCE = re.compile(r"^```(?P<kind>\w*)[^\n]*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
KEPT = ("src", "tests", "docs", "examples", "benchmarks", "requirements", ".ci")


class Block(NamedTuple):
    """A code block and where it stands."""

    page: Path
    kind: str
    text: str

    @property
    def place(self) -> str:
        """Page and first line, for the words of a failure."""
        first = self.text.strip().splitlines()[0] if self.text.strip() else ""
        return f"{self.page.relative_to(ROOT)}: {first[:60]}"


def pages() -> list[Path]:
    """Every page that people read."""
    return [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md")), *sorted((ROOT / "examples").rglob("*.md"))]


def blocks(kind: str) -> list[Block]:
    """The code blocks of one kind on every page."""
    return [
        Block(page, match["kind"], match["text"])
        for page in pages()
        for match in FENCE.finditer(page.read_text(encoding="utf-8"))
        if match["kind"] == kind
    ]


def prose(page: Path) -> str:
    """A page without its code blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def modules() -> list[Path]:
    """Every module of the package."""
    return sorted(SOURCE.rglob("*.py"))


def kept_files() -> Iterator[Path]:
    """Every file of the project, whether git is there or not."""
    yield from (path for path in sorted(ROOT.iterdir()) if path.is_file())
    for folder in KEPT:
        yield from (
            path for path in sorted((ROOT / folder).rglob("*")) if path.is_file() and "__pycache__" not in path.parts
        )
