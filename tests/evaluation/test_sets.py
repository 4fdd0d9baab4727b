import json

import pytest

from cothink.core.errors import SettingError
from cothink.evaluation.sets.catalogue import ADAPTERS, load, spread
from evaluation import originals
from evaluation.originals import lines, table


def one(name, path):
    (task,) = load(name, path)
    return task


def test_gsm8k_takes_the_number_after_the_hashes(tmp_path):
    lines(tmp_path / "grade_school_math" / "data" / "test.jsonl", *originals.GSM8K)
    first, second = load("gsm8k", tmp_path)
    assert (first.truths, second.truths, first.kind) == (("7",), ("1200",), "number")
    assert first.prompt.startswith("Tia has 3 pens")
    assert "'Answer:'" in first.prompt
    assert "####" not in first.prompt


def test_math_is_read_as_a_file_a_problem_and_as_lines(tmp_path):
    folder = tmp_path / "MATH" / "test" / "prealgebra"
    folder.mkdir(parents=True)
    (folder / "1.json").write_text(json.dumps(originals.MATH))
    task = one("math", tmp_path)
    assert (task.id, task.truths, task.group) == ("prealgebra/1", ("\\frac{5}{6}",), "Prealgebra")
    task = one("math", lines(tmp_path / "test.jsonl", originals.MATH_500))
    assert (task.id, task.truths, task.group) == ("test/algebra/1.json", ("3",), "Algebra")


def test_mmlu_is_read_from_a_table_a_subject_and_from_rows(tmp_path):
    table(tmp_path / "data" / "test" / "zoology_test.csv", *originals.MMLU)
    first, second = load("mmlu", tmp_path)
    assert (first.id, first.truths, second.truths, first.group) == ("zoology/1", ("B",), ("C",), "zoology")
    assert "B. otter" in first.prompt
    task = one("mmlu", lines(tmp_path / "mmlu.jsonl", originals.MMLU_ROW))
    assert (task.truths, task.choices) == (("B",), ("iron", "cork"))


def test_other_questions_of_choice_name_the_letter_of_the_right_option(tmp_path):
    assert one("mmlu-pro", lines(tmp_path / "a.jsonl", originals.MMLU_PRO)).truths == ("C",)
    assert one("arc", lines(tmp_path / "b.jsonl", originals.ARC)).truths == ("A",)
    task = one("gpqa", table(tmp_path / "gpqa_diamond.csv", originals.GPQA_HEAD, originals.GPQA))
    assert task.choices[ord(task.truths[0]) - 65] == "neon"
    assert (task.id, task.group) == ("rec1", "Chemistry")


def test_gpqas_order_is_always_the_same_and_not_always_the_right_one_first(tmp_path):
    rows = [[f"r{n}", f"Question {n}?", f"right {n}", "w1", "w2", "w3", ""] for n in range(40)]
    path = table(tmp_path / "gpqa_main.csv", originals.GPQA_HEAD, *rows)
    assert load("gpqa", path) == load("gpqa", path)
    assert {task.truths[0] for task in load("gpqa", path)} == {"A", "B", "C", "D"}


def test_programs_have_their_own_tests_and_solution(tmp_path):
    task = one("humaneval", lines(tmp_path / "HumanEval.jsonl.gz", originals.HUMANEVAL))
    assert task.code is not None
    assert task.code.canonical.endswith("return a + b\n")
    assert "canonical" not in task.prompt
    assert "check(candidate)" not in task.prompt
    task = one("mbpp", lines(tmp_path / "mbpp.jsonl", originals.MBPP))
    assert task.code is not None
    assert task.code.entry_point == "double"
    assert "assert double(2) == 4" in task.prompt
    (tmp_path / "s.json").write_text(json.dumps([originals.SANITIZED]))
    task = one("mbpp", tmp_path / "s.json")
    assert task.code is not None
    assert task.code.base == "import math\nassert math.isclose(root(4), 2)"


def test_the_rest_is_read_as_published(tmp_path):
    task = one("cruxeval", lines(tmp_path / "cruxeval.jsonl", originals.CRUX))
    assert (task.truths, "f([1, 2])" in task.prompt) == (("[2, 1]",), True)
    (tmp_path / "bbh").mkdir()
    (tmp_path / "bbh" / "boolean.json").write_text(json.dumps(originals.BBH))
    assert one("bbh", tmp_path).truths == ("False",)


def test_own_questions_are_sent_as_they_are_and_graded_by_their_kind(tmp_path):
    first, second, third = load("own", lines(tmp_path / "my.jsonl", *originals.OWN))
    assert (first.prompt, first.kind, first.truths) == ("2 + 2?", "number", ("4",))
    assert (second.kind, second.group) == ("contained", "towns")
    assert (third.kind, third.truths) == ("exact", ("yes", "yeah"))


