"""The official client against a real server on loopback: chat."""

import asyncio
from typing import Any

import openai
import pydantic
import pytest

from cothink.core.chunk import Chunk, TokenLogprob, ToolCallDelta, TopLogprob, Usage
from cothink.core.errors import Unsupported, UpstreamBroken, UpstreamBusy
from cothink.core.messages import ImagePart, NamedTool, TextPart
from cothink.gateway.config import GatewayConfig
from gateway.scripted import HELLO, Heard, Scripted, Shelf, chat, gateway, hang

KEY = "sk-a-test-key"
TOOL = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"town": {"type": "string"}}}},
}
TWO_CALLS = (
    Chunk(tool_calls=(ToolCallDelta(0, "call_1", "weather", '{"town":'),)),
    Chunk(tool_calls=(ToolCallDelta(1, "call_2", "weather", '{"town":"Ulm"}'),)),
    Chunk(tool_calls=(ToolCallDelta(0, arguments='"Bonn"}'),)),
    Chunk(finish="tool_calls", usage=Usage(9, 4)),
)


def client_of(port: int, **more: Any) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key=KEY, max_retries=0, **more)


def test_a_whole_answer() -> None:
    heard = Heard()
    with gateway(Shelf(r1=Scripted(*HELLO)), heard) as port, client_of(port) as client:
        answer = client.chat.completions.create(**chat())
    assert answer.choices[0].message.content == "Hello world"
    assert answer.choices[0].message.reasoning_content == "Let me think."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "r1-real"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (7, 3, 10)
    assert answer.usage.completion_tokens_details.reasoning_tokens == 1
    assert answer.cothink["strategy"] == "direct"
    assert answer._request_id == answer.cothink["trace_id"]
    assert (heard.started, heard.outcomes) == (1, ["completed"])


def test_a_stream_with_usage() -> None:
    with gateway(Shelf(r1=Scripted(*HELLO))) as port, client_of(port) as client:
        chunks = list(client.chat.completions.create(**chat(stream=True, stream_options={"include_usage": True})))
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[0].choices[0].delta.reasoning_content == "Let me think."
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "Hello world"
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage.total_tokens == 10
    assert chunks[-1].cothink["strategy"] == "direct"
    assert len({chunk.id for chunk in chunks}) == 1


async def test_the_async_client_whole_and_streamed() -> None:
    with gateway(Shelf(r1=Scripted(*HELLO))) as port:
        async with openai.AsyncOpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key=KEY, max_retries=0) as client:
            answer = await client.chat.completions.create(**chat())
            assert answer.choices[0].message.content == "Hello world"
            stream = await client.chat.completions.create(**chat(stream=True))
            texts = [chunk.choices[0].delta.content or "" async for chunk in stream]
            assert "".join(texts) == "Hello world"


def test_tool_calls_whole_and_streamed() -> None:
    engine = Scripted(*TWO_CALLS)
    choice = {"type": "function", "function": {"name": "weather"}}
    with gateway(Shelf(r1=engine)) as port, client_of(port) as client:
        whole = client.chat.completions.create(**chat(tools=[TOOL], tool_choice=choice))
        with client.chat.completions.stream(**chat(tools=[TOOL])) as stream:
            streamed = stream.get_final_completion()
    for answer in (whole, streamed):
        calls = answer.choices[0].message.tool_calls or []
        assert [(call.id, call.function.name, call.function.arguments) for call in calls] == [
            ("call_1", "weather", '{"town":"Bonn"}'),
            ("call_2", "weather", '{"town":"Ulm"}'),
        ]
        assert answer.choices[0].finish_reason == "tool_calls"
    assert whole.choices[0].message.content is None
    assert engine.requests[0].tools[0].function.name == "weather"
    assert isinstance(engine.requests[0].tool_choice, NamedTool)


def test_parse_gives_a_checked_object() -> None:
    class City(pydantic.BaseModel):
        name: str
        people: int

    engine = Scripted(Chunk(text='{"name":"Ulm","people":126000}'), Chunk(finish="stop"))
    with gateway(Shelf(r1=engine)) as port, client_of(port) as client:
        answer = client.chat.completions.parse(**chat(), response_format=City)
    assert answer.choices[0].message.parsed == City(name="Ulm", people=126000)
    form = engine.requests[0].response_format
    assert form is not None
    assert form.json_schema is not None
    assert form.json_schema.strict is True
    assert form.json_schema.schema["required"] == ["name", "people"]


def test_log_probs_and_a_refusal_reach_the_client() -> None:
    logprob = TokenLogprob("No", -0.1, (78, 111), (TopLogprob("Yes", -2.5, None),))
    engine = Scripted(Chunk(text="No", logprobs=(logprob,)), Chunk(refusal="I will not."), Chunk(finish="stop"))
    with gateway(Shelf(r1=engine)) as port, client_of(port) as client:
        answer = client.chat.completions.create(**chat(logprobs=True, top_logprobs=1))
        chunks = list(client.chat.completions.create(**chat(logprobs=True, top_logprobs=1, stream=True)))
    tokens = answer.choices[0].logprobs.content
    assert (tokens[0].token, tokens[0].bytes, tokens[0].top_logprobs[0].token) == ("No", [78, 111], "Yes")
    assert answer.choices[0].message.refusal == "I will not."
    assert chunks[0].choices[0].logprobs.content[0].logprob == -0.1
    assert chunks[1].choices[0].delta.refusal == "I will not."
    assert engine.requests[0].top_logprobs == 1


