"""How much personal data is found, how much is wrongly named, how many records leak, and how fast it is.

    python benchmarks/privacy.py --data DIR [--engine URL --model NAME] [--rows N]

DIR holds pii/presidio_en.jsonl.gz (text, spans [[start, end, type]]). The Chinese applications are made up here, from
templates and values that the tagger was trained on in other draws; texts written by hand stand in tests/privacy. A
span counts as found when at least half of it is covered, a find as right when it touches a span, and a record leaks
when one of its spans is not found. With --engine an OpenAI-style server reads what the detectors left.
"""

import argparse
import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cothink.core.engine import Engine
from cothink.core.messages import Message
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.evaluation.outcomes import rows as rows_of
from cothink.privacy.detect import Detector
from cothink.privacy.reader import SecondReader
from cothink.privacy.spans import Span
from cothink.privacy.training.chinese import slots
from cothink.privacy.training.fill import fill, joined, templates

Scan = Callable[[str], list[Span]]
BY_RULES = ("CREDIT_CARD", "CN_ID_CARD", "PHONE_NUMBER", "EMAIL_ADDRESS", "DOMAIN_NAME", "US_SSN", "IP_ADDRESS")


class Row(NamedTuple):
    """A text and what is personal in it."""

    text: str
    spans: Sequence[tuple[int, int, str]]


class Score:
    """Counts over rows."""

    def __init__(self) -> None:
        self.total: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.named = self.right = self.leaking = self.rows = 0

    def add(self, row: Row, named: list[Span]) -> None:
        """Judge the spans that were named in one row."""
        self.rows += 1
        self.named += len(named)
        self.right += sum(any(one.start < end and start < one.end for start, end, _ in row.spans) for one in named)
        leaks = False
        for start, end, kind in row.spans:
            covered = sum(max(0, min(end, one.end) - max(start, one.start)) for one in named)
            self.total[kind] += 1
            self.found[kind] += 2 * covered >= end - start
            leaks |= 2 * covered < end - start
        self.leaking += leaks

    def line(self, title: str, seconds: float) -> str:
        """One row of the table."""
        shape = [kind for kind in self.total if kind in BY_RULES]
        shaped = sum(self.found[kind] for kind in shape) / max(1, sum(self.total[kind] for kind in shape))
        recall = self.found.total() / max(1, self.total.total())
        precision = self.right / max(1, self.named)
        speed = self.rows / max(seconds, 1e-9)
        return (
            f"| {title} | {self.rows:,} | {recall:.3f} | {shaped:.3f} | {precision:.3f} | "
            f"{self.leaking / max(1, self.rows):.1%} | {speed:,.0f} |"
        )


def english(folder: Path) -> list[Row]:
    """Read the English set."""
    return [Row(row["text"], row["spans"]) for row in rows_of(folder / "pii" / "presidio_en.jsonl.gz")]


def chinese(count: int) -> list[Row]:
    """Make up Chinese applications with a seed of its own."""
    rng, known, values = random.Random(20_261_124), templates("chinese"), slots()
    rows = []
    for _ in range(count):
        made = joined([fill(rng.choice(known), values, rng) for _ in range(rng.randint(1, 4))], rng.choice(("", "\n")))
        rows.append(Row(made.text, made.spans))
    return rows


def judge(rows: Sequence[Row], scan: Scan, title: str) -> Score:
    """Scan every row on this core and print a line."""
    begin = time.process_time()
    named = [scan(row.text) for row in rows]
    seconds = time.process_time() - begin
    score = Score()
    for row, spans in zip(rows, named, strict=True):
        score.add(row, spans)
    print(score.line(title, seconds))
    return score


async def read(rows: Sequence[Row], reader: SecondReader, title: str) -> Score:
    """Let an engine read every row too."""
    score, begin = Score(), time.perf_counter()
    for number, row in enumerate(rows):
        request = Request(model="r1", messages=(Message(role="user", content=row.text),), run=Run(str(number)))
        score.add(row, await reader.scan(row.text, request))
    print(score.line(title, time.perf_counter() - begin))
    return score


def engine(url: str, model: str) -> Any:
    """An OpenAI-style server."""
    from cothink.engines.chat_completions import ChatCompletions
    from cothink.engines.chat_config import ChatCompletionsConfig

    return ChatCompletions(ChatCompletionsConfig(url=url, model=model))


async def second(rows: Sequence[Row], detector: Detector, served: Engine, title: str) -> None:
    """Print the line of the second reader."""
    await read(rows, SecondReader(detector, served), title)


def by_type(scores: dict[str, Score]) -> None:
    """Print recall by type."""
    kinds = sorted({kind for score in scores.values() for kind in score.total})
    print(f"\n| type | {' | '.join(scores)} |\n|---|{'--:|' * len(scores)}")
    for kind in kinds:
        cells = [
            f"{score.found[kind] / score.total[kind]:.3f} of {score.total[kind]:,}" if score.total[kind] else "–"
            for score in scores.values()
        ]
        print(f"| {kind} | {' | '.join(cells)} |")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("COTHINK_DATA"), help="folder with pii/")
    parser.add_argument("--rows", type=int, default=1_000, help="made-up Chinese applications")
    parser.add_argument("--engine", help="URL of a server of the site that reads a second time")
    parser.add_argument("--model", default="r1", help="its model")
    given = parser.parse_args()
    sets = {"zh, made up": chinese(given.rows)}
    if given.data is not None:
        sets = {"en": english(Path(given.data)), **sets}
    rules, names = Detector(), Detector.of("names")
    print("| detector, set | records | recall | of shapes | precision | leaking | a second |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    scores = {}
    for title, rows in sets.items():
        scores[f"rules, {title}"] = judge(rows, rules.scan, f"rules alone, {title}")
        scores[f"names, {title}"] = judge(rows, names.scan, f"with names and places, {title}")
        if given.engine:
            served = engine(given.engine, given.model)
            asyncio.run(second(rows[: given.rows], names, served, f"with a second reader, {title}"))
    by_type(scores)


if __name__ == "__main__":
    main()
