"""cothink-local over HTTP: whatever the task and the settings, the hosted server is never spoken to."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import openai
import pytest

from cothink.serve import running
from cothink.settings import load
from test_serve import SUM, fake

WRONG = "17 * 23 = 381. Answer: 381"


def given(r1: str, pro: str, **more: Any) -> dict[str, Any]:
    return {
        "r1": {"url": r1, "model": "deepseek-ai/DeepSeek-R1"},
        "pro": {"url": pro, "key": "sk-fake", "delivery": "plain"},
        "gateway": {"port": 0, "access_log": False},
        **more,
    }


@pytest.mark.parametrize("stream", [False, True])
def test_what_the_check_refutes_stays_on_the_site_and_is_said_openly(stream: bool) -> None:
    with ExitStack() as stack:
        r1, pro = stack.enter_context(fake(WRONG)), stack.enter_context(fake("17 * 23 = 391. Answer: 391"))
        url = stack.enter_context(running(lambda: load(Path("/dev/null"), {}, given(r1.url, pro.url))))
        client = stack.enter_context(openai.OpenAI(base_url=url, api_key="none", max_retries=0))
        messages: Any = [{"role": "user", "content": SUM}]
        if stream:
            told: Any = list(client.chat.completions.create(model="cothink-local", messages=messages, stream=True))
            report = told[-1].cothink
        else:
            whole: Any = client.chat.completions.create(model="cothink-local", messages=messages)
            report = whole.cothink
        assert report["strategy"] == "local"
        assert report["verification"] == "refuted"
        assert any(warning.startswith("Not escalated: local only.") for warning in report["warnings"])
        assert {call["zone"] for call in report["calls"]} == {"site"}
        assert (r1.stats.requests, pro.stats.requests) == (4, 0)


def test_a_fallback_that_may_leave_the_site_elsewhere_does_not_here() -> None:
    with ExitStack() as stack:
        r1 = stack.enter_context(fake("x", fault="status", status=503))
        pro = stack.enter_context(fake("from outside"))
        settings = given(r1.url, pro.url, traffic={"fallback": {"allow_hosted": True}})
        settings["r1"]["fallback"] = ["pro"]
        url = stack.enter_context(running(lambda: load(Path("/dev/null"), {}, settings)))
        client = stack.enter_context(openai.OpenAI(base_url=url, api_key="none", max_retries=0))
        messages: Any = [{"role": "user", "content": "hi"}]
        assert client.chat.completions.create(model="r1", messages=messages).choices[0].message.content
        assert pro.stats.requests == 1
        with pytest.raises(openai.APIStatusError):
            client.chat.completions.create(model="cothink-local", messages=messages)
        assert pro.stats.requests == 1


def test_without_a_model_of_the_site_the_name_is_answered_by_what_is_missing() -> None:
    with ExitStack() as stack:
        pro = stack.enter_context(fake("from outside"))
        settings = given("", pro.url)
        del settings["r1"]
        url = stack.enter_context(running(lambda: load(Path("/dev/null"), {}, settings)))
        client = stack.enter_context(openai.OpenAI(base_url=url, api_key="none", max_retries=0))
        assert "cothink-local" not in {model.id for model in client.models.list()}
        with pytest.raises(openai.NotFoundError, match="asks models of the zone site alone, and none is bound"):
            client.chat.completions.create(model="cothink-local", messages=[{"role": "user", "content": "hi"}])
        assert pro.stats.requests == 0


def test_with_r1_alone_there_is_a_vault_and_another_model_of_the_site_does_too() -> None:
    with ExitStack() as stack:
        r1 = stack.enter_context(fake("hello"))
        for name in ("r1", "other"):
            binding = {"url": r1.url, "model": "deepseek-ai/DeepSeek-R1"}
            settings: dict[str, Any] = {"gateway": {"port": 0, "access_log": False}}
            settings |= {"r1": binding} if name == "r1" else {"models": {name: binding}}
            with running(lambda settings=settings: load(Path("/dev/null"), {}, settings)) as url:  # type: ignore[misc]
                client = stack.enter_context(openai.OpenAI(base_url=url, api_key="none", max_retries=0))
                answer = client.chat.completions.create(
                    model="cothink-local", messages=[{"role": "user", "content": "Say hello."}]
                )
                assert answer.choices[0].message.content == "hello"
