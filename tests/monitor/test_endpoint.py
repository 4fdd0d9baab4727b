"""GET /metrics on a gateway, and through a reload of the settings."""

import httpx

from cothink.core.events import fan_out
from cothink.engines.fake_server import FakeServer
from cothink.engines.llamacpp_servers import OwnServers
from cothink.gateway.app import build_app
from cothink.gateway.config import GatewayConfig
from cothink.gateway.parts import Parts, Readiness, request_ids
from cothink.monitor.exposition import CONTENT_TYPE, render
from cothink.monitor.metrics import Metrics
from cothink.serve import Running
from cothink.settings import load
from gateway.scripted import HELLO, Scripted, Shelf, chat
from monitor.exposition_format import read


def client_of(metrics: Metrics | None, config: GatewayConfig | None = None) -> httpx.AsyncClient:
    async def shown() -> bytes:
        assert metrics is not None
        return render(metrics.snapshot())

    shelf = Shelf(r1=Scripted(*HELLO))
    parts = Parts(
        config=config or GatewayConfig(),
        directory=shelf,
        make_id=request_ids(),
        readiness=Readiness(),
        emit=fan_out((metrics,) if metrics else ()),
        metrics=shown if metrics else None,
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(build_app(parts)), base_url="http://gateway")


def names(name: str) -> str:
    return Shelf(r1=Scripted()).find(name).model.name


async def test_metrics_show_what_was_asked() -> None:
    async with client_of(Metrics(names)) as client:
        await client.post("/v1/chat/completions", json=chat())
        await client.post("/v1/chat/completions", json=chat("nope"))
        await client.post("/v1/chat/completions", json={})
        answer = await client.get("/metrics")
        assert (await client.head("/metrics")).status_code == 200
        assert (await client.post("/metrics")).status_code == 405
    assert answer.headers["content-type"] == CONTENT_TYPE
    assert answer.headers["cache-control"] == "no-store"
    runs = read(answer.content)["cothink_runs_total"]
    assert runs.value(model="r1", strategy="direct", outcome="completed", status="2xx") == "1"
    assert runs.value(model="other", strategy="none", outcome="refused", status="4xx") == "1"
    assert runs.value(model="none", strategy="none", outcome="refused", status="4xx") == "1"
    assert read(answer.content)["cothink_runs_in_flight"].value() == "0"


async def test_metrics_need_a_key_where_the_api_needs_one() -> None:
    async with client_of(Metrics(), GatewayConfig(keys={"a": "sk-long-enough"})) as client:
        assert (await client.get("/metrics")).status_code == 401
        answer = await client.get("/metrics", headers={"authorization": "Bearer sk-long-enough"})
        assert answer.status_code == 200
        read(answer.content)


async def test_without_metrics_there_is_no_such_path() -> None:
    async with client_of(None) as client:
        answer = await client.get("/metrics")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_path")


async def test_counts_live_through_a_reload_of_the_settings(tmp_path) -> None:
    empty = tmp_path / "cothink.toml"
    empty.touch()
    async with FakeServer() as server:
        variables = {"COTHINK_R1_URL": f"{server.url}/v1", "COTHINK_R1_MODEL": "fake"}
        life = Running(lambda: load(empty, environment=variables), OwnServers())
        await life.start()
        transport = httpx.ASGITransport(life.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            for _ in range(2):
                assert (await client.post("/v1/chat/completions", json=chat())).status_code == 200
                await life.reload()
            shown = read((await client.get("/metrics")).content)
        await life.stop()
    assert shown["cothink_calls_total"].value(model="r1", zone="site", outcome="completed", error="none") == "2"
    assert shown["cothink_gateway_overhead_seconds"].value("_count", strategy="direct") == "2"
    assert shown["cothink_runs_in_flight"].value() == "0"
