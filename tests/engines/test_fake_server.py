"""The fake server against the official client, and against clients that leave."""

import asyncio
import contextlib
import json
import sys

import httpx
import openai
import pytest

from cothink.core.errors import SettingError
from cothink.engines.fake_config import FakeServerConfig
from cothink.engines.fake_server import FakeServer

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
FLAT = {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}, "strict": False}
HI = [{"role": "user", "content": "hi there"}]


@contextlib.asynccontextmanager
async def served(**script):
    async with FakeServer(FakeServerConfig(**script)) as server:
        client = openai.AsyncOpenAI(base_url=server.url + "/v1", api_key="k", max_retries=0)
        async with client:
            yield server, client


async def get(server, path):
    async with httpx.AsyncClient() as http:
        return (await http.get(server.url + path)).json()


# chat


async def test_chat_in_one_piece():
    async with served(reasoning="hm") as (server, client):
        answer = await client.chat.completions.create(model="m", messages=HI, logprobs=True)
        assert answer.choices[0].message.content == "The answer is 42."
        assert answer.choices[0].message.reasoning_content == "hm"
        assert answer.choices[0].finish_reason == "stop"
        assert answer.choices[0].logprobs.content[0].token == "The"
        assert (answer.usage.prompt_tokens, answer.usage.completion_tokens_details.reasoning_tokens) == (2, 1)
        assert server.app.bodies[0]["messages"] == HI


async def test_chat_as_a_stream():
    async with served(reasoning="hm") as (_, client):
        stream = await client.chat.completions.create(
            model="m", messages=HI, stream=True, stream_options={"include_usage": True}
        )
        chunks = [chunk async for chunk in stream]
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "The answer is 42."
        assert chunks[-2].choices[0].finish_reason == "stop"
        assert chunks[-1].usage.total_tokens == 7


async def test_chat_tools_in_both_ways():
    async with served(tool_arguments='{"x": 1}') as (_, client):
        answer = await client.chat.completions.create(model="m", messages=HI, tools=[TOOL])
        assert answer.choices[0].message.tool_calls[0].function.arguments == '{"x": 1}'
        async with client.chat.completions.stream(model="m", messages=HI, tools=[TOOL]) as stream:
            final = await stream.get_final_completion()
        assert final.choices[0].message.tool_calls[0].function.arguments == '{"x": 1}'


# responses


async def test_responses_in_one_piece_and_as_a_stream():
    async with served(reasoning="hm so") as (_, client):
        answer = await client.responses.create(model="m", input="hi")
        assert (answer.output_text, answer.status) == ("The answer is 42.", "completed")
        assert answer.usage.output_tokens_details.reasoning_tokens == 2
        async with client.responses.stream(model="m", input="hi") as stream:
            kinds = [event.type async for event in stream]
            final = await stream.get_final_response()
        assert final.output_text == "The answer is 42."
        assert kinds[0] == "response.created"
        assert kinds[-1] == "response.completed"
        assert "response.reasoning_summary_text.delta" in kinds


async def test_responses_call_tools_in_both_ways():
    async with served(tool_arguments='{"x": 1}') as (_, client):
        answer = await client.responses.create(model="m", input="hi", tools=[FLAT])
        assert answer.output[0].arguments == '{"x": 1}'
        async with client.responses.stream(model="m", input="hi", tools=[FLAT]) as stream:
            final = await stream.get_final_response()
        assert (final.output[0].name, final.output[0].arguments) == ("f", '{"x": 1}')


async def test_responses_in_the_background_are_looked_at_until_they_are_done():
    async with served(polls=2) as (_, client):
        answer = await client.responses.create(model="m", input="hi", background=True)
        seen = [answer.status]
        while answer.status in {"queued", "in_progress"}:
            answer = await client.responses.retrieve(answer.id)
            seen.append(answer.status)
        assert seen == ["queued", "in_progress", "in_progress", "completed"]
        assert answer.output_text == "The answer is 42."


async def test_responses_in_the_background_can_be_cancelled():
    async with served() as (_, client):
        answer = await client.responses.create(model="m", input="hi", background=True)
        assert (await client.responses.cancel(answer.id)).status == "cancelled"
        assert (await client.responses.retrieve(answer.id)).status == "cancelled"
        with pytest.raises(openai.NotFoundError):
            await client.responses.retrieve("resp_other")


