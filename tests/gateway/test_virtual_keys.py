"""Virtual keys at the gateway's edge, as the official client sees them: models, rates, budgets, and the admin's API."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from cothink.core.errors import CoThinkError, SettingError
from cothink.serve import running
from cothink.settings import Settings, load
from test_serve import fake

HI: Any = [{"role": "user", "content": "hi"}]


@contextmanager
def gateway(folder: Path, **gateway: Any) -> Iterator[str]:
    """A gateway with stored keys in front of two fakes; gives its URL."""
    with (
        fake("from the site") as r1,
        fake("from the pro") as pro,
        running(_settings(folder, r1.url, pro.url, gateway)) as url,
    ):
        yield url


def _settings(folder: Path, r1: str, pro: str, gateway: dict[str, Any]) -> Callable[[], Settings]:
    given = {
        "r1": {"url": r1, "model": "site-model"},
        "pro": {"url": pro, "key": "sk-fake", "model": "hosted-model"},
        "catalogue": {
            "hosted-model": {
                "engine": "chat_completions", "zone": "hosted", "price": {"input_usd": 1.0, "output_usd": 10.0},
                "max_output_tokens": 4000,
            }
        },
        "gateway": {"port": 0, "access_log": False, "stored_keys": True, **gateway},
        "store": {"url": f"sqlite:///{folder / 'store.db'}"},
    }  # fmt: skip
    return lambda: load(Path("/dev/null"), {}, given)


class Admin:
    """An administrator with a client."""

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._secret = secret

    def ask(self, method: str, path: str, body: Any = None, secret: str | None = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {secret or self._secret}"}
        return httpx.request(method, f"{self._url}/admin/{path}", json=body, headers=headers)

    def key(self, name: str = "alice", **wanted: Any) -> str:
        made = self.ask("POST", "keys", {"name": name, **wanted})
        assert made.status_code == 201, made.text
        return str(made.json()["secret"])


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[tuple[str, Admin]]:
    with gateway(tmp_path) as url:
        yield url, Admin(url, first_secret(capsys.readouterr().err))


def first_secret(said: str) -> str:
    (line,) = [line.strip() for line in said.splitlines() if line.strip().startswith("ck-")]
    return line


def client(url: str, secret: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=url, api_key=secret, max_retries=0)


def test_the_first_admin_key_is_shown_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with gateway(tmp_path) as url:
        secret = first_secret(capsys.readouterr().err)
        assert Admin(url, secret).ask("GET", "keys").json()["data"][0]["admin"] is True
    with gateway(tmp_path) as url:
        assert "ck-" not in capsys.readouterr().err
        assert Admin(url, secret).ask("GET", "keys").status_code == 200
    data = (tmp_path / "store.db").read_bytes()
    assert secret.encode() not in data, "a secret never rests"


def test_without_stored_keys_nothing_is_stored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with gateway(tmp_path, stored_keys=False) as url, client(url, "none") as anyone:
        assert anyone.chat.completions.create(model="r1", messages=HI).choices[0].message.content == "from the site"
    assert not (tmp_path / "store.db").exists()
    assert "ck-" not in capsys.readouterr().err


def test_static_keys_go_on_beside_stored_ones_and_others_are_turned_away(tmp_path: Path) -> None:
    with gateway(tmp_path, keys={"old": "sk-old-01234567"}) as url:
        with client(url, "sk-old-01234567") as old:
            assert old.chat.completions.create(model="r1", messages=HI)
        with client(url, "ck-nobody") as nobody, pytest.raises(openai.AuthenticationError):
            nobody.chat.completions.create(model="r1", messages=HI)
        assert Admin(url, "sk-old-01234567").ask("GET", "keys").status_code == 403


def test_a_key_sees_and_uses_the_models_that_it_may(site: tuple[str, Admin]) -> None:
    url, admin = site
    with client(url, admin.key(models=["r1", "cothink-a*"])) as alice:
        assert {model.id for model in alice.models.list()} == {"r1", "cothink-auto"}
        assert alice.chat.completions.create(model="site-model", messages=HI), "the other name of r1"
        assert alice.chat.completions.create(model="cothink-auto:0.2", messages=HI)
        with pytest.raises(openai.PermissionDeniedError, match="may not use the model pro") as refused:
            alice.chat.completions.create(model="pro", messages=HI)
        assert refused.value.code == "model_not_found"
        assert refused.value.param == "model"


def test_a_rate_is_an_error_that_the_official_client_waits_for(site: tuple[str, Admin]) -> None:
    url, admin = site
    with client(url, admin.key(requests_per_minute=2)) as alice:
        first = alice.chat.completions.with_raw_response.create(model="r1", messages=HI)
        assert first.headers["x-ratelimit-limit-requests"] == "2"
        assert first.headers["x-ratelimit-remaining-requests"] == "1"
        assert alice.chat.completions.create(model="r1", messages=HI, stream=True).response.is_success
        with pytest.raises(openai.RateLimitError, match="2 requests a minute") as refused:
            alice.chat.completions.create(model="r1", messages=HI)
        assert refused.value.code == "rate_limit_exceeded"
        assert 55 <= int(refused.value.response.headers["retry-after"]) <= 65


def test_a_budget_that_cannot_hold_the_longest_answer_refuses_and_a_shorter_one_goes(site: tuple[str, Admin]) -> None:
    url, admin = site
    with client(url, admin.key(usd_per_day=0.02)) as alice:
        with pytest.raises(openai.RateLimitError) as refused:
            alice.chat.completions.create(model="pro", messages=HI)
        assert (refused.value.code, refused.value.type) == ("insufficient_quota", "insufficient_quota")
        assert alice.chat.completions.create(model="pro", messages=HI, max_tokens=1000)
        assert alice.chat.completions.create(model="r1", messages=HI), "the site costs nothing"
        draft = alice.chat.completions.create(model="cothink-review", messages=HI)
        assert draft.choices[0].message.content == "from the site", "a team gives what it can without the pro"


def test_the_keys_own_cap_makes_answers_short_enough_for_its_budget(site: tuple[str, Admin]) -> None:
    url, admin = site
    with client(url, admin.key(usd_per_day=0.02, most_output_tokens=1500)) as alice:
        assert alice.chat.completions.create(model="pro", messages=HI)


def test_spend_is_told_by_key_team_model_and_day(site: tuple[str, Admin]) -> None:
    url, admin = site
    assert admin.ask("POST", "teams", {"name": "red", "usd_per_month": 5}).json()["limits"] == {"usd_per_month": 5.0}
    with client(url, admin.key(team="red")) as alice:
        answer = alice.chat.completions.create(model="pro", messages=HI, max_tokens=1000)
        alice.chat.completions.create(model="r1", messages=HI)
    assert answer.model_extra is not None
    cost = answer.model_extra["cothink"]["cost_usd"]
    assert cost > 0
    rows = until(lambda: admin.ask("GET", "spend?by=key,team,model").json()["data"], 2)
    assert {(row["key"], row["team"], row["model"]) for row in rows} == {
        ("alice", "red", "pro"),
        ("alice", "red", "r1"),
    }
    assert sum(row["cost_usd"] for row in rows) == cost
    assert admin.ask("GET", "spend?by=planet").status_code == 400
    assert admin.ask("GET", "holds").json()["data"] == []


def until(rows: Callable[[], Any], count: int) -> Any:
    for _ in range(100):
        if len(found := rows()) == count:
            return found
        threading.Event().wait(0.05)
    raise AssertionError(found)


def test_new_limits_hold_within_two_seconds(site: tuple[str, Admin]) -> None:
    url, admin = site
    with client(url, admin.key(requests_per_minute=1, at_once=7)) as alice:
        alice.chat.completions.create(model="r1", messages=HI)
        with pytest.raises(openai.RateLimitError):
            alice.chat.completions.create(model="r1", messages=HI)
        changed = admin.ask("PATCH", "keys/alice", {"requests_per_minute": 50, "at_once": None})
        assert changed.json()["limits"] == {"requests_per_minute": 50}
        until(lambda: [1] * raw(url, alice.api_key).is_success, 1)
        assert admin.ask("PATCH", "keys/alice", {"name": "bob"}).status_code == 400
        assert admin.ask("PATCH", "keys/alice", {"at_once": -1}).status_code == 400


def raw(url: str, secret: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {secret}"}
    return httpx.post(f"{url}/chat/completions", json={"model": "r1", "messages": HI}, headers=headers)


def test_rotation_lets_the_old_secret_live_for_its_grace_only(site: tuple[str, Admin]) -> None:
    url, admin = site
    old = admin.key()
    new = admin.ask("POST", "keys/alice/rotate", {"grace_s": 60}).json()["secret"]
    for secret in (old, new):
        with client(url, secret) as alice:
            assert alice.chat.completions.create(model="r1", messages=HI)
    newest = admin.ask("POST", "keys/alice/rotate").json()["secret"]
    with client(url, newest) as alice:
        assert alice.chat.completions.create(model="r1", messages=HI)
    until(lambda: [1] * (admin.ask("GET", "keys", secret=old).status_code == 401), 1)


def test_only_an_admin_key_opens_the_admins_api(site: tuple[str, Admin]) -> None:
    _, admin = site
    plain = admin.key()
    refused = admin.ask("GET", "keys", secret=plain)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "admin_only")
    assert admin.ask("GET", "keys", secret="ck-nobody").status_code == 401
    assert all("secret" not in row for row in admin.ask("GET", "keys").json()["data"])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"name": ""}, "name is ''"),
        ({"name": "a:b"}, "without a colon"),
        ({"name": "x", "usd_per_day": -1}, "usd_per_day is -1"),
        ({"name": "x", "usd_per_month": 2_000_000}, "usd_per_month is 2e+06"),
        ({"name": "x", "at_once": 1.5}, "at_once"),
        ({"name": "x", "colour": "red"}, "colour"),
        ({"name": "x", "team": "nobody"}, "no team 'nobody'"),
        ({"name": "first-admin"}, "a key named 'first-admin' already"),
    ],
)
def test_a_key_that_cannot_be_is_refused_in_words(site: tuple[str, Admin], body: Any, words: str) -> None:
    refused = site[1].ask("POST", "keys", body)
    assert refused.status_code == 400
    assert words in refused.json()["error"]["message"]


def test_a_store_that_cannot_be_opened_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "store.db").mkdir()
    with pytest.raises(CoThinkError, match="The store cannot be used"), gateway(tmp_path):
        pass


def test_stored_keys_let_other_machines_in() -> None:
    with pytest.raises(SettingError, match="stored_keys"):
        load(Path("/dev/null"), {}, {"gateway": {"host": "0.0.0.0"}})
    assert load(Path("/dev/null"), {}, {"gateway": {"host": "0.0.0.0", "stored_keys": True}}).gateway.stored_keys