def test_recorded_prompts_are_asked_again(tmp_path):
    row = {"prompt_id": "p", "prompt": "2 + 2?", "reference": "4", "group": "sums"}
    task = one("recorded", lines(tmp_path / "own-gsm8k.prompts.jsonl.gz", row))
    assert (task.set, task.id, task.kind, task.truths) == ("own-gsm8k", "p", "number", ("4",))


def test_a_part_of_a_set_is_spread_and_always_the_same(tmp_path):
    rows = [{"id": str(n), "prompt": "?", "answer": n} for n in range(10)]
    tasks = load("own", lines(tmp_path / "my.jsonl", *rows))
    assert [task.id for task in spread(tasks, 3)] == ["0", "3", "6"]
    assert spread(tasks, 99) == tasks


def test_every_adapter_says_what_it_wants_where_there_is_nothing(tmp_path):
    for name, adapter in ADAPTERS.items():
        with pytest.raises(SettingError) as caught:
            load(name, tmp_path)
        assert adapter.public in caught.value.message
        assert adapter.files[0] in caught.value.message
        with pytest.raises(SettingError, match="needs --data"):
            load(name, None)


@pytest.mark.parametrize(
    ("name", "row", "words"),
    [
        ("gsm8k", {"problem": "?"}, "row 1: the field answer is missing; there are problem"),
        ("gsm8k", {"question": "?", "answer": "seven"}, "answer is 'seven'; a number, or a solution"),
        ("gsm8k", {"question": ["?"], "answer": "#### 7"}, r"question is \['\?'\]; a text or a number"),
        ("math", {"problem": "?", "solution": "It is 3."}, "solution is 'It is 3.'; a solution with its answer in"),
        ("mmlu", {"question": "?", "choices": ["a", "b"], "answer": 2}, "answer is 2; the number of a choice, 0 to 1"),
        ("mmlu", {"question": "?", "choices": "ab", "answer": 0}, "choices is 'ab'; a list of texts"),
        ("mmlu", {"question": "?", "choices": ["a"], "answer": 0}, "has 1 choices; 2 to 26 are allowed"),
        ("mmlu-pro", {"question": "?", "options": ["a", "b"], "answer": "E"}, "answer is 'E'; a letter from A to B"),
        ("arc", {"id": "x", "question": {"stem": "?"}, "answerKey": "A"}, "an object with stem and choices"),
        ("arc", {**originals.ARC, "answerKey": "9"}, "answerKey is '9'; one of 1, 2"),
        ("humaneval", {**originals.HUMANEVAL, "test": "assert True"}, "test is 'assert True'; the code of a function"),
        ("mbpp", {**originals.MBPP, "test_list": []}, r"test_list is \[\]; at least one test"),
        ("mbpp", {**originals.MBPP, "test_list": "assert"}, "test_list is 'assert'; a list of texts"),
        ("cruxeval", {"code": "def f(): pass"}, "the field input is missing"),
        ("own", {"id": "a", "prompt": "?"}, "the field answer or reference is missing"),
        ("own", {"id": "a", "prompt": "?", "answer": True}, "answer is True; a text or a number"),
        ("own", {"id": "a", "prompt": "?", "answer": "x", "kind": "magic"}, "kind is 'magic'; one of number, maths"),
        ("recorded", {"prompt_id": "a", "prompt": "?"}, "reference is None; the right answer"),
    ],
)
def test_a_row_that_is_not_as_published_names_its_place_field_and_what_is_wanted(tmp_path, name, row, words):
    with pytest.raises(SettingError, match=words):
        load(name, lines(tmp_path / "file.jsonl", row))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "file.jsonl, row 1: no JSON"),
        ("3\n", "row 1: 3 is no JSON object"),
        ("[1]", "row 1: 1 is no JSON object"),
        ("", "holds no task of own"),
        ('{"id": 1, "prompt": "?", "answer": 1}\n' * 2, "Two tasks of own are named '1'"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, text, words):
    path = tmp_path / "file.jsonl"
    path.write_text(text)
    with pytest.raises(SettingError, match=words):
        load("own", path)


def test_a_table_with_a_column_too_few_is_named(tmp_path):
    path = table(tmp_path / "zoology_test.csv", ["What?", "a", "b", "c", "A"])
    with pytest.raises(SettingError, match=r"row 1: 5 columns; 6 are needed: question, A"):
        load("mmlu", path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingError, match="cannot be read as CSV"):
        load("mmlu", path)


def test_several_files_that_may_be_meant_are_named(tmp_path):
    lines(tmp_path / "a.jsonl", *originals.OWN)
    lines(tmp_path / "b.jsonl", *originals.OWN)
    with pytest.raises(SettingError, match=r"Several files may be own: .*a\.jsonl, .*b\.jsonl"):
        load("own", tmp_path)


def test_an_unknown_set_names_the_nearest_and_all(tmp_path):
    with pytest.raises(SettingError, match=r"'gsm'. Did you mean gsm8k\? Allowed are gsm8k, math, .*retention"):
        load("gsm", tmp_path)
    with pytest.raises(SettingError, match="there is no such file or folder"):
        load("gsm8k", tmp_path / "nowhere")
