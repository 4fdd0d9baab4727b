"""Your own questions, the word problems of this repository, BIG-Bench Hard, and recorded prompts with a reference."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast, get_args

from cothink.core.errors import SettingError
from cothink.evaluation.sets.files import Row, json_rows, json_value, one_file
from cothink.evaluation.sets.task import Kind, Task, asking
from cothink.routing.recordings import PROMPTS

OWN_KINDS = tuple(kind for kind in get_args(Kind) if kind not in ("code", "recall"))
# How the recorded prompts of known data sets say their answer; the rest is compared as it stands.
BY_NAME: dict[str, Kind] = {
    "zeroeval-crux": "literal",
    "zeroeval-math": "maths",
    "gsm8k": "number",
    "planbench": "puzzle",
}


def own(found: list[Path]) -> Iterator[Task]:
    """Rows of ``id, prompt, answer``, and where they are wanted ``kind, choices, group``.

    ``answer`` is a text, a number, or a list of texts of which one is enough. ``kind`` says how it is graded; without
    one an answer that is a number is graded as one, and all else must be the same text. The prompt is sent as it is.
    """
    for row in json_rows(one_file(found, "own")):
        truths = _truths(row)
        choices = row.texts("choices") if "choices" in row.fields else ()
        yield Task(
            "own",
            row.text("id", "prompt_id"),
            (row.text("prompt", "question"),),
            _kind(row, truths),
            truths,
            row.maybe("group"),
            choices,
        )


def word_problems(found: list[Path]) -> Iterator[Task]:
    """The word problems of this repository: rows of ``id, grade, question, answer``."""
    for row in json_rows(one_file(found, "word-problems")):
        question, truth = asking("number", row.text("question")), row.text("answer")
        yield Task("word-problems", row.text("id"), question, "number", (truth,), f"grade {row.text('grade')}")


def bbh(found: list[Path]) -> Iterator[Task]:
    """A JSON file a task, ``{"examples": [{"input", "target"}]}``.

    Source: https://github.com/suzgunmirac/BIG-Bench-Hard.
    """
    for path in found:
        value = json_value(path)
        examples = value.get("examples") if isinstance(value, dict) else None
        if not isinstance(examples, list):
            raise SettingError(f"{path.name}: the field examples is missing; a list is needed.", param="examples")
        for number, example in enumerate(examples, 1):
            row = Row(example if isinstance(example, dict) else {}, path, number)
            question = asking("exact", row.text("input"))
            yield Task("bbh", f"{path.stem}/{number}", question, "exact", (row.text("target"),), path.stem)


def recorded(found: list[Path]) -> Iterator[Task]:
    """Recorded prompts, ``NAME.prompts.jsonl``, asked again: rows of ``prompt_id, prompt, reference, group``.

    Prompts of puzzles that check themselves need no reference. The source's own verifier is not run: an answer is
    right where it equals the reference.
    """
    path = one_file(found, "recorded")
    name = path.name.partition(PROMPTS)[0]
    kinds: list[Kind] = [kind for part, kind in BY_NAME.items() if part in name]
    kind = kinds[0] if kinds else "exact"
    for row in json_rows(path):
        truths: tuple[str, ...] = ()
        if kind != "puzzle":
            if row.fields.get("reference") is None:
                raise row.fault("reference", None, "the right answer")
            truths = (row.text("reference"),)
        yield Task(name, row.text("prompt_id"), (row.text("prompt"),), kind, truths, row.maybe("group"))


def _truths(row: Row) -> tuple[str, ...]:
    value = row.fields.get("answer")
    if isinstance(value, list):
        return row.texts("answer")
    if value is None and row.fields.get("kind") == "puzzle":
        return ()
    return (row.text("answer", "reference"),)


def _kind(row: Row, truths: tuple[str, ...]) -> Kind:
    kind = row.fields.get("kind")
    if kind is None:
        return "number" if all(_is_number(truth) for truth in truths) else "exact"
    if kind not in OWN_KINDS:
        raise row.fault("kind", kind, f"one of {', '.join(OWN_KINDS)}")
    return cast(Kind, kind)


def _is_number(text: str) -> bool:
    return text.strip().lstrip("-+").replace(",", "").replace(".", "", 1).isdigit()
