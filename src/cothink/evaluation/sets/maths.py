"""Mathematics: GSM8K and MATH, as published."""

from collections.abc import Iterator
from pathlib import Path

from cothink.core.errors import SettingError
from cothink.evaluation.sets.files import Row, json_rows, json_value, one_file
from cothink.evaluation.sets.task import Task, asking
from cothink.verify.maths.final_answer import final_answer


def gsm8k(found: list[Path]) -> Iterator[Task]:
    """``question`` and ``answer``, whose last line is ``#### 18``; or the number alone as ``answer``.

    Source: https://github.com/openai/grade-school-math.
    """
    for row in json_rows(one_file(found, "gsm8k")):
        _, mark, number = row.text("answer").rpartition("####")
        truth = (number if mark else row.text("answer")).strip().replace(",", "")
        try:
            float(truth)
        except ValueError:
            raise row.fault(
                "answer", row.fields["answer"], "a number, or a solution that ends with '#### NUMBER'"
            ) from None
        yield Task("gsm8k", str(row.number), asking("number", row.text("question")), "number", (truth,))


def math(found: list[Path]) -> Iterator[Task]:
    """``problem`` with ``answer`` or ``target``, or with a ``solution`` that boxes it: JSON lines, or a file a problem.

    Source: https://github.com/hendrycks/math; MATH-500: https://github.com/openai/prm800k.
    """
    single = found[0].suffix == ".json"
    for row in map(_single, found) if single else json_rows(one_file(found, "math")):
        name = row.maybe("unique_id") or row.maybe("id") or _place(row)
        group = row.maybe("subject") or row.maybe("type")
        yield Task("math", name, asking("maths", row.text("problem")), "maths", (_boxed(row),), group)


def _single(path: Path) -> Row:
    value = json_value(path)
    if not isinstance(value, dict):
        raise SettingError(f"{path.name}: a JSON object with problem and solution is needed.", param="data")
    return Row(value, path, 1)


def _place(row: Row) -> str:
    return f"{row.path.parent.name}/{row.path.stem}" if row.path.suffix == ".json" else str(row.number)


def _boxed(row: Row) -> str:
    if "answer" in row.fields or "target" in row.fields:
        return row.text("answer", "target")
    found = final_answer(row.text("solution"))
    if found is None or found.sureness != "marked":
        raise row.fault("solution", row.fields["solution"], "a solution with its answer in \\boxed{}")
    return found.text
