"""The semantic tier around a cache: who takes part, what may vary, and that it never holds a call up."""

import asyncio
import threading

import numpy as np
import pytest
from cache_fakes import WORDS, Counting, ask, cache, chunks, replaced, with_rule

from cothink.core.caching import CacheRule
from cothink.core.messages import FunctionSpec, ImagePart, ImageUrl, Message, TextPart, Tool
from cothink.core.request import Sampling
from cothink.traffic.cache.config import CacheConfig, SemanticConfig
from cothink.traffic.cache.semantic.embed import Sentences
from cothink.traffic.cache.semantic.likeness import SemanticTier

BREAD, BREAD_AGAIN = "How do I bake bread?", "What is the best way to bake bread?"
CONFIG = CacheConfig(around=("r1",), semantic=SemanticConfig(keys=("k",), wait_s=5))


@pytest.fixture(scope="module")
def sentences():
    return Sentences()


@pytest.fixture
async def tier(sentences):
    one = SemanticTier(CONFIG.semantic, lambda: sentences)
    yield one
    await one.aclose()


async def _added(tier: SemanticTier, count: int) -> None:
    while len(tier) < count or tier._waiting:
        await asyncio.sleep(0.001)


async def test_another_wording_is_a_hit_with_its_similarity(tier):
    engine = Counting()
    one = cache(engine, CONFIG, likeness=tier)
    await chunks(one, ask(BREAD))
    await _added(tier, 1)
    hit = ask(BREAD_AGAIN)
    assert await chunks(one, hit) == WORDS
    assert engine.calls == 1
    mark = hit.run.cache_mark
    assert mark is not None and mark.tier == "semantic" and mark.similarity is not None and mark.similarity > 0.8


@pytest.mark.parametrize(
    "other",
    [
        ask(BREAD_AGAIN, tenant="other"),
        ask(BREAD_AGAIN, key="not in it"),
        ask(BREAD_AGAIN, sampling=Sampling(temperature=0.0, max_tokens=9)),
        ask(messages=(Message("system", "Be brief."), Message("user", BREAD_AGAIN))),
        with_rule(ask(BREAD_AGAIN), CacheRule(semantic=False)),
        with_rule(ask(BREAD_AGAIN), CacheRule(read=False)),
        replaced(ask(BREAD_AGAIN), sample=1),
        ask("How do I bake 2 breads?"),
        ask("How do I not bake bread?"),
        ask(messages=(Message("user", BREAD_AGAIN), Message("assistant", "Slowly."), Message("user", "And then?"))),
    ],
    ids=["tenant", "key", "sampling", "system", "asked not to", "no-cache", "sample", "number", "negation", "turns"],
)
async def test_what_differs_otherwise_shares_nothing(tier, other):
    engine = Counting()
    one = cache(engine, CONFIG, likeness=tier)
    await chunks(one, ask(BREAD))
    await _added(tier, 1)
    await chunks(one, other)
    assert engine.calls == 2


async def test_tools_and_pictures_take_no_part(tier):
    one = cache(Counting(), CONFIG, likeness=tier)
    await chunks(one, ask(BREAD, tools=(Tool(FunctionSpec("f")),)))
    picture = (TextPart(BREAD), ImagePart(ImageUrl("data:image/png;base64,AA")))
    await chunks(one, ask(messages=(Message("user", picture),)))
    assert len(tier) == 0


async def test_a_busy_embedder_is_passed_by(sentences):
    go = threading.Event()

    def slow():
        go.wait(5)
        return sentences

    tier = SemanticTier(SemanticConfig(keys=("*",), wait_s=0.01, waiting=0), slow)
    engine = Counting()
    one = cache(engine, CONFIG, likeness=tier)
    for text in (BREAD, BREAD_AGAIN, "a third one"):
        assert await chunks(one, ask(text)) == WORDS
    assert engine.calls == 3
    assert tier.skipped >= 3
    go.set()
    await tier.aclose()


async def test_an_embedder_that_fails_fails_no_call(caplog):
    class Broken:
        def vector(self, text: str) -> np.ndarray:
            raise RuntimeError("no vectors today")

    tier = SemanticTier(CONFIG.semantic, Broken)  # type: ignore[arg-type,return-value]
    one = cache(Counting(), CONFIG, likeness=tier)
    assert await chunks(one, ask(BREAD)) == WORDS
    assert await chunks(one, ask(BREAD_AGAIN)) == WORDS
    while tier._waiting:
        await asyncio.sleep(0.001)
    assert "no vectors today" in caplog.text
    await tier.aclose()
