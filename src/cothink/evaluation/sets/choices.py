"""Questions of choice: MMLU, MMLU-Pro, ARC and GPQA, as published."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from cothink.evaluation.sets.files import Row, csv_rows, json_rows, one_file
from cothink.evaluation.sets.task import Task, lettered

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MMLU_HEAD = ("question", "A", "B", "C", "D", "answer")
GPQA_WRONG = ("Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3")


def mmlu(found: list[Path]) -> Iterator[Task]:
    """A CSV file a subject without a head (question, A to D, letter), or ``question, subject, choices, answer``.

    Source: https://github.com/hendrycks/test; rows: https://huggingface.co/datasets/cais/mmlu.
    """
    if ".csv" not in found[0].name:
        for row in json_rows(one_file(found, "mmlu")):
            yield _chosen(row, "mmlu", row.texts("choices"), _index(row, "answer"), row.maybe("subject"))
        return
    for path in found:
        subject = path.name.partition(".csv")[0].removesuffix("_test").removesuffix("_val").removesuffix("_dev")
        for row in csv_rows(path, MMLU_HEAD):
            choices = tuple(row.text(letter) for letter in "ABCD")
            yield _chosen(row, "mmlu", choices, _letter(row, "answer", 4), subject)


def mmlu_pro(found: list[Path]) -> Iterator[Task]:
    """Rows of ``question_id, question, options, answer, category``.

    Source: https://huggingface.co/datasets/TIGER-Lab/MMLU-Pro.
    """
    for row in json_rows(one_file(found, "mmlu-pro")):
        options = row.texts("options")
        yield _chosen(row, "mmlu-pro", options, _letter(row, "answer", len(options)), row.maybe("category"))


def arc(found: list[Path]) -> Iterator[Task]:
    """Rows of ``id``, ``question`` with ``stem`` and ``choices`` of ``label`` and ``text``, and ``answerKey``.

    Source: https://allenai.org/data/arc.
    """
    for row in json_rows(one_file(found, "arc")):
        question = row.fields.get("question")
        try:
            stem, options = str(question["stem"]), question["choices"]  # type: ignore[index]  # checked by the except
            labels = [str(one["label"]) for one in options]
            texts = tuple(str(one["text"]) for one in options)
        except (KeyError, TypeError):
            raise row.fault("question", question, "an object with stem and choices of label and text") from None
        key = row.text("answerKey")
        if key not in labels:
            raise row.fault("answerKey", key, f"one of {', '.join(labels)}")
        truth = LETTERS[labels.index(key)]
        yield Task("arc", row.text("id"), lettered(stem, texts), "choice", (truth,), choices=texts)


def gpqa(found: list[Path]) -> Iterator[Task]:
    """A CSV file with the columns ``Question``, ``Correct Answer``, ``Incorrect Answer 1`` to ``3``.

    The order of the options follows from the question's words, so that it is always the same and gives nothing away.
    Source: https://github.com/idavidrein/gpqa.
    """
    for row in csv_rows(one_file(found, "gpqa")):
        question, right = row.text("Question"), row.text("Correct Answer").strip()
        wrong = [row.text(name).strip() for name in GPQA_WRONG]
        digest = hashlib.sha256(question.encode()).digest()
        options = sorted([right, *wrong], key=lambda text: hashlib.sha256(digest + text.encode()).digest())
        name = row.maybe("Record ID") or str(row.number)
        truth = LETTERS[options.index(right)]
        group = row.maybe("High-level domain")
        yield Task("gpqa", name, lettered(question, tuple(options)), "choice", (truth,), group, tuple(options))


def _chosen(row: Row, name: str, choices: tuple[str, ...], right: int, group: str) -> Task:
    id = row.maybe("question_id") or (f"{group}/{row.number}" if group else str(row.number))
    return Task(name, id, lettered(row.text("question"), choices), "choice", (LETTERS[right],), group, choices)


def _letter(row: Row, name: str, count: int) -> int:
    letter = row.text(name).strip()
    if len(letter) != 1 or letter not in LETTERS[:count]:
        raise row.fault(name, letter, f"a letter from A to {LETTERS[count - 1]}" if count else "a letter")
    return LETTERS.index(letter)


def _index(row: Row, name: str) -> int:
    value = row.fields.get(name)
    count = len(row.texts("choices"))
    if isinstance(value, str) and not value.isdigit():
        return _letter(row, name, count)
    try:
        index = int(value)  # type: ignore[arg-type]  # whatever cannot be one is refused
    except (TypeError, ValueError):
        index = -1
    if not 0 <= index < count:
        raise row.fault(name, value, f"the number of a choice, 0 to {count - 1},")
    return index
