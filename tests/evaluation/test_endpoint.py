"""Any OpenAI-compatible server as the target of a live run: a plain one, one that fails, a CoThink gateway."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from cothink.core.answer import collect
from cothink.core.errors import UpstreamBroken, UpstreamBusy
from cothink.core.messages import Message
from cothink.core.price import Price
from cothink.core.request import Request, Sampling
from cothink.core.run import Run
from cothink.engines.chat_config import ChatCompletionsConfig
from cothink.engines.fake_config import FakeServerConfig
from cothink.engines.fake_server import FakeServer
from cothink.engines.http import HttpClient
from cothink.evaluation.live.endpoint import Endpoint, report_in
from cothink.evaluation.live.target import Target
from gateway.scripted import HELLO, Scripted, Shelf, gateway


@asynccontextmanager
async def endpoint(url: str, model: str = "m", price: Price | None = None) -> AsyncIterator[Target]:
    config = ChatCompletionsConfig(url=url, model=model)
    http = HttpClient(url + "/v1")
    try:
        yield Target(model, Endpoint(config, http, price))
    finally:
        await http.aclose()


def ask(model: str = "m") -> Request:
    return Request(model=model, messages=(Message("user", "hi there"),), run=Run("r"), sampling=Sampling(seed=4))


async def test_a_plain_server_is_booked_by_its_price() -> None:
    async with (
        FakeServer(FakeServerConfig(text="a b c")) as server,
        endpoint(server.url, price=Price(output_usd=1e6)) as target,
    ):
        request = ask()
        answer = await collect(target.engine.stream(request))
        assert (answer.text, target.cost_usd(request.run)) == ("a b c", 3.0)
        assert request.run.ledger.usage.prompt_tokens == 2
        assert (server.app.bodies[0]["seed"], server.app.bodies[0]["stream"]) == (4, True)


async def test_without_a_price_the_cost_is_not_known_and_never_nothing() -> None:
    async with FakeServer() as server, endpoint(server.url) as target:
        request = ask()
        await collect(target.engine.stream(request))
        assert target.cost_usd(request.run) is None


async def test_a_gateways_own_report_is_taken_for_calls_and_cost() -> None:
    with gateway(Shelf(r1=Scripted(*HELLO))) as port:
        async with endpoint(f"http://127.0.0.1:{port}", "r1") as target:
            request = ask("r1")
            answer = await collect(target.engine.stream(request))
    assert answer.text == "Hello world"
    assert request.run.ledger.usage.completion_tokens == 3


def test_a_report_is_read_from_the_last_frame_only_where_it_is_one() -> None:
    frame = b'data: {"choices": [], "cothink": {"calls": [{"model": "r1", "cost_usd": 0.5}]}}\n\n'
    assert report_in(frame + b"data: [DONE]\n\n") == {"calls": [{"model": "r1", "cost_usd": 0.5}]}
    assert report_in(b'data: {"choices": [{"delta": {"content": "\\"cothink\\": {}"}}]}\n\n') is None
    assert report_in(b'data: {"cothink": 3}\n\n') is None
    assert report_in(b'rest of a frame "cothink": {}}\n\n') is None


async def test_a_team_behind_a_url_is_booked_call_by_call() -> None:
    run = Run("r")
    from cothink.evaluation.live import endpoint as module

    report = {
        "strategy": "cascade",
        "verification": "verified",
        "calls": [
            {"model": "r1", "cost_usd": 0.0, "usage": {"prompt_tokens": 5, "completion_tokens": 2}},
            {"model": "pro", "cost_usd": 0.25, "usage": {"prompt_tokens": 9, "completion_tokens": 4}},
        ],
    }
    assert module._booked(run, report, 1.0)
    assert [entry.model for entry in run.ledger.entries] == ["r1", "pro"]
    assert run.ledger.cost_nanousd == 250_000_000
    assert run.verification == "verified"
    assert not module._booked(Run("r"), {"calls": 3}, 1.0)


@pytest.mark.parametrize(
    ("fault", "error"), [("status", UpstreamBusy), ("stop", UpstreamBroken), ("garbage", UpstreamBroken)]
)
async def test_what_fails_raises_and_keeps_its_retry_after(fault: str, error: type[Exception]) -> None:
    script = FakeServerConfig(fault=fault, status=429, retry_after="3")  # type: ignore[arg-type]
    async with FakeServer(script) as server, endpoint(server.url) as target:
        with pytest.raises(error) as caught:
            await collect(target.engine.stream(ask()))
    if fault == "status":
        assert caught.value.retry_after_s == 3.0  # type: ignore[attr-defined]
