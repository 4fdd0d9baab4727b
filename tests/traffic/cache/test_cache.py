"""What a cache around a model gives, keeps, and leaves alone."""

import pytest
from cache_fakes import (
    USAGE,
    WORDS,
    Counting,
    Watches,
    ask,
    cache,
    chunks,
    replaced,
    tiers,
    uses,
    whole,
    with_rule,
)

from cothink.core.caching import CacheRule
from cothink.core.chunk import Chunk, ToolCallDelta
from cothink.core.errors import UpstreamBroken
from cothink.core.events import Event
from cothink.core.ledger import Limits
from cothink.core.messages import Message
from cothink.core.request import Sampling
from cothink.core.run import Run
from cothink.traffic.cache.config import CacheConfig

RANDOM = Sampling(temperature=0.8)


async def test_the_second_equal_question_is_answered_from_memory_chunk_by_chunk():
    engine = Counting()
    one = cache(engine)
    events: list[Event] = []
    first = await chunks(one, ask(events=events))
    again = ask(events=events)
    assert await chunks(one, again) == first == WORDS
    assert engine.calls == 1
    assert uses(events) == [("miss", "none"), ("hit", "hot")]
    assert again.run.cache_mark is not None and again.run.cache_mark.state == "hit"


async def test_a_hit_costs_the_ledger_nothing_and_counts_to_no_limit():
    one = cache(Counting())
    await chunks(one, ask())
    hit = ask()
    hit.run.ledger.limits = Limits(calls=0, cost_nanousd=0, tokens=0)
    await chunks(one, hit)
    (entry,) = hit.run.ledger.entries
    assert entry.cached and entry.cost_nanousd == 0 and entry.usage is None
    assert hit.run.ledger.cost_nanousd == 0
    assert hit.run.ledger.usage.total_tokens == 0


async def test_a_streamed_answer_serves_who_waits_for_all_of_it_and_the_other_way_round():
    one = cache(Counting())
    streamed = await chunks(one, ask(stream=True))
    in_one = await chunks(one, ask(stream=False))
    assert len(in_one) == 2
    assert whole(in_one) == whole(streamed) == ("forty", "hm", USAGE)
    assert in_one[0].model == "r1-up"

    two = cache(Counting())
    await chunks(two, ask(stream=False))
    assert whole(await chunks(two, ask(stream=True))) == ("forty", "hm", USAGE)


async def test_tool_calls_are_played_back_as_they_came():
    called = (
        Chunk(tool_calls=(ToolCallDelta(0, "c1", "add", '{"a":'),)),
        Chunk(tool_calls=(ToolCallDelta(0, arguments="1}"),)),
        Chunk(finish="tool_calls", usage=USAGE),
    )
    engine = Counting(called)
    one = cache(engine)
    await chunks(one, ask())
    assert await chunks(one, ask()) == called
    assert engine.calls == 1


@pytest.mark.parametrize(
    "cut",
    [
        (Chunk(text="for"), Chunk(finish="length", usage=USAGE)),
        (Chunk(text="for"), Chunk(finish="content_filter")),
        (Chunk(text="for"), Chunk(text="ty")),
        (Chunk(finish="stop"),),
    ],
    ids=["cut", "filtered", "without a finish", "empty"],
)
async def test_what_is_no_whole_answer_is_not_stored(cut):
    engine = Counting(cut)
    one = cache(engine)
    await chunks(one, ask())
    await chunks(one, ask())
    assert engine.calls == 2


async def test_an_answer_that_the_clients_own_limit_cut_is_stored():
    engine = Counting((Chunk(text="for"), Chunk(finish="length", usage=USAGE)))
    one = cache(engine)
    limited = Sampling(temperature=0.0, max_tokens=USAGE.completion_tokens)
    first = await chunks(one, ask(sampling=limited))
    assert await chunks(one, ask(sampling=limited)) == first
    assert engine.calls == 1
    await chunks(one, ask(sampling=Sampling(temperature=0.0, max_tokens=USAGE.completion_tokens + 1)))
    assert engine.calls == 2


async def test_an_error_is_not_stored():
    engine = Counting(error=UpstreamBroken("half"))
    one = cache(engine)
    with pytest.raises(UpstreamBroken):
        await chunks(one, ask())
    engine.error = None
    assert await chunks(one, ask()) == WORDS


async def test_who_leaves_in_the_middle_stores_nothing_and_closes_the_call():
    engine = Counting()
    one = cache(engine)
    stream = one.stream(ask())
    await anext(stream)
    await stream.aclose()
    assert engine.closed == 1
    await chunks(one, ask())
    assert engine.calls == 2


@pytest.mark.parametrize(
    "other",
    [
        {"sampling": Sampling(temperature=0.0, max_tokens=5)},
        {"sampling": Sampling(temperature=0.0, seed=1)},
        {"sample": 1},
        {"logprobs": True},
        {"dial": 0.3},
        {"reasoning_effort": "high"},
        {"extras": {"top_k": 1}},
        {"messages": (Message("system", "Be brief."), Message("user", "6 times 7?"))},
        {"messages": (Message("user", "6 times 7?", name="ann"),)},
    ],
    ids=lambda other: next(iter(other)),
)
async def test_whatever_shapes_an_answer_is_in_its_key(other):
    engine = Counting()
    one = cache(engine)
    await chunks(one, ask())
    await chunks(one, replaced(ask(), **other))
    assert engine.calls == 2


