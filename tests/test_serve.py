"""A whole gateway from settings: real engines over HTTP to fake servers, the official client in front."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openai
import pytest

from cothink.core.errors import CoThinkError, SettingError
from cothink.engines.fake_config import FakeServerConfig
from cothink.engines.fake_server import FakeServer
from cothink.engines.llamacpp_servers import OwnServers
from cothink.serve import Running, running
from cothink.settings import Settings, load

SUM = "A crate holds 17 rows of 23 lemons. How many lemons are in the crate? Show the calculation."


@contextmanager
def fake(text: str, **more: Any) -> Iterator[FakeServer]:
    """A fake model server in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> FakeServer:
        server = FakeServer(FakeServerConfig(text=text, **more))
        return await server.__aenter__()

    server = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def pair(r1: FakeServer, pro: FakeServer, **gateway: Any) -> Callable[[], Settings]:
    """Settings that bind both roles to fakes."""
    given = {
        "r1": {"url": r1.url, "model": "deepseek-ai/DeepSeek-R1"},
        "pro": {"url": pro.url, "key": "sk-fake", "delivery": "plain"},
        "gateway": {"port": 0, "access_log": False, **gateway},
    }
    return lambda: load(Path("/dev/null"), {}, given)


def client(url: str, key: str = "none") -> openai.OpenAI:
    return openai.OpenAI(base_url=url, api_key=key, max_retries=0)


def test_the_pro_is_asked_only_where_the_check_finds_fault() -> None:
    with (
        fake("17 * 23 = 381. Answer: 381") as r1,
        fake("17 * 23 = 391. Answer: 391") as pro,
        running(pair(r1, pro)) as url,
        client(url) as openai_client,
    ):
        answer = openai_client.chat.completions.create(
            model="cothink-cascade", messages=[{"role": "user", "content": SUM}]
        )
        assert "391" in (answer.choices[0].message.content or "")
        assert answer.model_extra is not None
        report = answer.model_extra["cothink"]
        assert [call["model"] for call in report["calls"]] == ["r1", "pro"]
        said = {(check["of"], check["standing"]) for check in report["checks"]}
        assert ("r1", "falls") in said
        assert ("pro", "falls") not in said
        assert report["cost_usd"] > 0


def test_a_retired_name_is_answered_by_the_bound_successor_and_says_so() -> None:
    with fake("ok") as r1, fake("from the pro") as pro, running(pair(r1, pro)) as url, client(url) as openai_client:
        answer = openai_client.chat.completions.create(model="o1-pro", messages=[{"role": "user", "content": "hi"}])
        assert answer.model_extra is not None
        assert "o1-pro was switched off on 2026-10-23; pro answers for it." in answer.model_extra["cothink"]["warnings"]
        assert {model.id for model in openai_client.models.list()} >= {"r1", "pro", "cothink-auto", "cothink-cascade"}


def test_an_unknown_model_names_the_near_ones() -> None:
    with fake("ok") as r1, fake("ok") as pro, running(pair(r1, pro)) as url, client(url) as openai_client:
        with pytest.raises(openai.NotFoundError) as caught:
            openai_client.chat.completions.create(model="R1", messages=[{"role": "user", "content": "hi"}])
        assert caught.value.code == "model_not_found"
        assert "Did you mean r1" in str(caught.value)


def test_a_dead_server_costs_no_answer_where_another_one_has_the_model() -> None:
    with fake("from the living") as alive, fake("ok") as pro:
        given = {
            "r1": {"urls": ["http://127.0.0.1:9/v1", alive.url], "model": "m", "preset": "none"},
            "pro": {"url": pro.url, "key": "sk-fake"},
            "gateway": {"port": 0, "access_log": False},
        }
        with running(lambda: load(Path("/dev/null"), {}, given)) as url, client(url) as openai_client:
            for number in range(4):
                answer = openai_client.chat.completions.create(
                    model="r1", messages=[{"role": "user", "content": f"hi {number}"}]
                )
                assert answer.choices[0].message.content == "from the living"


