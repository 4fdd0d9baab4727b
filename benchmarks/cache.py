"""What the cache is worth: its own time, its hits on repeated traffic, and how rarely it is wrong.

Labelled pairs come from a folder (`--data DIR` or COTHINK_DATA, `cache/*.jsonl.gz` with a, b, label); without one the
rewordings of `question_pairs.py` stand in. Needs the extra `semantic`.

    python benchmarks/cache.py [--data DIR] [--requests 3000] [--limit 6000]
"""

import argparse
import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import numpy as np
from question_pairs import pairs

from cothink.cli.cache import lowest_threshold
from cothink.core.answer import collect
from cothink.core.chunk import Chunk, Usage
from cothink.core.messages import Message
from cothink.core.request import Request, Sampling
from cothink.core.run import Run
from cothink.evaluation.outcomes import rows as rows_of
from cothink.traffic.cache.cache import Cache
from cothink.traffic.cache.config import CacheConfig, SemanticConfig
from cothink.traffic.cache.semantic.check import PairCheck
from cothink.traffic.cache.semantic.embed import Sentences
from cothink.traffic.cache.semantic.index import Partition
from cothink.traffic.cache.semantic.likeness import SemanticTier
from cothink.traffic.cache.tiers import Tiers

Rows = list[dict[str, Any]]
GATE = 0.005
ENTRIES = 100_000


class Meanings:
    """An engine that answers with the number of the question's meaning, and counts its calls."""

    def __init__(self, meanings: dict[str, int]) -> None:
        self.meanings = meanings
        self.calls = 0

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """Answer."""
        self.calls += 1
        yield Chunk(text=str(self.meanings.get(request.question, -1)))
        yield Chunk(finish="stop", usage=Usage(20, 1))


def ask(text: str) -> Request:
    """A greedy question that waits for the whole answer."""
    messages = (Message("system", "Answer in short."), Message("user", text))
    return Request(model="m", messages=messages, run=Run("r"), sampling=Sampling(temperature=0.0), stream=False)


def around(engine: Meanings, config: CacheConfig, tier: SemanticTier | None = None) -> Cache:
    """A cache as `assemble` makes it."""
    return Cache(
        engine, name="m", zone="site", scope="m/0", tiers=Tiers(config), config=config, likeness=tier
    )  # fmt: skip


def spread(times: list[float]) -> str:
    """P50 and P99 in words: processor time, since a machine may be shared."""
    middle, high = np.percentile(times, [50, 99])
    return f"{middle * 1e3:.3f} / {high * 1e3:.3f} ms"


async def own_time(count: int = 5000) -> str:
    """An exact hit, without HTTP: the request is there, its whole answer comes back."""
    cache = around(Meanings({}), CacheConfig(around=("m",)))
    requests = [ask("x" * 2000) for _ in range(count)]
    await collect(cache.stream(requests[0]))
    times = []
    for request in requests:
        began = time.thread_time()
        await collect(cache.stream(request))
        times.append(time.thread_time() - began)
    return spread(times)


def look_up_times(sentences: Sentences, texts: list[str]) -> tuple[str, str, str]:
    """Embedding a question, searching among many, and checking one candidate."""
    generator = np.random.default_rng(0)
    partition = Partition(ENTRIES)
    for number in range(ENTRIES):
        vector = generator.standard_normal(512, dtype=np.float32)
        partition.add("q", b"%d" % number, vector / np.linalg.norm(vector))
    embed, search, check = [], [], []
    judge = PairCheck(sentences)
    for text in texts:
        began = time.thread_time()
        vector = sentences.vector(text)
        embed.append(time.thread_time() - began)
        began = time.thread_time()
        partition.near(vector, 3, 0.6)
        search.append(time.thread_time() - began)
        began = time.thread_time()
        judge.judge(text, text + " please", vector, vector)
        check.append(time.thread_time() - began)
    return spread(embed), spread(search), spread(check)


def meanings_of(rows: Rows) -> list[list[str]]:
    """Texts of one meaning, from pairs that mean the same."""
    root: dict[str, str] = {}

    def find(text: str) -> str:
        while root.setdefault(text, text) != text:
            text = root[text]
        return text

    for row in rows:
        if row["label"] == 1:
            root[find(row["a"])] = find(row["b"])
    groups: dict[str, list[str]] = {}
    for text in root:
        groups.setdefault(find(text), []).append(text)
    return [sorted(group) for _, group in sorted(groups.items())]


