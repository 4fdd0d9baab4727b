"""Early escalation over HTTP: a gateway, two fake servers with delays, and the official client."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import openai
import pytest

from cothink.engines.fake_server import FakeServer
from cothink.serve import running
from cothink.settings import load
from test_serve import SUM, fake

RIGHT, WRONG = "17 * 23 = 391. Answer: 391", "17 * 23 = 381. Answer: 381"
ASK: Any = {"model": "cothink-cascade", "messages": [{"role": "user", "content": SUM}]}


class Pair(NamedTuple):
    client: openai.OpenAI
    r1: FakeServer
    pro: FakeServer


@contextmanager
def pair(r1: dict[str, Any], pro: dict[str, Any], **more: Any) -> Iterator[Pair]:
    """A gateway that starts the pro once R1's thought is over five tokens."""
    with ExitStack() as stack:
        inside, outside = (stack.enter_context(fake(one.pop("text"), **one)) for one in (dict(r1), dict(pro)))
        given = {
            "r1": {"url": inside.url, "model": "deepseek-ai/DeepSeek-R1"},
            "pro": {"url": outside.url, "key": "sk-fake", "delivery": more.pop("delivery", "stream")},
            "gateway": {"port": 0, "access_log": False, **more},
            "strategies": {"early": {"enabled": True, "thought_tokens": 5}},
        }
        url = stack.enter_context(running(lambda: load(Path("/dev/null"), {}, given)))
        yield Pair(stack.enter_context(openai.OpenAI(base_url=url, api_key="none", max_retries=0)), inside, outside)


def thinks(text: str, words: int, gap_s: float = 0.01) -> dict[str, Any]:
    return {"text": text, "reasoning": "so " * words, "gap_s": gap_s}


def soon(holds: Callable[[], bool]) -> bool:
    """Whether something comes to hold; the bound is loose, since the machine may be busy."""
    until = time.monotonic() + 5
    while not holds() and time.monotonic() < until:
        time.sleep(0.005)
    return holds()


def asked(at: Pair, stream: bool) -> tuple[str, dict[str, Any]]:
    """The answer's text and its field ``cothink``."""
    if stream:
        chunks: Any = list(at.client.chat.completions.create(**ASK, stream=True))
        return "".join(c.choices[0].delta.content or "" for c in chunks if c.choices), chunks[-1].cothink
    whole: Any = at.client.chat.completions.create(**ASK)
    return whole.choices[0].message.content, whole.cothink


@pytest.mark.parametrize("stream", [False, True])
def test_r1_passes_its_check_first_and_the_pros_connection_is_closed(stream: bool) -> None:
    with pair(thinks(RIGHT, 30), thinks(RIGHT, 2_000)) as at:
        text, report = asked(at, stream)
        assert text == RIGHT
        assert {call["model"]: call["outcome"] for call in report["calls"]} == {"r1": "completed", "pro": "cut"}
        assert report["early"]["winner"] == "r1"
        assert report["early"]["spent_usd"] > 0
        assert report["verification"] == "verified"
        assert soon(lambda: at.pro.stats.aborted == 1)


@pytest.mark.parametrize("stream", [False, True])
def test_the_pro_is_first_and_r1s_connection_is_closed(stream: bool) -> None:
    with pair(thinks(RIGHT, 2_000), {"text": RIGHT}) as at:
        text, report = asked(at, stream)
        assert text == RIGHT
        assert {call["model"]: call["outcome"] for call in report["calls"]} == {"r1": "cut", "pro": "completed"}
        assert report["early"]["winner"] == "pro"
        assert report["early"]["sign"].startswith("R1's thought is over 5 tokens")
        assert report["early"]["saved_s"] > 0
        assert {check["of"] for check in report["checks"]} == {"pro"}
        assert soon(lambda: at.r1.stats.aborted == 1)


@pytest.mark.parametrize("stream", [False, True])
def test_r1_falls_and_the_pros_words_are_already_on_their_way(stream: bool) -> None:
    with pair(thinks(WRONG, 20), {"text": RIGHT, "first_s": 1.5}) as at:
        text, report = asked(at, stream)
        assert text.endswith(RIGHT)
        assert report["early"]["winner"] == "pro"
        assert 0 < report["early"]["saved_s"] < 5
        assert report["early"]["spent_usd"] == pytest.approx(report["calls"][1]["cost_usd"])
        assert {(check["of"], check["standing"]) for check in report["checks"]} >= {("r1", "falls")}


def test_a_background_answer_of_the_pro_is_cancelled_at_its_vendor() -> None:
    with pair(thinks(RIGHT, 30), {"text": RIGHT, "polls": 1_000}, delivery="background") as at:
        text, report = asked(at, stream=False)
        assert text == RIGHT
        assert report["early"]["winner"] == "r1"
        assert soon(lambda: bool(at.pro.app._background._cancelled))


def test_a_run_that_may_make_one_call_starts_nothing_early() -> None:
    with pair(thinks(RIGHT, 30), {"text": RIGHT}, run_calls=1) as at:
        text, report = asked(at, stream=False)
        assert text == RIGHT
        assert at.pro.stats.requests == 0
        assert "was not started early" in report["early"]["because"]


def test_a_client_that_hangs_up_ends_both_upstream_calls() -> None:
    with pair(thinks(RIGHT, 5_000), thinks(RIGHT, 5_000)) as at:
        stream = at.client.chat.completions.create(**ASK, stream=True)
        reader = threading.Thread(target=lambda: next(iter(stream)))
        reader.start()
        assert soon(lambda: (at.r1.stats.open, at.pro.stats.open) == (1, 1))
        reader.join(5)
        stream.close()
        assert soon(lambda: (at.r1.stats.aborted, at.pro.stats.aborted) == (1, 1))
        assert (at.r1.stats.open, at.pro.stats.open) == (0, 0)


@pytest.mark.parametrize("fault", ["status", "html", "cut", "error_event", "garbage"])
def test_a_pro_that_breaks_in_whatever_way_leaves_r1s_answer(fault: str) -> None:
    with pair(thinks(RIGHT, 60), {"text": RIGHT, "fault": fault}) as at:
        text, report = asked(at, stream=False)
        assert text == RIGHT
        assert report["verification"] == "verified"
        assert "the pro failed" in report["early"]["because"]
