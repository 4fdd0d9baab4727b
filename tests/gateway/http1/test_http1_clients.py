"""Real clients: the openai SDK, curl, httpx."""

import asyncio
import json

import httpx
import openai
from http1_apps import Echo, respond

import needs

ANSWER = {
    "id": "x",
    "object": "chat.completion",
    "created": 1,
    "model": "r1",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Paris."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}


async def chat(scope, receive, send):
    """Answers as a model would."""
    asked = json.loads((await receive())["body"])
    if not asked.get("stream"):
        await respond(send, json.dumps(ANSWER).encode(), headers=[(b"content-type", b"application/json")])
        return
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for word in ("Pa", "ris", "."):
        choice = {"index": 0, "delta": {"content": word}, "finish_reason": None}
        chunk = ANSWER | {"object": "chat.completion.chunk", "choices": [choice]}
        frame = b"data: " + json.dumps(chunk).encode() + b"\n\n"
        await send({"type": "http.response.body", "body": frame, "more_body": True})
    await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})


async def test_the_openai_client_gets_answers_streams_and_errors(serve):
    served = await serve(chat, body_bytes=10_000)
    url = f"http://127.0.0.1:{served.port}/v1"
    async with openai.AsyncOpenAI(base_url=url, api_key="k", max_retries=0) as client:
        ask = client.chat.completions.create
        for _ in range(3):
            whole = await ask(model="r1", messages=[{"role": "user", "content": "?"}])
            assert whole.choices[0].message.content == "Paris."
        stream = await ask(model="r1", messages=[{"role": "user", "content": "?"}], stream=True)
        assert "".join([chunk.choices[0].delta.content async for chunk in stream]) == "Paris."
        try:
            await ask(model="r1", messages=[{"role": "user", "content": "?" * 20_000}])
        except openai.APIStatusError as error:
            assert (error.status_code, error.code) == (413, "request_too_large")
            assert error.request_id == "req-test"
        else:
            raise AssertionError("the large body was taken")


async def test_httpx_keeps_one_connection_for_many_requests(serve):
    app = Echo()
    served = await serve(app)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client:
        for number in range(10):
            answer = await client.post(f"/{number}?q=ä", json={"n": number})
            assert answer.json()["path"] == f"/{number}"
    assert len({scope["client"] for scope in app.scopes}) == 1


async def curl(*arguments: str) -> tuple[int, bytes]:
    process = await asyncio.create_subprocess_exec(
        needs.program("curl", "curl"), "-sS", "-m", "10", *arguments, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return process.returncode or 0, out


async def test_curl_offers_http_2_and_gets_http_1_1(serve):
    served = await serve(Echo())
    url = f"http://127.0.0.1:{served.port}/a"
    code, out = await curl("--http2", "-d", "body", url)
    assert (code, json.loads(out)["body"]) == (0, "body")


async def test_curl_sends_a_large_body_after_100_continue_and_in_chunks(serve, tmp_path):
    app = Echo()
    served = await serve(app)
    url = f"http://127.0.0.1:{served.port}/a"
    large = tmp_path / "large"
    large.write_bytes(b"x" * 2_000_000)
    assert (await curl("-o", "/dev/null", "-H", "Expect: 100-continue", "--data-binary", f"@{large}", url))[0] == 0
    assert (await curl("-o", "/dev/null", "-T", str(large), "-H", "Transfer-Encoding: chunked", url))[0] == 0
    assert [len(body) for body in app.bodies] == [2_000_000, 2_000_000]
    code, out = await curl("-I", url)
    assert (code, out[:15]) == (0, b"HTTP/1.1 200 OK")
    code, out = await curl("--http1.0", url)
    assert (code, json.loads(out)["version"]) == (0, "1.0")
