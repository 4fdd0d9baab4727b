import asyncio

import pytest
from traffic_fakes import ask, read

from cothink.core.engine import Capabilities, Model
from cothink.core.errors import BadRequest, LimitReached, NotReady, SettingError, UpstreamError, UpstreamRefused
from cothink.core.price import Price
from cothink.engines.fake import Say, fake
from cothink.traffic.config import FallbackConfig
from cothink.traffic.fallback import Choice, Fallback, with_fallbacks


def choices(*engines, zones=None):
    zones = zones or ["site"] * len(engines)
    return [Choice(f"m{n}", engine, zone) for n, (engine, zone) in enumerate(zip(engines, zones, strict=True))]


@pytest.mark.parametrize("error", [UpstreamError("no"), UpstreamError("key", code="upstream_auth"), NotReady("down")])
async def test_the_next_model_answers_and_the_client_is_told(error):
    request = ask()
    one = Fallback(choices(fake(error), fake("fine")))
    assert await read(one.stream(request)) == "fine"
    assert request.run.warnings == [f"m0 could not be asked ({error.code}); m1 answers in its place."]
    assert request.run.trace.steps[0].detail == {"from": "m0", "to": "m1", "error": error.code}


@pytest.mark.parametrize("error", [BadRequest("no"), UpstreamRefused("no"), LimitReached("no")])
async def test_a_bad_request_and_a_limit_of_ours_go_nowhere_else(error):
    other = fake("fine")
    with pytest.raises(type(error)):
        await read(Fallback(choices(fake(error), other)).stream(ask()))
    assert other.requests == []


async def test_nothing_falls_back_once_a_chunk_has_left():
    other = fake("fine")
    first = fake(Say(text="a b c", fails=UpstreamError("no"), after=1))
    with pytest.raises(UpstreamError):
        await read(Fallback(choices(first, other)).stream(ask()))
    assert other.requests == []


async def test_a_site_request_never_reaches_a_hosted_model_unless_allowed():
    hosted = fake("hosted")
    two = choices(fake(UpstreamError("no")), hosted, zones=["site", "hosted"])
    request = ask()
    with pytest.raises(UpstreamError):
        await read(Fallback(two).stream(request))
    assert hosted.requests == []
    assert request.run.trace.steps[0].detail == {"not_asked": ["m1"]}
    assert await read(Fallback(two, allow_hosted=True).stream(ask())) == "hosted"


async def test_a_hosted_request_may_come_home():
    two = choices(fake(UpstreamError("no")), fake("home"), zones=["hosted", "site"])
    assert await read(Fallback(two).stream(ask())) == "home"


async def test_the_last_error_is_told_where_all_fail():
    last = UpstreamError("last")
    with pytest.raises(UpstreamError) as caught:
        await read(Fallback(choices(fake(UpstreamError("first")), fake(last))).stream(ask()))
    assert caught.value is last


@pytest.mark.parametrize("after", [0, 1])
async def test_a_hang_up_closes_the_inner_stream(after):
    engine = fake(Say(text="a b c", hangs=True, after=after))
    task = asyncio.create_task(read(Fallback(choices(engine)).stream(ask())))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (engine.open, engine.closed_early) == (0, 1)


def test_no_choice_and_doubled_names_are_refused():
    with pytest.raises(SettingError, match="choices"):
        Fallback([])
    with pytest.raises(SettingError, match="choices"):
        Fallback([Choice("a", fake(), "site")] * 2)


async def test_a_model_that_cannot_do_it_is_passed_over_and_the_trace_says_why():
    request = ask()
    blind, able = fake("blind"), fake("able")
    one = Fallback(
        [
            Choice("m0", fake(NotReady("down")), "site"),
            Choice("m1", blind, "site", lambda request: "m1 sees no pictures"),
            Choice("m2", able, "site"),
        ]
    )
    assert await read(one.stream(request)) == "able"
    assert blind.requests == []
    assert [step.detail for step in request.run.trace.steps] == [
        {"model": "m1", "why": "m1 sees no pictures"},
        {"from": "m0", "to": "m2", "error": "not_ready"},
    ]


def model(name, engine, zone="site"):
    return Model(name=name, engine=engine, capabilities=Capabilities(zone=zone), price=Price())


def bound(*models):
    return {one.name: one for one in models}


async def test_a_model_that_stands_in_does_so_without_its_own_fallbacks():
    one, two = fake(NotReady("one")), fake(NotReady("two"))
    models = bound(model("r1", one), model("b", two))
    found = with_fallbacks(models, {"r1": ("b",), "b": ("r1",)}, lambda *_: None, FallbackConfig())
    with pytest.raises(NotReady):
        await read(found["r1"].engine.stream(ask()))
    assert (len(one.requests), len(two.requests)) == (1, 1)


def test_a_model_without_fallbacks_keeps_its_own_engine():
    engine = fake("x")
    assert with_fallbacks(bound(model("r1", engine)), {}, lambda *_: None, FallbackConfig())["r1"].engine is engine


@pytest.mark.parametrize("names", [("nobody",), ("r1",), ("b", "b")])
def test_names_that_are_no_other_model_are_refused(names):
    models = bound(model("r1", fake()), model("b", fake()))
    with pytest.raises(
        SettingError, match=r"r1\.fallback names .*allowed are other models that are bound, each once: b"
    ):
        with_fallbacks(models, {"r1": names}, lambda *_: None, FallbackConfig())


async def test_leaving_the_site_is_refused_at_the_start_unless_it_is_allowed():
    models = bound(model("mine", fake(NotReady("down"))), model("pro", fake("far"), "hosted"))
    with pytest.raises(SettingError, match=r"models\.mine\.fallback names pro, which is hosted"):
        with_fallbacks(models, {"mine": ("pro",)}, lambda *_: None, FallbackConfig())
    found = with_fallbacks(models, {"mine": ("pro",)}, lambda *_: None, FallbackConfig(allow_hosted=True))
    assert await read(found["mine"].engine.stream(ask())) == "far"