def test_another_model_answers_where_the_servers_of_one_are_gone_and_the_answer_says_so() -> None:
    with fake("from the small one") as alive:
        given = {
            "models": {
                "big": {"url": "http://127.0.0.1:9/v1", "model": "m", "preset": "none", "fallback": ["small"]},
                "small": {"url": alive.url, "model": "s", "preset": "none"},
            },
            "gateway": {"port": 0, "access_log": False},
        }
        with running(lambda: load(Path("/dev/null"), {}, given)) as url, client(url) as openai_client:
            asked: Any = {"model": "big", "messages": [{"role": "user", "content": "hi"}]}
            raw = openai_client.chat.completions.with_raw_response.create(**asked)
            answer = raw.parse()
            assert answer.choices[0].message.content == "from the small one"
            assert raw.headers["x-cothink-fallback"] == "big -> small (upstream_unreachable)"
            assert answer.model_extra is not None
            report = answer.model_extra["cothink"]
            assert report["fallback"] == [{"from": "big", "to": "small", "error": "upstream_unreachable"}]
            assert report["warnings"] == ["big could not be asked (upstream_unreachable); small answers in its place."]
            assert [call["model"] for call in report["calls"]][-1] == "small"
            streamed = openai_client.chat.completions.with_raw_response.create(**asked, stream=True)
            assert streamed.headers["x-cothink-fallback"].startswith("big -> small (")
            assert "".join(chunk.choices[0].delta.content or "" for chunk in streamed.parse()) == "from the small one"


@pytest.mark.parametrize(("names", "words"), [("small", "a list of names is allowed"), (["pro"], "which is hosted")])
def test_a_fallback_that_may_not_be_is_refused_in_words(names: Any, words: str) -> None:
    given = {
        "r1": {"url": "http://127.0.0.1:9/v1", "model": "m", "preset": "none", "fallback": names},
        "pro": {"url": "http://127.0.0.1:9/v1", "key": "sk-fake"},
    }
    with pytest.raises(SettingError, match=words), running(lambda: load(Path("/dev/null"), {}, given)):
        pass


def test_a_gateway_with_keys_turns_a_wrong_one_away() -> None:
    with fake("ok") as r1, fake("ok") as pro, running(pair(r1, pro, keys={"alice": "sk-alice-0123"})) as url:
        with client(url, "sk-wrong-0123") as wrong, pytest.raises(openai.AuthenticationError) as caught:
            wrong.chat.completions.create(model="r1", messages=[{"role": "user", "content": "hi"}])
        assert caught.value.code == "invalid_api_key"
        with client(url, "sk-alice-0123") as alice:
            assert alice.chat.completions.create(model="r1", messages=[{"role": "user", "content": "hi"}])


async def test_a_reload_takes_new_settings_and_a_bad_one_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    answers: list[Settings | CoThinkError] = []

    def settings(*names: str) -> Settings:
        given = {"models": {name: {"url": "http://127.0.0.1:9/v1", "model": name} for name in names}}
        return load(Path("/dev/null"), {}, given)

    def next_one() -> Settings:
        one = answers.pop(0)
        if isinstance(one, CoThinkError):
            raise one
        return one

    answers += [settings("a"), SettingError("gateway.port is 'x'"), settings(), settings("a", "b")]
    life = Running(next_one, OwnServers())
    await life.start()
    try:
        assert await names_of(life) == ["cothink-local", "a"]
        for _ in range(2):  # one that is refused, and one that binds nothing
            await life.reload()
            assert await names_of(life) == ["cothink-local", "a"]
        assert caplog.text.count("The settings were not taken") == 2
        await life.reload()
        assert await names_of(life) == ["cothink-local", "a", "b"]
    finally:
        await life.stop()


async def names_of(life: Running) -> list[str]:
    """The models that the application lists now."""
    import httpx

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=life.app), base_url="http://gateway") as asking:
        return [model["id"] for model in (await asking.get("/v1/models")).json()["data"]]


def test_nothing_bound_says_what_to_set() -> None:
    with (
        pytest.raises(SettingError, match="Set COTHINK_R1_URL and COTHINK_PRO_KEY"),
        running(lambda: load(Path("/dev/null"), {})),
    ):
        pass


def test_a_pro_without_a_key_says_how_to_give_one() -> None:
    given = {"pro": {"model": "gpt-6.1-sol"}}
    with (
        pytest.raises(SettingError, match=r"pro needs a key: set pro\.key"),
        running(lambda: load(Path("/dev/null"), {}, given)),
    ):
        pass


def test_a_model_file_that_was_not_pulled_says_how_to_pull_it(tmp_path: Path) -> None:
    given = {"r1": {"path": "smollm2-135m"}, "cache": str(tmp_path)}
    with (
        pytest.raises(SettingError, match="cothink models pull smollm2-135m"),
        running(lambda: load(Path("/dev/null"), {}, given)),
    ):
        pass


def test_a_damaged_model_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.gguf").write_bytes(b"GGUF" + bytes(100))
    given = {"r1": {"path": str(tmp_path / "bad.gguf")}}
    with (
        pytest.raises(CoThinkError, match=r"bad\.gguf is damaged or no GGUF"),
        running(lambda: load(Path("/dev/null"), {}, given)),
    ):
        pass