# faults


async def test_a_storm_of_statuses_hits_its_share():
    async with served(fault="status", status=503, fault_share=0.25) as (server, client):
        failed = 0
        for _ in range(20):
            try:
                await client.chat.completions.create(model="m", messages=HI)
            except openai.InternalServerError as error:
                failed += 1
                assert error.code == "overloaded"
        assert failed == server.stats.faults == 5


async def test_a_429_says_when_to_come_again():
    async with served(fault="status", status=429, retry_after="7", error_code="slow_down") as (_, client):
        with pytest.raises(openai.RateLimitError) as caught:
            await client.chat.completions.create(model="m", messages=HI)
        assert caught.value.response.headers["retry-after"] == "7"


async def test_an_error_event_is_one_that_the_official_client_raises():
    async with served(fault="error_event") as (_, client):
        stream = await client.chat.completions.create(model="m", messages=HI, stream=True)
        with pytest.raises(openai.APIError):
            async for _ in stream:
                pass


@pytest.mark.parametrize(
    ("fault", "ends"), [("stop", b"\n\n"), ("half_frame", b'{"id":"chatcmpl-fake"'), ("garbage", b"{not json\n\n")]
)
async def test_a_stream_breaks_as_it_was_told_to(fault, ends):
    async with served(fault=fault) as (server, _), httpx.AsyncClient() as http:
        answer = await http.post(server.url + "/v1/chat/completions", json={"stream": True})
        assert b"[DONE]" not in answer.content
        assert ends in answer.content[-120:]


async def test_a_cut_drops_the_connection():
    async with served(fault="cut") as (server, _), httpx.AsyncClient() as http:
        with pytest.raises(httpx.RemoteProtocolError):
            await http.post(server.url + "/v1/chat/completions", json={"stream": True})


async def test_drops_come_byte_by_byte():
    async with served(fault="drip", drip_s=0.0, text="x") as (server, _), httpx.AsyncClient() as http:
        answer = await http.post(server.url + "/v1/chat/completions", json={})
        assert answer.json()["choices"][0]["message"]["content"] == "x"


@pytest.mark.parametrize("fault", ["silent", "stall"])
async def test_a_client_that_leaves_is_counted(fault):
    async with served(fault=fault) as (server, client):

        async def read():
            async for _ in await client.chat.completions.create(model="m", messages=HI, stream=True):
                pass

        task = asyncio.create_task(read())
        async with asyncio.timeout(5):
            while not server.stats.requests:
                await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with asyncio.timeout(5):
            while not server.stats.aborted:
                await asyncio.sleep(0.005)
        assert server.stats.finished == 0


# control


async def test_the_script_changes_while_it_runs():
    async with served() as (server, client), httpx.AsyncClient() as http:
        answer = await http.post(server.url + "/control", json={"text": "new words"})
        assert answer.json()["text"] == "new words"
        assert (await client.responses.create(model="m", input="hi")).output_text == "new words"
        for bad in ({"fault": "unheard"}, {"fault_share": 2}, {"gap_s": "slow"}):
            assert (await http.post(server.url + "/control", json=bad)).status_code == 400
        assert (await http.post(server.url + "/v1/chat/completions", content=b"{")).status_code == 400
        assert (await http.get(server.url + "/nothing")).status_code == 404
        assert (await get(server, "/v1/models"))["data"][0]["id"] == "fake"
        assert (await get(server, "/stats"))["requests"] == 1


def test_a_script_out_of_range_is_refused():
    for bad in ({"fault": "x"}, {"fault_share": -1}, {"status": 200}, {"gap_s": -1}, {"polls": -1}):
        with pytest.raises(SettingError, match=next(iter(bad))):
            FakeServerConfig(**bad)


async def test_as_a_program_it_prints_its_url_and_serves():
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cothink.engines.fake_server", "--text", "from a program", "--fault-share", "0.5",
        stdout=asyncio.subprocess.PIPE, env={"PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            url = (await process.stdout.readline()).decode().strip()
        async with httpx.AsyncClient() as http:
            answer = await http.post(url + "/v1/chat/completions", json={"messages": HI})
        assert json.loads(answer.text)["choices"][0]["message"]["content"] == "from a program"
    finally:
        process.terminate()
        await process.wait()
