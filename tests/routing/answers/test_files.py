from pathlib import Path

import numpy as np
import pytest

from cothink.core.errors import SettingError
from cothink.routing.answers.files import SHIPPED, load, save
from cothink.routing.answers.model import AnswerCheck
from cothink.routing.answers.recorded import Row


def test_a_check_is_the_same_after_it_was_saved(check: AnswerCheck, rows: list[Row], tmp_path: Path) -> None:
    assert save(check, tmp_path / "out") < 2_000_000
    found, before = load(tmp_path / "out").weigh(rows[0].evidence), check.weigh(rows[0].evidence)
    assert found.p_right == pytest.approx(before.p_right, abs=0.01) and found.kind == before.kind
    assert "made-up | 128" in (tmp_path / "out" / "README.md").read_text()


def test_the_files_hold_no_prompt_and_no_answer(check: AnswerCheck, rows: list[Row], tmp_path: Path) -> None:
    save(check, tmp_path)
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    texts = {text for row in rows for text in (row.evidence.question, row.evidence.answer) if len(text) > 20}
    assert not any(text.encode() in files for text in texts)


@pytest.mark.parametrize("broken", ["missing", "json", "npz", "part", "version"])
def test_what_is_no_check_is_refused_naming_the_folder(check: AnswerCheck, tmp_path: Path, broken: str) -> None:
    folder = tmp_path / "weights"
    if broken != "missing":
        save(check, folder)
    if broken == "json":
        (folder / "check.json").write_text("{")
    if broken == "npz":
        (folder / "check.npz").write_bytes(b"no zip")
    if broken == "part":
        np.savez(folder / "check.npz", levels=np.zeros(2))
    if broken == "version":
        (folder / "check.json").write_text((folder / "check.json").read_text().replace('"format": 1', '"format": 9'))
    with pytest.raises(SettingError, match="weights"):
        load(folder)


def test_a_folder_that_cannot_be_written_is_named(check: AnswerCheck, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match="cannot be written"):
        save(check, tmp_path / "file" / "inner")


def test_the_shipped_check_prefers_a_proven_answer_to_an_empty_one(rows: list[Row]) -> None:
    shipped = load(SHIPPED)
    question = "Add these numbers and give the total: 3, 5, 9. Give only the number."
    from cothink.routing.answers.evidence import Evidence

    right = shipped.weigh(Evidence(question, "<answer>17</answer>", "stands", ("<answer>17</answer>",)))
    empty = shipped.weigh(Evidence(question, "", "unsure", ("<answer>17</answer>",)))
    assert right.p_right > 0.9 > 0.5 > empty.p_right
    assert empty.gain > right.gain
