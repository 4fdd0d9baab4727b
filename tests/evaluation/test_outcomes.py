import pytest

from cothink.core.errors import SettingError
from cothink.evaluation.outcomes import datasets, load
from evaluation.recordings import write


@pytest.mark.parametrize("zipped", [True, False])
def test_a_folder_or_its_subfolder_routing_gives_prompts_with_both_models(tmp_path, zipped):
    (tmp_path / "routing").mkdir()
    write(tmp_path / "routing", zipped=zipped)
    assert datasets(tmp_path) == ["sums"]
    cases = load(tmp_path, ("cheap", "dear"))
    assert [(case.prompt_id, case.r1[0].answer, case.pro[0].is_right) for case in cases] == [
        ("a", "4", False),
        ("b", "8", True),
        ("c", "10", True),
    ]


def test_an_answer_without_a_grade_is_neither_right_nor_wrong(tmp_path):
    assert load(write(tmp_path, graded=False), ("cheap", "dear"))[0].r1[0].is_right is None


def test_a_model_that_nobody_recorded_is_named(tmp_path):
    with pytest.raises(SettingError, match="both cheap and gold"):
        load(write(tmp_path), ("cheap", "gold"))


def test_a_data_set_that_is_not_there_is_named_with_those_that_are(tmp_path):
    with pytest.raises(SettingError, match=r"no data set products in .*; there are sums"):
        load(write(tmp_path), ("cheap", "dear"), ["products"])


def test_an_empty_folder_says_what_it_should_hold(tmp_path):
    with pytest.raises(SettingError, match=r"NAME\.prompts\.jsonl"):
        load(tmp_path, ("cheap", "dear"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 1: no JSON"),
        ("[1]", "line 1: a JSON object"),
        ('{"model": "cheap"}', "the field samples is missing"),
    ],
)
def test_a_damaged_line_is_named_with_its_number(tmp_path, line, words):
    write(tmp_path, zipped=False)
    (tmp_path / "sums.outcomes.jsonl").write_text(line + "\n")
    with pytest.raises(SettingError, match=words):
        load(tmp_path, ("cheap", "dear"))
