"""The gateway on its own server: what is kept of a head serves no other one, and nothing goes round a middleware."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cothink.core.answer import Answer
from cothink.core.chunk import Usage
from cothink.core.errors import UpstreamTimeout
from cothink.core.events import RunEnded
from cothink.core.request import Request
from cothink.gateway.config import GatewayConfig
from gateway.scripted import Heard, Scripted, Shelf, chat, gateway

KEYS = {"ann": "sk-ann-00001", "bob": "sk-bob-00001"}
SAID = Answer(text="Hello", finish="stop", usage=Usage(7, 3), model="m")


class Whole(Scripted):
    """Answers in one piece."""

    def __init__(self, end: Any = SAID) -> None:
        super().__init__()
        self.end = end

    async def whole(self, request: Request, seen: object) -> Answer:
        self.requests.append(request)
        if isinstance(self.end, Exception):
            raise self.end
        return self.end


@contextmanager
def talking(engine: Scripted, heard: Heard | None = None, **settings: Any) -> Iterator[http.client.HTTPConnection]:
    with gateway(Shelf(r1=engine), heard, GatewayConfig(keys=KEYS, **settings)) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            yield connection
        finally:
            connection.close()


def ask(connection: http.client.HTTPConnection, key: str = "ann", body: bytes | None = None, **headers: str) -> Any:
    named = {"authorization": f"Bearer {KEYS.get(key, key)}", "content-type": "application/json"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("POST", "/v1/chat/completions", body or json.dumps(chat()).encode(), named)
    response = connection.getresponse()
    return response, json.loads(response.read())


def test_each_request_of_a_connection_is_its_own_keys() -> None:
    heard = Heard()
    with talking(Whole(), heard) as connection:
        for key in ("ann", "ann", "ann", "bob", "bob", "nobody", "ann"):
            response, _ = ask(connection, key)
            assert response.status == (401 if key == "nobody" else 200)
    ends = [event.key for event in heard if isinstance(event, RunEnded)]
    assert ends == ["ann", "ann", "ann", "bob", "bob", "", "ann"]


def test_each_request_has_its_own_id_unless_the_client_gives_one() -> None:
    with talking(Whole()) as connection:
        ids = [ask(connection)[0].headers["x-request-id"] for _ in range(4)]
        assert len(set(ids)) == 4
        assert {ask(connection, x_request_id="mine")[0].headers["x-request-id"] for _ in range(3)} == {"mine"}


def test_a_whole_answer_has_the_headers_and_the_report_of_a_folded_one() -> None:
    with talking(Whole()) as connection:
        for _ in range(2):
            response, answer = ask(connection)
            assert response.headers["content-type"] == "application/json"
            assert response.headers["x-cothink-strategy"] == "direct"
            assert response.headers["x-cothink-trace-id"] == response.headers["x-request-id"]
            assert response.headers["x-cothink-calls"] == "0"
            assert response.headers["x-cothink-cost-usd"] == "0.000000"
            assert answer["choices"][0]["message"]["content"] == "Hello"
            assert answer["usage"]["total_tokens"] == 10
            assert answer["cothink"]["usage"]["total_tokens"] == 10


def test_a_body_over_the_limit_is_refused_however_often_its_head_came() -> None:
    with talking(Whole(), max_body_bytes=1024) as connection:
        for _ in range(3):
            assert ask(connection)[0].status == 200
        response, error = ask(connection, body=json.dumps(chat(user="x" * 2000)).encode())
        assert response.status == 413
        assert error["error"]["code"] is not None


def test_dropped_fields_are_named_however_the_answer_goes_out() -> None:
    with talking(Whole()) as connection:
        for _ in range(3):
            response, _ = ask(connection, body=json.dumps(chat(flavour="sweet")).encode())
            assert response.headers["x-cothink-ignored"] == "flavour"


def test_what_stands_before_the_application_sees_every_answer() -> None:
    with talking(Whole(), cors_origins=("https://app.example",)) as connection:
        for _ in range(3):
            response, _ = ask(connection, origin="https://app.example")
            assert response.headers["access-control-allow-origin"] == "https://app.example"


def test_an_error_of_a_whole_call_is_its_own_status() -> None:
    heard = Heard()
    with talking(Whole(UpstreamTimeout("Late.")), heard) as connection:
        for _ in range(3):
            response, error = ask(connection)
            assert response.status == 504
            assert error["error"]["code"] == "upstream_timeout"
    assert heard.outcomes == ["failed"] * 3
