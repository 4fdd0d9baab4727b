"""Applications through a whole gateway: what leaves, what is said, who may decide, and a score made again."""

import json
import random
import re
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import openai
import pytest
from typer.testing import CliRunner

from cothink.cli.main import app
from cothink.engines.fake_server import FakeServer
from cothink.risk import files
from cothink.risk.assessment import schemas
from cothink.serve import running
from cothink.settings import load
from cothink.verify.schema import check_schema
from flow.tap import Tap, tapped
from risk.parts import FORM, OPINION, WORDS, application, reading, scorecard
from test_serve import fake

KEYS = {"ann": "sk-ann-0123456", "bob": "sk-bob-0123456"}


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scorecard(tmp_path_factory.mktemp("card") / "model")


class Site(NamedTuple):
    url: str
    r1: FakeServer
    pro: FakeServer
    config: Path
    tap: Tap

    def score(self, body: Any, key: str = "ann") -> httpx.Response:
        return httpx.post(f"{self.url}/risk/score", json=body, headers=bearer(key), timeout=60)

    def reviews(self, key: str = "ann", id: str = "", **query: Any) -> httpx.Response:
        path = f"/{id}" if id else ""
        return httpx.get(f"{self.url}/risk/reviews{path}", params=query, headers=bearer(key))

    def decide(self, id: str, key: str = "ann", **body: Any) -> httpx.Response:
        body = {"decision": "approve", "by": "Ann Lee", "why": "Payslips seen."} | body
        return httpx.post(f"{self.url}/risk/reviews/{id}", json=body, headers=bearer(key))


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {KEYS[key]}"}


def says(server: FakeServer, text: str) -> None:
    """From now on the fake answers so."""
    httpx.post(f"{server.url.removesuffix('/v1')}/control", json={"text": text}).raise_for_status()


@contextmanager
def site(folder: Path, card: Path | None, *, r1: str = "", pro: str = OPINION, **risk: Any) -> Iterator[Site]:
    """A gateway with a fake of the site and a fake outside."""
    with ExitStack() as stack:
        inside, outside = stack.enter_context(fake(r1 or reading("short of cash"))), stack.enter_context(fake(pro))
        tap = stack.enter_context(tapped(outside.url))
        config = folder / "cothink.toml"
        named = {"model": str(card)} if card else {}
        given: dict[str, Any] = {
            "r1": {"url": inside.url, "model": "deepseek-ai/DeepSeek-R1"},
            "pro": {"url": tap.url, "key": "sk-fake", "delivery": "plain"},
            "gateway": {"port": 0, "access_log": False, "keys": KEYS},
            "risk": named | risk,
            "store": {"url": f"sqlite:///{folder}/store.db"},
        }
        config.write_text(f'[store]\nurl = "sqlite:///{folder}/store.db"\n[risk]\nmodel = "{card}"\n')
        url = stack.enter_context(running(lambda: load(Path("/dev/null"), {}, given)))
        yield Site(url, inside, outside, config, tap)


def test_an_application_is_scored_explained_and_shows_its_evidence(tmp_path: Path, card: Path) -> None:
    with site(tmp_path, card) as at:
        answer = at.score(application())
        said = answer.json()
        assert answer.status_code == 200
        cothink = said.pop("cothink")
        assert check_schema(json.dumps(said), schemas()["assessment"]).stands
        assert httpx.get(f"{at.url}/risk/schema", headers=bearer("ann")).json() == schemas()
    (span,) = said["evidence"]
    assert WORDS[span["start"] : span["end"]] == span["quote"] == "short of cash"
    assert 0 < said["low"] < said["probability"] < said["high"] < 1
    assert {one["by"] for one in said["reasons"]} == {"scorecard", "pro"}
    assert [(call["model"], call["zone"]) for call in cothink["calls"]] == [("r1", "site"), ("pro", "hosted")]
    assert cothink["strategy"] == "risk"
    assert cothink["cost_usd"] > 0