def test_pictures_and_parts_reach_the_model() -> None:
    engine = Scripted(*HELLO)
    parts = [{"type": "text", "text": "what"}, {"type": "image_url", "image_url": {"url": "data:x", "detail": "low"}}]
    with gateway(Shelf(r1=engine)) as port, client_of(port) as client:
        client.chat.completions.create(model="r1", messages=[{"role": "user", "content": parts}])
    text, image = engine.requests[0].messages[0].content or ()
    assert isinstance(text, TextPart)
    assert isinstance(image, ImagePart)
    assert (text.text, image.image_url.detail) == ("what", "low")


def test_extras_go_on_and_no_ops_are_taken() -> None:
    engine = Scripted(*HELLO)
    with gateway(Shelf(r1=engine)) as port, client_of(port) as client:
        raw = client.chat.completions.with_raw_response.create(
            **chat(user="u", store=True, metadata={"a": "b"}, service_tier="auto", reasoning_effort="high"),
            extra_body={"top_k": 5, "chat_template_kwargs": {"enable_thinking": False}, "made_up": 1},
        )
    assert engine.requests[0].extras == {"top_k": 5, "chat_template_kwargs": {"enable_thinking": False}}
    assert engine.requests[0].reasoning_effort == "high"
    assert raw.headers["x-cothink-ignored"] == "made_up"


@pytest.mark.parametrize(
    ("engine", "kind", "code"),
    [
        (Scripted(UpstreamBusy("Busy.", retry_after_s=2)), openai.RateLimitError, "upstream_busy"),
        (Scripted(UpstreamBroken("HTML.")), openai.InternalServerError, "upstream_broken"),
        (Scripted(Unsupported("No pictures.", param="messages")), openai.BadRequestError, "unsupported_value"),
        (Scripted(RuntimeError("boom")), openai.InternalServerError, "internal_error"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_an_early_failure_raises_the_clients_own_error(engine, kind, code, stream) -> None:
    with gateway(Shelf(r1=engine)) as port, client_of(port) as client, pytest.raises(kind) as failure:
        client.chat.completions.create(**chat(stream=stream))
    assert failure.value.code == code
    assert failure.value.request_id


def test_a_failure_in_mid_stream_raises_in_the_client() -> None:
    async def pause(_request: Any) -> None:
        await asyncio.sleep(0.01)

    engine = Scripted(Chunk(text="Hel"), pause, UpstreamBroken("The stream broke."))
    texts: list[str] = []
    with (
        gateway(Shelf(r1=engine)) as port,
        client_of(port) as client,
        pytest.raises(openai.APIError, match=r"The stream broke\.") as failure,
    ):
        texts.extend(c.choices[0].delta.content for c in client.chat.completions.create(**chat(stream=True)))
    assert texts == ["Hel"]
    assert failure.value.code == "upstream_broken"


def test_an_unknown_model_is_a_404_with_near_names() -> None:
    heard = Heard()
    with (
        gateway(Shelf(r1=Scripted(*HELLO)), heard) as port,
        client_of(port) as client,
        pytest.raises(openai.NotFoundError, match="near names: r1") as failure,
    ):
        client.chat.completions.create(**chat("r2"))
    assert (failure.value.code, failure.value.param) == ("model_not_found", "model")
    assert (heard.started, heard.outcomes) == (0, ["refused"])


def test_a_wrong_key_is_a_401_and_a_right_one_is_the_caller() -> None:
    engine = Scripted(*HELLO)
    config = GatewayConfig(keys={"alice": KEY})
    with gateway(Shelf(r1=engine), config=config) as port, client_of(port) as client:
        client.chat.completions.create(**chat())
        with pytest.raises(openai.AuthenticationError) as failure:
            client.with_options(api_key="sk-another").chat.completions.create(**chat())
        with pytest.raises(openai.AuthenticationError):
            client.with_options(api_key="sk-another").models.list()
    assert failure.value.code == "invalid_api_key"
    assert engine.requests[0].run.caller.key == "alice"


def test_models_are_listed_and_shown() -> None:
    shelf = Shelf(r1=Scripted())
    shelf.add("org/o1-pro", Scripted(), shutdown_date="2026-10-23")
    with gateway(shelf) as port, client_of(port) as client:
        assert [model.id for model in client.models.list()] == ["r1", "org/o1-pro"]
        shown = client.models.retrieve("org/o1-pro")
        with pytest.raises(openai.NotFoundError, match="near names"):
            client.models.retrieve("nope")
    assert (shown.shutdown_date, shown.cothink["zone"], shown.object) == ("2026-10-23", "site", "model")


def test_a_client_that_stops_reading_closes_the_model() -> None:
    heard, engine = Heard(), Scripted(Chunk(text="a"), hang)
    with gateway(Shelf(r1=engine), heard) as port, client_of(port) as client:
        stream = client.chat.completions.create(**chat(stream=True))
        next(iter(stream))
        stream.close()
        heard.wait_for_end()
    assert (engine.cut, heard.outcomes) == (1, ["cut"])


def test_a_client_that_times_out_closes_the_model_before_its_first_chunk() -> None:
    heard, engine = Heard(), Scripted(hang)
    with gateway(Shelf(r1=engine), heard) as port, client_of(port, timeout=0.1) as client:
        with pytest.raises(openai.APITimeoutError):
            client.chat.completions.create(**chat())
        heard.wait_for_end()
    assert (engine.cut, heard.outcomes) == (1, ["cut"])
