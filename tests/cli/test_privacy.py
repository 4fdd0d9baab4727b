"""`cothink privacy` as a person or a script runs it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cothink.cli.main import app
from cothink.core.errors import SettingError

run = CliRunner().invoke
TEXT = "Card 4111 1111 1111 1111, mail ann@example.org."


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "letter.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_scan_shows_where_what_stands(file: Path) -> None:
    output = run(app, ["privacy", "scan", str(file), "--find", "rules"]).output
    assert "CREDIT_CARD" in output
    assert "4111 1111 1111 1111" in output


def test_scan_as_json_gives_id_and_spans_a_line(file: Path) -> None:
    output = run(app, ["privacy", "scan", str(file), "--json", "--find", "rules"]).output
    assert json.loads(output) == {"id": "letter.txt", "spans": [[5, 24, "CREDIT_CARD"], [31, 46, "EMAIL_ADDRESS"]]}


def test_json_lines_keep_their_ids() -> None:
    lines = '{"id": "a", "text": "no"}\n\n{"text": "ann@example.org"}\n'
    output = run(app, ["privacy", "scan", "-", "--json", "--find", "rules"], input=lines).output
    assert [json.loads(line) for line in output.splitlines()] == [
        {"id": "a", "spans": []},
        {"id": 2, "spans": [[0, 15, "EMAIL_ADDRESS"]]},
    ]


def test_mask_prints_the_text_with_placeholders_and_keeps_the_way_back_aside(file: Path, tmp_path: Path) -> None:
    keep = tmp_path / "values.jsonl"
    output = run(app, ["privacy", "mask", str(file), "--find", "rules", "--keep", str(keep)]).output
    assert output == "Card <CREDIT_CARD_1>, mail <EMAIL_ADDRESS_1>.\n"
    assert json.loads(keep.read_text("utf-8"))["values"]["<EMAIL_ADDRESS_1>"] == "ann@example.org"
    assert keep.stat().st_mode & 0o077 == 0


def test_mask_without_a_way_back_has_no_numbers(file: Path) -> None:
    output = run(app, ["privacy", "mask", str(file), "--find", "rules", "--no-way-back"]).output
    assert output == "Card <CREDIT_CARD>, mail <EMAIL_ADDRESS>.\n"


def test_names_are_found_by_default() -> None:
    output = run(app, ["privacy", "mask", "-", "--json"], input='{"id": 1, "text": "My name is Ingrid Lee."}\n').output
    assert json.loads(output)["text"] == "My name is <PERSON_1>."


@pytest.mark.parametrize(
    ("arguments", "given", "words"),
    [
        (["scan", "nowhere.txt"], "", "cannot be read"),
        (["scan", "-", "--find", "all"], "x", "allowed are rules and names"),
        (["scan", "-"], '{"id": 1, "text": "a"}\n{"id": 2}\n', "Line 2"),
        (["scan", "-"], '{"id": 1, "text": "a"}\nnot json\n', "Line 2"),
        (["mask", "-", "--keep", "k", "--no-way-back"], "x", "give one of them"),
    ],
)
def test_bad_input_is_told_in_words(arguments: list[str], given: str, words: str) -> None:
    result = run(app, ["privacy", *arguments], input=given)
    assert isinstance(result.exception, SettingError)
    assert words in result.exception.message
