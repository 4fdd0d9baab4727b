"""What leaves this site: whole gateways, fake servers that keep every body, and a search through all of it."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import openai
import pytest

from cothink.engines.fake_server import FakeServer
from cothink.serve import running
from cothink.settings import load
from test_serve import fake

SECRETS = {
    "EMAIL_ADDRESS": "ann.lee@example.org",
    "PHONE_NUMBER": "13857124409",
    "CN_ID_CARD": "110101199003072332",
    "CREDIT_CARD": "4111 1111 1111 1111",
    "IBAN_CODE": "DE89 3704 0044 0532 0130 00",
}
TEXT = "Is this complete? " + "; ".join(SECRETS.values()) + ". What is 17 * 23?"
ANSWER = "Write to <EMAIL_ADDRESS_1> and call <PHONE_NUMBER_1>. 17 * 23 = 391"
RESTORED = f"Write to {SECRETS['EMAIL_ADDRESS']} and call {SECRETS['PHONE_NUMBER']}. 17 * 23 = 391"
MESSAGES: Any = [
    {"role": "system", "content": f"Our client is {SECRETS['EMAIL_ADDRESS']}."},
    {"role": "user", "content": TEXT},
]


class Site(NamedTuple):
    client: openai.OpenAI
    r1: FakeServer
    pro: FakeServer


@contextmanager
def site(r1: str = "fine", pro: str = ANSWER, **privacy: Any) -> Iterator[Site]:
    """A gateway with a fake of the site and a fake outside."""
    with ExitStack() as stack:
        inside, outside = stack.enter_context(fake(r1)), stack.enter_context(fake(pro))
        given = {
            "r1": {"url": inside.url, "model": "deepseek-ai/DeepSeek-R1"},
            "pro": {"url": outside.url, "key": "sk-fake", "delivery": "plain"},
            "gateway": {"port": 0, "access_log": False},
            "privacy": privacy,
        }
        url = stack.enter_context(running(lambda: load(Path("/dev/null"), {}, given)))
        client = stack.enter_context(openai.OpenAI(base_url=url, api_key="none", max_retries=0))
        yield Site(client, inside, outside)


def left(server: FakeServer) -> str:
    """Every word of every body that a server was sent."""
    return json.dumps(list(server.app.bodies), ensure_ascii=False)


def leaked(server: FakeServer) -> list[str]:
    return [value for value in SECRETS.values() if value in left(server)]


@pytest.mark.parametrize("model", ["pro", "cothink-cascade", "cothink-review", "cothink-auto:1.0"])
def test_no_request_takes_personal_data_to_a_hosted_model(model: str) -> None:
    with site(r1=f"17 * 23 = 381, {SECRETS['EMAIL_ADDRESS']}. Answer: 381") as at:
        whole: Any = at.client.chat.completions.create(model=model, messages=MESSAGES)
        assert at.pro.stats.requests >= 1
        assert leaked(at.pro) == []
        assert whole.cothink["masked"] == dict.fromkeys(SECRETS, 1)


@pytest.mark.parametrize("stream", [False, True])
def test_the_client_reads_its_own_words_in_the_answer(stream: bool) -> None:
    with site() as at:
        if stream:
            chunks = at.client.chat.completions.create(model="pro", messages=MESSAGES, stream=True)
            said = "".join([chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices])
        else:
            whole = at.client.chat.completions.create(model="pro", messages=MESSAGES)
            said = whole.choices[0].message.content or ""
        assert said == RESTORED


def test_the_responses_api_masks_alike() -> None:
    with site() as at:
        assert at.client.responses.create(model="pro", input=TEXT).output_text == RESTORED
        assert leaked(at.pro) == []


def test_the_site_sees_everything_and_nothing_is_said_to_be_masked() -> None:
    with site() as at:
        whole: Any = at.client.chat.completions.create(model="r1", messages=MESSAGES)
        assert leaked(at.r1) == list(SECRETS.values())
        assert at.pro.stats.requests == 0
        assert "masked" not in whole.cothink


@pytest.mark.parametrize(
    ("privacy", "gone", "there"),
    [
        ({"find": "names"}, ["Halloran", "Ingrid", "4111"], []),
        ({"find": "rules"}, ["4111"], ["Ingrid"]),
        ({"mask": "off"}, [], ["Ingrid", "4111"]),
    ],
)
def test_the_settings_say_what_is_masked(privacy: dict[str, str], gone: list[str], there: list[str]) -> None:
    text = "Dear Mr. Halloran, the card 4111 1111 1111 1111 is blocked. Yours, Ingrid Sørensen"
    with site(**privacy) as at:
        at.client.chat.completions.create(model="pro", messages=[{"role": "user", "content": text}])
        assert [word for word in gone if word in left(at.pro)] == []
        assert [word for word in there if word not in left(at.pro)] == []
