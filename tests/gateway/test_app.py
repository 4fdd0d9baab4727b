from typing import Any

import httpx
import jsonschema
import msgspec
import pytest

from cothink.gateway.app import build_app
from cothink.gateway.config import GatewayConfig
from cothink.gateway.parts import Readiness
from gateway.scripted import HELLO, Heard, Scripted, Shelf, ask, chat, make_parts


def client_of(**more: Any) -> httpx.AsyncClient:
    shelf = Shelf(r1=Scripted(*HELLO))
    transport = httpx.ASGITransport(build_app(make_parts(shelf, **more)), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://gateway")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "unknown_path"),
        ("GET", "/v1", 404, "unknown_path"),
        ("POST", "/v1/embeddings", 404, "unknown_path"),
        ("POST", "/v1/chat/completions/", 404, "unknown_path"),
        ("GET", "/v1/chat/completions", 405, "method_not_allowed"),
        ("PUT", "/v1/responses", 405, "method_not_allowed"),
        ("DELETE", "/v1/models", 405, "method_not_allowed"),
        ("POST", "/healthz", 405, "method_not_allowed"),
        ("GET", "/v1/models/nope", 404, "model_not_found"),
        ("GET", "/v1/responses/resp_1", 400, "stateless"),
        ("POST", "/v1/responses/resp_1/cancel", 400, "stateless"),
    ],
)
async def test_wrong_paths_and_methods_are_answered_in_openais_form(method, path, status, code) -> None:
    async with client_of() as client:
        answer = await client.request(method, path, headers={"x-request-id": "mine"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert answer.headers["x-request-id"] == "mine"
    assert ("allow" in answer.headers) == (status == 405)


async def test_health_answers_get_and_head_and_needs_no_key() -> None:
    async with client_of(config=GatewayConfig(keys={"a": "sk-long-enough"})) as client:
        for path in ("/healthz", "/readyz"):
            assert (await client.get(path)).status_code == 200
            head = await client.head(path)
            assert (head.status_code, head.content) == (200, b"")
        assert (await client.get("/v1/models")).status_code == 401


async def test_readiness_says_what_is_missing() -> None:
    readiness = Readiness(lambda: "The embedded model is loading.")
    async with client_of(readiness=readiness) as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["reason"]) == (503, "The embedded model is loading.")
        readiness.is_draining = True
        assert (await client.get("/readyz")).json()["reason"] == "The gateway is stopping."
        assert (await client.get("/healthz")).status_code == 200


async def test_the_description_is_of_the_forms_that_are_served() -> None:
    async with client_of() as client:
        document = (await client.get("/openapi.json")).json()
        answer = (await client.post("/v1/chat/completions", json=chat())).json()
        response = (await client.post("/v1/responses", json={"model": "r1", "input": "hi"})).json()
        wrong = (await client.post("/v1/chat/completions", json={})).json()
        models = (await client.get("/v1/models")).json()
    assert document["openapi"] == "3.1.0"
    for value, name in [
        (answer, "Completion"),
        (response, "ResponseObject"),
        (wrong, "ErrorAnswer"),
        (models, "ModelList"),
        (chat(stop=["a"]), "ChatBody"),
    ]:
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        jsonschema.Draft202012Validator(schema).validate(value)


async def test_cors_is_off_until_an_origin_is_set() -> None:
    ask_first = {"origin": "https://app.example", "access-control-request-method": "POST"}
    async with client_of() as client:
        assert "access-control-allow-origin" not in (await client.options("/v1/models", headers=ask_first)).headers
    async with client_of(config=GatewayConfig(cors_origins=("https://app.example",))) as client:
        preflight = await client.options("/v1/chat/completions", headers=ask_first)
        answer = await client.post("/v1/chat/completions", json=chat(), headers={"origin": "https://app.example"})
        other = await client.post("/v1/chat/completions", json=chat(), headers={"origin": "https://evil.example"})
    assert preflight.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    assert "x-request-id" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"content_encoding": "gzip"}, 415, "unsupported_content_encoding"),
        ({"content_type": "text/plain"}, 415, "unsupported_content_type"),
        ({"content_type": "application/json; charset=utf-8"}, 200, None),
        ({"content_encoding": "identity"}, 200, None),
        ({"content_length": "99999999999"}, 413, "request_too_large"),
    ],
)
async def test_the_head_is_checked_before_the_body(headers, status, code) -> None:
    heard = Heard()
    exchange = await ask(build_app(make_parts(Shelf(r1=Scripted(*HELLO)), heard)), chat(), **headers)
    assert exchange.status == status
    if code:
        assert exchange.error["code"] == code
        assert (heard.started, heard.outcomes) == (0, ["refused"])


async def test_a_failure_of_a_rare_endpoint_is_a_plain_500_without_its_words() -> None:
    class Broken(Shelf):
        def models(self):
            raise RuntimeError("secret words")

    exchange = []
    transport = httpx.ASGITransport(build_app(make_parts(Broken())), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        exchange.append(await client.get("/v1/models"))
    assert exchange[0].status_code == 500
    assert exchange[0].json()["error"]["code"] == "internal_error"
    assert "secret" not in exchange[0].text


async def test_the_events_of_a_websocket_are_not_answered() -> None:
    async def never(*_: Any) -> Any:
        raise AssertionError("nothing is said")

    await build_app(make_parts(Shelf()))({"type": "websocket", "path": "/"}, never, never)


async def test_every_outcome_comes_once_for_each_body() -> None:
    heard = Heard()
    app = build_app(make_parts(Shelf(r1=Scripted(*HELLO)), heard))
    for body in (chat(), b"", b"{", chat("nope"), chat(temperature=9), msgspec.json.encode(chat(stream=True))):
        await ask(app, body)
    assert heard.outcomes == ["completed", "refused", "refused", "refused", "refused", "completed"]
    assert heard.started == 2
