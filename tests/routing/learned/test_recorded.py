import gzip
import json
from pathlib import Path

import pytest

from cothink.core.errors import SettingError
from cothink.routing.learned.recorded import load, prompts_of, read_prompts, recorded_name


def test_every_prompt_that_both_models_answered_is_read(recorded_folder: Path) -> None:
    table = load(recorded_folder, ["r1", "pro"])
    assert len(table) == 120 and table.right.shape == (120, 2)
    assert set(table.kinds) == {"sum", "sort", "prime", "median", "spread"}
    assert table.ease[:, 1].tolist() == [1.0] * 120, "the third model is the only other one"
    assert len(prompts_of(recorded_folder)) == 120


def test_several_names_by_commas_are_one_role(recorded_folder: Path) -> None:
    assert (load(recorded_folder, ["r1", "absent,pro"]).right == load(recorded_folder, ["r1", "pro"]).right).all()


def test_a_name_without_its_date_is_found_where_only_one_version_fits() -> None:
    assert recorded_name("gpt-4o-mini", ["gpt-4o-mini-2024-07-18", "gpt-4o"]) == "gpt-4o-mini-2024-07-18"
    assert recorded_name("o1", ["o1-mini", "o1-preview-2024"]) is None
    assert recorded_name("m", ["m-2024", "m-2025"]) is None


def test_packed_files_are_read_too(tmp_path: Path) -> None:
    line = json.dumps({"prompt_id": "a", "prompt": "Hi"}).encode()
    (tmp_path / "x.jsonl.gz").write_bytes(gzip.compress(line))
    assert read_prompts(tmp_path / "x.jsonl.gz")[0].prompt == "Hi"


@pytest.mark.parametrize(
    ("models", "only", "words"),
    [(["r1", "nobody"], [], "has outcomes of r1 and nobody"), (["r1", "pro"], ["other"], "no data set 'other'")],
)
def test_what_is_not_there_is_refused_in_words(
    recorded_folder: Path, models: list[str], only: list[str], words: str
) -> None:
    with pytest.raises(SettingError, match=words):
        load(recorded_folder, models, only=only)


def test_a_broken_line_is_named_by_its_number(tmp_path: Path) -> None:
    (tmp_path / "p.jsonl").write_text('{"prompt_id": "a", "prompt": "Hi"}\n{"prompt_id": 3}\n')
    with pytest.raises(SettingError, match=r"p\.jsonl, line 2"):
        read_prompts(tmp_path / "p.jsonl")
    with pytest.raises(SettingError, match="cannot be read"):
        read_prompts(tmp_path / "none.jsonl")
    with pytest.raises(SettingError, match="no file NAME"):
        load(tmp_path / "none", ["a", "b"])