async def test_another_tenant_and_another_scope_share_nothing():
    engine = Counting()
    shared = tiers(CacheConfig())
    one = cache(engine, shared=shared)
    await chunks(one, ask(tenant="a"))
    await chunks(one, ask(tenant="b"))
    await chunks(cache(engine, shared=shared, scope="r1/1"), ask(tenant="a"))
    assert engine.calls == 3


async def test_the_order_of_a_tools_fields_does_not_matter():
    engine = Counting()
    one = cache(engine)
    await chunks(one, ask(extras={"a": 1, "b": {"c": 1, "d": 2}}))
    await chunks(one, ask(extras={"b": {"d": 2, "c": 1}, "a": 1}))
    assert engine.calls == 1


async def test_random_sampling_is_cached_only_where_it_is_asked_for():
    engine = Counting()
    one = cache(engine)
    for sampling in (RANDOM, Sampling()):
        for _ in range(2):
            await chunks(one, ask(sampling=sampling))
    assert engine.calls == 4
    for _ in range(2):
        await chunks(one, with_rule(ask(sampling=RANDOM), CacheRule(use=True)))
    assert engine.calls == 5
    always = cache(engine, CacheConfig(around=("r1",), when="always"))
    for _ in range(2):
        await chunks(always, ask(sampling=RANDOM))
    assert engine.calls == 6


async def test_a_seed_makes_random_sampling_repeatable():
    engine = Counting()
    one = cache(engine)
    for _ in range(2):
        await chunks(one, ask(sampling=Sampling(temperature=1.0, seed=7)))
    assert engine.calls == 1


async def test_no_store_passes_the_cache_by_and_no_cache_renews_it():
    engine = Counting()
    one = cache(engine)
    hidden = with_rule(ask(), CacheRule(store=False))
    await chunks(one, hidden)
    assert hidden.run.cache_mark is not None and hidden.run.cache_mark.state == "bypass"
    await chunks(one, ask())
    assert engine.calls == 2

    engine.chunks = (Chunk(text="42"), Chunk(finish="stop"))
    assert whole(await chunks(one, with_rule(ask(), CacheRule(read=False))))[0] == "42"
    assert whole(await chunks(one, ask()))[0] == "42"
    assert engine.calls == 3


async def test_a_request_says_how_old_an_answer_may_be():
    watches = Watches()
    engine = Counting()
    one = cache(engine, watches=watches)
    await chunks(one, ask())
    watches.pass_s(100)
    await chunks(one, with_rule(ask(), CacheRule(max_age_s=200)))
    assert engine.calls == 1
    await chunks(one, with_rule(ask(), CacheRule(max_age_s=50)))
    assert engine.calls == 2


async def test_an_answer_ends_with_its_time_to_live():
    watches = Watches()
    engine = Counting()
    one = cache(engine, CacheConfig(around=("r1",), ttl_s=60), watches=watches)
    await chunks(one, ask())
    watches.pass_s(59)
    hit = ask()
    await chunks(one, hit)
    assert hit.run.cache_mark is not None and hit.run.cache_mark.age_s == 59
    watches.pass_s(2)
    await chunks(one, ask())
    assert engine.calls == 2


async def test_keys_opt_in_and_out():
    engine = Counting()
    one = cache(engine, CacheConfig(around=("r1",), only_keys=("k", "x"), not_keys=("x",)))
    for key in ("k", "k", "x", "x", "other", "other"):
        await chunks(one, ask(key=key))
    assert engine.calls == 5


async def test_an_answer_that_is_too_long_passes_and_is_not_kept():
    engine = Counting((Chunk(text="x" * 500), Chunk(text="y" * 500), Chunk(finish="stop")))
    one = cache(engine, CacheConfig(around=("r1",), entry_bytes=600))
    for _ in range(2):
        assert len(whole(await chunks(one, ask()))[0]) == 1000
    assert engine.calls == 2


async def test_a_teams_report_is_played_back_with_its_answer():
    class Team(Counting):
        async def stream(self, request):
            request.run.strategy, request.run.verification = "cascade", "verified"
            request.run.decision = "because"
            async for chunk in super().stream(request):
                yield chunk

    one = cache(Team(), is_team=True)
    await chunks(one, ask())
    hit = ask()
    hit.run.strategy = ""
    await chunks(one, hit)
    assert (hit.run.strategy, hit.run.verification, hit.run.decision) == ("cascade", "verified", "because")
    assert hit.run.cache_mark is not None


@pytest.mark.parametrize("flaw", [{"stopped_by": "run_cost_limit"}, {"verification": "refuted"}])
async def test_the_best_so_far_of_a_team_is_not_stored(flaw):
    class Team(Counting):
        async def stream(self, request):
            for name, value in flaw.items():
                setattr(request.run, name, value)
            async for chunk in super().stream(request):
                yield chunk

    engine = Team()
    one = cache(engine, is_team=True)
    for _ in range(2):
        await chunks(one, ask())
    assert engine.calls == 2


async def test_a_draft_is_the_question_that_was_asked_directly_before():
    engine = Counting()
    one = cache(engine)
    direct = ask(sampling=Sampling(temperature=0.0, max_tokens=200))
    await chunks(one, direct)
    team = replaced(direct, model="cothink-cascade", run=Run("u", caller=direct.run.caller))
    draft = team.ask(team.messages)
    await chunks(one, draft)
    assert engine.calls == 1
    assert draft.run.cache_mark is None  # the client's answer is the team's, not this draft
    await chunks(one, team.ask(team.messages, sample=1))
    assert engine.calls == 2