def test_the_official_client_asks_cothink_risk(tmp_path: Path, card: Path) -> None:
    with site(tmp_path, card) as at, openai.OpenAI(base_url=at.url, api_key=KEYS["ann"], max_retries=0) as client:
        messages: Any = [{"role": "user", "content": json.dumps(application())}]
        whole = client.chat.completions.create(model="cothink-risk", messages=messages)
        chunks = list(client.chat.completions.create(model="cothink-risk", messages=messages, stream=True))
        told = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        asked = client.responses.create(model="cothink-risk", input=json.dumps(application())).output_text
        said = [json.loads(text) for text in (whole.choices[0].message.content or "", told, asked)]
        assert len({one["probability"] for one in said}) == 1
        assert len({one["id"] for one in said}) == 3
        with pytest.raises(openai.BadRequestError, match="application"):
            client.chat.completions.create(model="cothink-risk", messages=[{"role": "user", "content": "Hello"}])


def r1_answers(count: int) -> Iterator[str]:
    """What a hostile or broken R1 might say: the applicant's words in every place where a text fits, and more."""
    chance = random.Random(7)
    words = WORDS.split()
    yield WORDS
    yield reading(WORDS, sentiment=WORDS)
    yield reading(contradictions=[{"field": WORDS, "quote": WORDS}, {"field": "income", "quote": "short of cash"}])
    yield reading("short of cash", note=WORDS)
    yield reading(*[word for word in words if len(word) > 2])
    yield reading(phrases=[{"quote": "job is steady", "risk": WORDS}])
    while count > 6:
        count -= 1
        piece = " ".join(chance.sample(words, 3))
        yield reading(
            piece, chance.choice(words), contradictions=[{"field": chance.choice(["debt", piece]), "quote": piece}]
        )


def test_no_word_of_the_applicant_leaves_whatever_r1_answers(tmp_path: Path, card: Path) -> None:
    secret = "Ann Lee, 13857124409, 110101199003072332, 招商银行"
    form = FORM | {"home": secret, "nickname": secret, secret: 1, "income": 13857124409}
    strange = {"id": "a-1 Lee", "form": form, "texts": {"words": WORDS, "memo": secret}}
    applicants = tokens(f"{WORDS} {secret} {strange['id']} 41234 nickname memo")
    with site(tmp_path, card) as at:
        ours = at.score(application(texts={}, id="")).json()  # nothing of an applicant's own is in this one
        assert ours["words"]["state"] == "no_words"
        fixed, before = tokens(at.tap.sent.decode()), len(at.tap.sent)
        answers = list(r1_answers(20))
        for number, answer in enumerate(answers):
            says(at.r1, answer)
            headers = bearer("ann") | {"x-request-id": "Lee-short-of-cash", "user-agent": secret.encode()}
            body = {"model": "cothink-risk", "messages": [{"role": "user", "content": json.dumps(strange)}]}
            more: Any = {
                "stop": [WORDS],
                "user": secret,
                "metadata": {"a": secret},
                "chat_template_kwargs": {"a": secret},
            }
            sent = httpx.post(f"{at.url}/chat/completions", json=body | more, headers=headers, timeout=60)
            assert sent.status_code == 200, sent.text
            assert at.score([application(), strange]).status_code == 200
            assert at.pro.stats.requests == 1 + 3 * (number + 1)
        wire = at.tap.sent[before:].decode()  # heads and bodies, every byte
        leaked = (tokens(wire) - fixed) & applicants
        assert leaked == set()
        assert all(name in wire for name in ("form_income", "text_says_cash_strain", "not_read"))


