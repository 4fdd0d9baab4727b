"""A whole gateway with a cache: settings, headers, the report, the metrics."""

import threading
from pathlib import Path
from typing import Any

import httpx

from cothink.serve import running
from cothink.settings import load
from test_serve import SUM, client, fake

ASK: dict[str, Any] = {"messages": [{"role": "user", "content": SUM}], "temperature": 0, "max_tokens": 64}
RIGHT = "17 * 23 = 391. Answer: 391"


def served(r1: Any, pro: Any, **cache: Any) -> Any:
    given = {
        "r1": {"url": r1.url, "model": "deepseek-ai/DeepSeek-R1"},
        "pro": {"url": pro.url, "key": "sk-fake", "delivery": "plain"},
        "gateway": {"port": 0, "access_log": False},
        "traffic": {"cache": cache},
    }
    return running(lambda: load(Path("/dev/null"), {}, given))


def test_headers_report_and_metrics_tell_a_hit_from_a_miss() -> None:
    with fake(RIGHT) as r1, fake("no") as pro, served(r1, pro, around=["r1"]) as url, client(url) as openai_client:
        create = openai_client.chat.completions.with_raw_response.create
        miss, hit = (create(model="r1", **ASK) for _ in range(2))
        assert miss.headers["x-cothink-cache"] == "miss"
        assert (hit.headers["x-cothink-cache"], hit.headers["x-cothink-cache-tier"]) == ("hit", "hot")
        assert hit.headers["x-cothink-cost-usd"] == "0.000000"
        first, again = miss.parse(), hit.parse()
        assert first.choices[0].message.content == again.choices[0].message.content == RIGHT
        assert first.usage == again.usage
        report = again.model_extra["cothink"]  # type: ignore[index]
        assert report["calls"][0]["cached"] is True and report["cost_usd"] == 0

        stream = create(model="r1", stream=True, stream_options={"include_usage": True}, **ASK)
        assert stream.headers["x-cothink-cache"] == "hit"
        frames = list(stream.parse())
        assert "".join(frame.choices[0].delta.content or "" for frame in frames if frame.choices) == RIGHT
        assert frames[-1].usage == first.usage

        passed = create(model="r1", extra_headers={"cache-control": "no-store"}, **ASK)
        assert passed.headers["x-cothink-cache"] == "bypass"
        renewed = create(model="r1", extra_body={"cache": {"no-cache": True}}, **ASK)
        assert renewed.headers["x-cothink-cache"] == "miss"
        text = httpx.get(url.replace("/v1", "/metrics")).text
        assert 'cothink_cache_uses_total{model="r1",state="hit",tier="hot"} 2' in text
        assert 'cothink_cache_uses_total{model="r1",state="bypass",tier="none"} 1' in text


def test_a_cascades_draft_costs_nothing_where_r1_was_asked_the_same_before() -> None:
    with fake(RIGHT) as r1, fake("no") as pro, served(r1, pro, around=["r1"]) as url, client(url) as openai_client:
        body = ASK | {"messages": [{"role": "user", "content": SUM + " End with `Answer: NUMBER`."}]}
        openai_client.chat.completions.create(model="r1", **body)
        team = openai_client.chat.completions.create(model="cothink-cascade", **body)
        report = team.model_extra["cothink"]  # type: ignore[index]
        draft, *samples = [(call["model"], call.get("cached", False)) for call in report["calls"]]
        assert draft == ("r1", True)
        assert ("r1", True) not in samples


def test_a_teams_answer_is_given_again_with_its_verification() -> None:
    with (
        fake(RIGHT) as r1,
        fake("no") as pro,
        served(r1, pro, around=["cothink-cascade"]) as url,
        client(url) as openai_client,
    ):
        create = openai_client.chat.completions.with_raw_response.create
        create(model="cothink-cascade", **ASK)
        hit = create(model="cothink-cascade", **ASK)
        assert hit.headers["x-cothink-cache"] == "hit"
        assert hit.headers["x-cothink-verification"] == "verified"
        assert hit.headers["x-cothink-strategy"] == "cascade"


def test_nothing_is_cached_without_the_setting_and_no_header_says_so() -> None:
    with fake(RIGHT) as r1, fake("no") as pro, served(r1, pro) as url, client(url) as openai_client:
        answer = openai_client.chat.completions.with_raw_response.create(model="r1", **ASK)
        assert "x-cothink-cache" not in answer.headers


def test_a_stampede_of_clients_makes_one_call(tmp_path: Path) -> None:
    with fake(RIGHT, first_s=0.1) as r1, fake("no") as pro:
        with served(r1, pro, around=["r1"], cold=str(tmp_path / "cold.db")) as url:
            states: list[str] = []

            def one() -> None:
                answer = httpx.post(url + "/chat/completions", json={"model": "r1", **ASK})
                states.append(answer.headers["x-cothink-cache"])

            threads = [threading.Thread(target=one) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(states) == ["hit"] * 7 + ["miss"]
        with served(r1, pro, around=["r1"], cold=str(tmp_path / "cold.db")) as url:
            answer = httpx.post(url + "/chat/completions", json={"model": "r1", **ASK})
            assert answer.headers["x-cothink-cache-tier"] == "cold"
