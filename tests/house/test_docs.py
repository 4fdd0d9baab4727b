"""The pages are true: what follows from the code is the code's, and what can be run can be run."""

import ast
import importlib.util
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cothink.cli.main import app
from cothink.core import errors
from cothink.settings import load
from house.pages import DOCS, LINK, ROOT, SOURCE, Block, blocks, pages, prose

COMMANDS: Any = typer.main.get_command(app)
INLINE = re.compile(r"`((?:\.venv/bin/)?cothink [^`]+)`")
MAKE = re.compile(r"\bmake ([a-z]+)\b")
CODE = re.compile(r"^\| `([a-z_]+)` \|", re.MULTILINE)
STAND_IN = "a-stand-in-for-a-secret"


def make_pages() -> Any:
    spec = importlib.util.spec_from_file_location("make_pages", DOCS / "make_pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKER = make_pages()


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.relative_to(DOCS).as_posix())
def test_what_follows_from_the_code_is_what_the_code_says(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == MAKER.filled(text), "run: PYTHONPATH=src python docs/make_pages.py"


def test_every_part_that_can_be_made_stands_on_a_page() -> None:
    used = {match["name"] for page in DOCS.rglob("*.md") for match in MAKER.PART.finditer(page.read_text("utf-8"))}
    assert used == MAKER.PARTS.keys()


def commands() -> Iterator[str]:
    """Every `cothink …` on the pages, in code blocks and in the text."""
    for kind in ("bash", "text"):
        for block in blocks(kind):
            for line in block.text.splitlines():
                if re.match(r"(?:\.venv/bin/)?cothink [a-z]", line):
                    yield line
    for page in pages():
        yield from INLINE.findall(prose(page))


@pytest.mark.parametrize("line", sorted(set(commands())))
def test_every_command_on_the_pages_is_one(line: str) -> None:
    command, words = COMMANDS, shlex.split(line, comments=True)[1:]
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    assert command is not COMMANDS or all(word.startswith("-") or word == "…" for word in words), line
    assert not (getattr(command, "commands", {}) and words and words[0].isalpha()), line
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    for word in words:
        assert not word.startswith("-") or word.partition("=")[0] in known, f"{line}: {word}"


def every_command(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, below in getattr(command, "commands", {}).items():
        yield from every_command(below, (*path, name))


@pytest.mark.parametrize("path", list(every_command(COMMANDS)), ids=" ".join)
def test_every_command_has_help(path: tuple[str, ...]) -> None:
    said = CliRunner().invoke(app, [*path, "--help"])
    assert said.exit_code == 0, said.output
    assert "Usage" in said.output


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.place)
def test_every_python_block_compiles(block: Block) -> None:
    compile(block.text, block.place, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.place)
def test_every_name_that_a_python_block_imports_from_us_is_there(block: Block) -> None:
    for node in ast.walk(ast.parse(block.text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cothink"):
            module = importlib.import_module(node.module or "")
            assert [name.name for name in node.names if not hasattr(module, name.name)] == []


@pytest.mark.parametrize("block", blocks("toml"), ids=lambda block: block.place)
def test_every_settings_block_is_understood(block: Block, tmp_path: Path) -> None:
    values = tomllib.loads(block.text)
    if "project" in values:
        return  # a part of somebody's pyproject.toml
    file = tmp_path / "cothink.toml"
    file.write_text(re.sub(r'"(?:env|file):[^"]*"', f'"{STAND_IN}"', block.text), encoding="utf-8")
    load(file, {})


@pytest.mark.parametrize("block", blocks("json"), ids=lambda block: block.place)
def test_every_json_block_is_json(block: Block) -> None:
    json.loads(block.text)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(prose(page)):
        path, _, anchor = target.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{page.name}: {target}"
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there), f"{page.name}: {target}"


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as Python-Markdown names them."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower()) for heading in headings}


def test_every_page_stands_in_the_navigation() -> None:
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"^ +- ([\w/-]+\.md)$", config, re.MULTILINE))
    assert named == {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}


def test_every_make_recipe_on_the_pages_is_in_the_makefile() -> None:
    recipes = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    quoted = {name for page in pages() for code in re.findall(r"`([^`]+)`", prose(page)) for name in MAKE.findall(code)}
    shown = {name for block in blocks("bash") for name in re.findall(r"^make ([a-z]+)", block.text, re.MULTILINE)}
    assert quoted | shown <= recipes


def test_every_code_of_an_error_stands_on_the_page_of_errors() -> None:
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    assert sorted(codes_in_the_code() - set(re.findall(r"`([a-z_]+)`", page))) == []


def test_every_code_on_the_page_of_errors_is_in_the_code() -> None:
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    assert [code for code in CODE.findall(page) if f'"{code}"' not in source] == []


def codes_in_the_code() -> set[str]:
    """The code of every error class, and every code that is given when an error or a fault is made."""
    found = {kind.code for kind, _ in MAKER.classes(errors.CoThinkError)}
    for path in SOURCE.rglob("*.py"):
        if "sandbox" in path.parts:
            continue  # its NotReady becomes a verdict, so no client sees it
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                found |= {word.value.value for word in node.keywords if word.arg == "code" and is_text(word.value)}
                if getattr(node.func, "id", "") in ("Fault", "Refusal"):
                    place = 1 if getattr(node.func, "id", "") == "Fault" else 2
                    found |= {given.value for given in node.args[place : place + 1] if is_text(given)}
    return found


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_the_container_copies_what_is_there_and_starts_a_command_of_ours() -> None:
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    copied = [word for line in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE) for word in line.split()]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    start = [json.loads(re.findall(rf"^{word} (\[.*\])$", text, re.MULTILINE)[0]) for word in ("ENTRYPOINT", "CMD")]
    assert [*start[0], *start[1]] == ["cothink", "serve", "--host", "0.0.0.0"]
    assert "USER cothink" in text
    assert "/healthz" in text