def tokens(text: str) -> set[str]:
    """The words of a text, and each sign of a Chinese one."""
    return {one.lower() for one in re.findall(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+", text)}


def test_the_pro_alone_never_moves_the_probability(tmp_path: Path, card: Path) -> None:
    said = []
    with site(tmp_path, card) as at:
        for opinion in (OPINION, json.dumps({"score": 0, "reasons": []}), "Approved!", '{"score": 1e9}'):
            says(at.pro, opinion)
            said.append(at.score(application()).json())
    assert len({one["probability"] for one in said}) == 1
    assert [one["disagreement"]["pro_score"] for one in said] == [85, 0, None, None]
    assert "parts_disagree" in said[1]["review"]["why"]
    assert all("no_opinion" in one["review"]["why"] for one in said[2:])
    assert said[3]["cothink"]["verification"] == "unverified"


def test_a_case_waits_until_a_person_of_its_tenant_decides(tmp_path: Path, card: Path) -> None:
    with site(tmp_path, card, high_stakes={"debt": 5000}) as at:
        id = at.score(application()).json()["id"]
        assert at.reviews("bob").json()["data"] == []
        assert at.reviews("bob", id).status_code == at.decide(id, "bob").status_code == 400
        (case,) = at.reviews().json()["data"]
        assert (case["id"], case["state"], case["key"]) == (id, "open", "ann")
        assert case["assessment"]["review"]["why"][0] == "high_stakes"
        assert at.decide(id, why=" ").json()["error"]["param"] == "why"
        assert at.decide(id, decision="ask_more").json()["state"] == "open"
        decided = at.decide(id).json()
        assert [(one["decision"], one["by"], one["key"]) for one in decided["decisions"]] == [
            ("ask_more", "Ann Lee", "ann"), ("approve", "Ann Lee", "ann"),
        ]  # fmt: skip
        assert at.decide(id, decision="decline").json()["error"]["code"] == "case_not_open"
        assert at.reviews().json()["data"] == []
        assert at.reviews(state="decided").json()["data"][0]["id"] == id


def test_words_rest_only_where_the_setting_allows(tmp_path: Path, card: Path) -> None:
    for keep, then in (("never", [False, False]), ("until_decided", [True, False]), ("always", [True, True])):
        folder = tmp_path / keep
        folder.mkdir()
        with site(folder, card, high_stakes={"debt": 1}, keep_words=keep) as at:
            id = at.score(application()).json()["id"]
            rests = [resting(folder)]
            at.decide(id)
            rests.append(resting(folder))
            assert rests == then
            (span,) = at.reviews(id=id).json()["assessment"]["evidence"]
            assert (span["start"], bool(span["quote"])) == (WORDS.index("short"), then[-1])


def resting(folder: Path) -> bool:
    """Whether words of the applicant are in what the store would show."""
    with sqlite3.connect(folder / "store.db") as file:
        rows = b"".join(row[0] for row in file.execute("SELECT json FROM cases"))
    file.close()
    return any(word.encode() in rows for word in ("short of cash", "资金", "steady"))


def test_a_recorded_score_is_made_again_and_another_scorecard_is_refused(tmp_path: Path, card: Path) -> None:
    with site(tmp_path, card) as at:
        said = at.score(application()).json()
    run = CliRunner()
    again = run.invoke(app, ["risk", "replay", said["id"], "--config", str(at.config)])
    assert again.exit_code == 0, again.output
    assert f"{said['probability']:.12f}" in again.output
    assert "The same." in again.output
    other = tmp_path / "other"
    other.mkdir()
    for file in card.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    about = (other / "model.json").read_text().replace('"seed": 0', '"seed": 1')
    (other / "model.json").write_text(about)
    (other / "digest.txt").write_text(files.digest(other) + "\n")
    refused = run.invoke(app, ["risk", "replay", said["id"], "--model", str(other), "--config", str(at.config)])
    assert refused.exception is not None
    assert "scorecard" in str(refused.exception)
    shown = run.invoke(app, ["risk", "reviews", "show", said["id"], "--config", str(at.config)])
    assert json.loads(shown.output)["assessment"]["probability"] == said["probability"]
    state = "open" if said["review"]["needed"] else "final"
    listed = run.invoke(app, ["risk", "reviews", "list", "--state", state, "--config", str(at.config)])
    assert said["id"] in listed.output


def test_without_a_scorecard_the_error_says_what_to_set(tmp_path: Path) -> None:
    with site(tmp_path, None) as at:
        answer = at.score(application())
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "no_scorecard"
        assert "risk.model" in answer.json()["error"]["message"]
        assert (at.r1.stats.requests, at.pro.stats.requests) == (0, 0)
        assert at.reviews().status_code == 404
