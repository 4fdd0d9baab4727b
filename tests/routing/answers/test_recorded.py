import json
from pathlib import Path

import pytest

from cothink.core.errors import SettingError
from cothink.routing.answers.recorded import Row, given, load
from routing.answers.world import write


def test_each_graded_answer_of_r1_is_a_row_with_the_others_beside_it(rows: list[Row]) -> None:
    assert len(rows) == 4 * 16 * 2
    first, second = rows[:2]
    assert first.prompt_id == second.prompt_id
    assert first.evidence.others == (second.evidence.answer,)
    assert {row.pro for row in rows} == {0.0, 1.0}


def test_the_grade_and_the_reference_are_no_part_of_what_the_check_is_told(rows: list[Row]) -> None:
    assert set(rows[0].evidence.__slots__) == {"question", "answer", "exact", "others", "tokens", "logprob"}


def test_an_exact_verdict_is_read_where_the_question_carries_its_own_answer(tmp_path: Path) -> None:
    question = 'How many times does the letter "e" appear in the text: "a tree"?'
    lines = [
        {"prompt_id": "p", "prompt": question, "answers": ["9"]},
        {"prompt_id": "q", "prompt": "Hm?", "answers": ["", "a"]},
    ]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    first, second = given(tmp_path / "in.jsonl")
    assert first[1].exact in {"falls", "unsure"} and second[1].others == ("a",)


@pytest.mark.parametrize("line", ['{"prompt_id": "p", "prompt": "x", "answers": []}', '{"prompt_id": "p"}', "no json"])
def test_a_line_that_cannot_be_judged_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "in.jsonl").write_text(line + "\n")
    with pytest.raises(SettingError, match="line 1"):
        list(given(tmp_path / "in.jsonl"))


def test_missing_models_and_data_sets_are_named(answers_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="no data set 'other'"):
        load(answers_folder, "r1", "pro", only=["other"])
    with pytest.raises(SettingError, match="answers with their text of r1 and nobody"):
        load(answers_folder, "r1", "nobody")
    with pytest.raises(SettingError, match=r"no file NAME\.prompts"):
        load(tmp_path, "r1", "pro")


def test_a_set_that_kept_grades_alone_is_left_out(tmp_path: Path) -> None:
    write(tmp_path)
    plain = tmp_path / "made-up.outcomes.jsonl"
    rows = [json.loads(line) for line in plain.read_text().splitlines()]
    for row in rows:
        row["samples"] = [{"score": sample["score"]} for sample in row["samples"]]
    plain.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(SettingError, match="with their text"):
        load(tmp_path, "r1", "pro")
