"""How many needles cothink-longdoc finds in real books, and whether all that it cites stands in them.

    python benchmarks/longdoc.py --data DIR [--limit N] [--most-chars 40000]
    python benchmarks/longdoc.py --data DIR --embedded pair [--config FILE] [--most-s 180] [--parallel 4]

DIR holds longdoc/needles.jsonl.gz and the two books; they are read in place. Without models a program reads: R1 copies
the sentence of each segment that shares most with the question, the pro names the best of them. That shows what the
segmentation alone loses. Whole: the needle stands whole in one segment. Found: it is among R1's checked quotes.
Search: it is among what the word search found.
Right: the answer holds the number. False: places that the answer gives and the source has not.
"""

import argparse
import asyncio
import gzip
import os
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cothink.assemble import COUNTER, count
from cothink.core.answer import collect
from cothink.core.engine import Capabilities, Engine, Model
from cothink.core.errors import CoThinkError
from cothink.core.messages import Message
from cothink.core.price import Price, usd
from cothink.core.request import Request, Sampling
from cothink.core.run import Run
from cothink.engines.fake import FakeEngine
from cothink.evaluation.outcomes import rows as rows_of
from cothink.measures.intervals import wilson
from cothink.strategies.config import StrategiesConfig
from cothink.strategies.longdoc.config import LongdocConfig
from cothink.strategies.longdoc.document import find_document
from cothink.strategies.longdoc.segments import segments
from cothink.strategies.longdoc.team import LongDoc