async def traffic(
    groups: list[list[str]], count: int, exponent: float, share: float, sentences: Sentences | None
) -> str:
    """Zipf over meanings: most askers use the first wording, the others one of the group."""
    chance = random.Random(7)
    groups = chance.sample(groups, min(len(groups), 400))
    weights = [1 / rank**exponent for rank in range(1, len(groups) + 1)]
    engine = Meanings({text: number for number, group in enumerate(groups) for text in group})
    config = CacheConfig(around=("m",), semantic=SemanticConfig(keys=("*",), wait_s=10))
    tier = SemanticTier(config.semantic, lambda: sentences) if sentences is not None else None  # type: ignore[arg-type,return-value]
    cache = around(engine, config, tier)
    seen: set[int] = set()
    known = wrong = 0
    for number in chance.choices(range(len(groups)), weights, k=count):
        group = groups[number]
        text = chance.choice(group) if chance.random() < share else group[0]
        known += number in seen
        seen.add(number)
        answer = await collect(cache.stream(ask(text)))
        wrong += answer.text != str(number)
        if tier is not None:
            await tier.settle()
    if tier is not None:
        await tier.aclose()
    hits = count - engine.calls
    return f"{hits / count:6.1%} of at best {known / count:6.1%}, wrong among hits {wrong / max(1, hits):.2%}"


def minilm_alone(rows: Rows, sentences: Sentences) -> tuple[float, int]:
    """What the one threshold keeps that is best for these very rows: share of true pairs, hits."""
    scored = []
    for row in rows:
        cosine = float(sentences.side(row["a"]).vector @ sentences.side(row["b"]).vector)
        scored.append((cosine, row["label"]))
    _, kept = lowest_threshold(sorted(scored, reverse=True), GATE)
    return kept / max(1, sum(row["label"] for row in rows)), kept


def judged(rows: Rows, check: PairCheck) -> tuple[int, int, int]:
    """Hits, wrong ones, and true pairs in all."""
    hits = [row["label"] for row in rows if check.judge(row["a"], row["b"]).similarity >= check.threshold]
    return len(hits), hits.count(0), sum(row["label"] for row in rows)


def sets(folder: Path | None, limit: int) -> dict[str, Rows]:
    """Labelled pairs by the name of their set."""
    found: dict[str, Rows] = {}
    for path in sorted((folder / "cache").glob("*.jsonl.gz")) if folder else []:
        labelled = [row for row in rows_of(path) if row.get("label") is not None]
        found[path.name.split(".")[0]] = random.Random(1).sample(labelled, min(limit, len(labelled)))
    return found


def adversarial(check: PairCheck) -> None:
    """Pairs that differ in a number, a name, a negation …, from topics that no weight was trained on."""
    for language in ("en", "zh"):
        rows = pairs(3000, 23, seen=False, language=language)
        hits = [row for row in rows if check.judge(row["a"], row["b"]).similarity >= check.threshold]
        wrong = Counter(row["kind"] for row in hits if row["label"] == 0)
        apart, true = sum(row["label"] == 0 for row in rows), sum(row["label"] for row in rows)
        print(
            f"  {language}: {apart:,} edits that change the question, {wrong.total()} served {dict(wrong) or ''}; "
            f"{sum(row['label'] for row in hits)} of {true} rewordings kept"
        )


async def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("COTHINK_DATA"))
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--limit", type=int, default=6000, help="pairs of each set")
    options = parser.parse_args()
    sentences = Sentences(kept=20_000)
    check = PairCheck(sentences)
    stand_in = pairs(1500, 3, seen=False, language="en")
    labelled = sets(Path(options.data) if options.data else None, options.limit) or {"templates": stand_in}

    print(f"processor time of one core, P50 / P99\nexact hit                                {await own_time()}")
    texts = [f"{row['a']} {number}" for number, row in enumerate(stand_in[:200])]
    embed, search, checked = look_up_times(Sentences(), texts)
    print(f"embedding of a question                  {embed}")
    print(f"look-up over {ENTRIES:,} entries            {search}")
    print(f"second check of one candidate            {checked}")

    print("\nwrong hits on edited questions")
    adversarial(check)

    print(f"\nlabelled pairs, {GATE:.1%} of hits may be wrong; MiniLM's threshold is the best for these very rows")
    print(f"  {'set':18} {'true':>6} {'hits':>6} {'wrong':>6} {'wrong/hits':>10} {'kept':>7} {'MiniLM keeps':>13}")
    for name, rows in labelled.items():
        hits, wrong, true = judged(rows, check)
        alone, _ = minilm_alone(rows, sentences)
        share = wrong / max(1, hits)
        print(
            f"  {name:18} {true:6} {hits:6} {wrong:6} {share:10.2%} {(hits - wrong) / max(1, true):7.1%} {alone:13.1%}"
        )

    groups = [group for rows in labelled.values() for group in meanings_of(rows)]
    print(f"\n{options.requests:,} requests, Zipf over 400 meanings of these sets")
    for exponent in (1.0, 1.3):
        for share in (0.0, 0.2):
            exact = await traffic(groups, options.requests, exponent, share, None)
            both = await traffic(groups, options.requests, exponent, share, sentences)
            print(f"  exponent {exponent}, {share:.0%} reworded: exact {exact}")
            print(f"  {'':26} both  {both}")


if __name__ == "__main__":
    asyncio.run(main())