SENTENCE = re.compile(r"[^。！？!?.\n]+[。！？!?.]?[”’」』\"]?")
PLACE = re.compile(r"characters (\d+)-(\d+)\) “(.*?)”$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one needle."""

    doc: str
    chars: int
    whole: bool
    found: bool
    searched: bool
    right: bool
    false: int
    seconds: float
    tokens: int
    cost_usd: float


def cases(folder: Path, most_chars: int) -> Iterator[tuple[dict[str, Any], str]]:
    """Each needle with its document, the needle put in at its depth."""
    books: dict[str, str] = {}
    for row in rows_of(folder / "longdoc" / "needles.jsonl.gz"):
        if row["chars"] > most_chars:
            continue
        if row["doc"] not in books:
            with gzip.open(folder / "longdoc" / f"{row['doc']}.txt.gz", "rt", encoding="utf-8") as book:
                books[row["doc"]] = book.read()
        text = books[row["doc"]][: row["chars"]]
        at = int(len(text) * row["depth"])
        yield row, text[:at] + row["needle"] + text[at:]


def grams(text: str) -> set[str]:
    """Words of letters, pairs of Chinese signs."""
    pairs = {
        text[at : at + 2]
        for at in range(len(text) - 1)
        if all("\u4e00" <= sign <= "\u9fff" for sign in text[at : at + 2])
    }
    return pairs | set(re.findall(r"[a-z]{3,}", text.lower()))


def best(lines: list[str], question: str) -> str:
    """The line that shares most with the question."""
    asked = grams(question)
    return max(lines, key=lambda line: len(asked & grams(line)), default="")


def reads(request: Request) -> str:
    """R1 by program."""
    found = re.search(r"<(draft-\w+)>\n(.*)\n</\1>\n+Question about the document: (.*)\n", request.question, re.DOTALL)
    sentence = best(SENTENCE.findall(found.group(2)), found.group(3)).strip() if found else ""
    return f'"{sentence}"' if sentence else "NONE"


def answers(request: Request) -> str:
    """The pro by program."""
    quotes = re.findall(r"^\[\d+\].*?”$", request.messages[0].text, re.MULTILINE | re.DOTALL)
    chosen = best(quotes, request.question)
    numbers = re.findall(r"\d{5,}", chosen.partition(")")[2])
    return f"{numbers[0] if numbers else '-'} {chosen[: chosen.find(']') + 1]}"


@asynccontextmanager
async def engine_of(options: argparse.Namespace) -> AsyncIterator[tuple[Engine, LongdocConfig]]:
    """The team: by program, or with the models of the settings."""
    if options.embedded is None and options.config is None:
        config = StrategiesConfig(longdoc=LongdocConfig(from_tokens=0, segment_tokens=options.segment_tokens))
        can = Capabilities()
        r1, pro = (
            Model(name=name, engine=FakeEngine([said]), capabilities=can, price=Price())
            for name, said in (("r1", reads), ("pro", answers))
        )
        yield LongDoc(r1, pro, otherwise=r1.engine, count=count, counter=COUNTER, config=config), config.longdoc
        return
    from cothink.cli.session import given
    from cothink.cli.workshop import workshop
    from cothink.settings import load

    settings = load(options.config, given=given(options.embedded))
    async with workshop(settings) as shop:
        yield shop.engine("cothink-longdoc"), settings.strategies.longdoc


async def one(engine: Engine, config: LongdocConfig, row: dict[str, Any], text: str) -> Row:
    """Ask about one needle."""
    run = Run("longdoc")
    messages = (Message("user", text), Message("user", row["question"]))
    request = Request(
        model="cothink-longdoc", messages=messages, run=run, sampling=Sampling(max_tokens=200), stream=False
    )
    document = find_document(request)
    if document is None:
        raise SystemExit("A document was not seen as one.")
    needle = row["needle"].strip()
    began = time.perf_counter()
    try:
        answer = (await collect(engine.stream(request))).text
    except CoThinkError as error:
        answer = f"failed: {error.message}"
    seconds = time.perf_counter() - began
    drawn = next((step.detail for step in run.steps if step.name == "segments"), None)
    each = drawn["tokens"] if drawn else config.segment_tokens
    cut = segments(document, COUNTER, tokens=each, overlap_tokens=min(config.overlap_tokens, each // 2))
    cited = PLACE.findall(answer)
    places = [place for step in run.steps if step.name == "segment" for place in step.detail["quotes"]]
    near = [place for step in run.steps if step.name == "word_search" for place in step.detail["quotes"]]
    return Row(
        row["doc"],
        row["chars"],
        any(needle in text[segment.start : segment.end] for segment in cut),
        any(row["answer"] in text[start:end] for start, end in places),
        any(row["answer"] in text[start:end] for start, end in near),
        row["answer"] in PLACE.sub("", answer),
        sum(text[int(start) : int(end)] != words for start, end, words in cited),
        seconds,
        run.ledger.usage.total_tokens,
        usd(run.ledger.cost_nanousd),
    )


def show(rows: list[Row]) -> None:
    """Print the table."""
    print("document              chars   n  whole  found search  right  false       s   tokens     cost")
    for doc, chars in sorted({(row.doc, row.chars) for row in rows}):
        some = [row for row in rows if (row.doc, row.chars) == (doc, chars)]
        counts = (
            sum(counted)
            for counted in zip(*((r.whole, r.found, r.searched, r.right, r.false) for r in some), strict=True)
        )
        means = (sum(of) / len(some) for of in zip(*((r.seconds, r.tokens, r.cost_usd) for r in some), strict=True))
        print(f"{doc:18} {chars:8} {len(some):3}", *(f"{figure:6}" for figure in counts), end=" ")
        print("{:7.2f} {:8.0f} {:8.4f}".format(*means))
    for name in ("whole", "found", "searched", "right"):
        print(f"{name}: {wilson(sum(getattr(row, name) for row in rows), len(rows))}")


async def main() -> None:
    """Ask about the needles and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("COTHINK_DATA"))
    parser.add_argument("--limit", type=int, help="at most so many needles")
    parser.add_argument("--most-chars", type=int, default=40_000, help="documents up to this length")
    parser.add_argument("--segment-tokens", type=int, default=2_000, help="of the reader by program")
    parser.add_argument("--embedded", help="pair or small")
    parser.add_argument("--config", type=Path, help="settings with r1 and pro")
    parser.add_argument("--parallel", type=int, default=1, help="needles at the same time")
    parser.add_argument("--most-s", type=float, default=1e9, help="begin no further needle after so many seconds")
    options = parser.parse_args()
    if options.data is None:
        parser.error("--data DIR or COTHINK_DATA is needed")
    rows: list[Row] = []
    began = time.perf_counter()
    async with engine_of(options) as (engine, config):
        turns = asyncio.Semaphore(options.parallel)

        async def ask(row: dict[str, Any], text: str) -> None:
            async with turns:
                if time.perf_counter() - began > options.most_s:
                    return
                rows.append(await one(engine, config, row, text))
            print(rows[-1], flush=True)

        chosen = list(cases(Path(options.data), options.most_chars))[: options.limit]
        await asyncio.gather(*(ask(row, text) for row, text in chosen))
    show(rows)


if __name__ == "__main__":
    asyncio.run(main())
