"""The official client against a real server on loopback: the Responses API."""

import asyncio
from typing import Any

import openai
import pydantic
import pytest

from cothink.core.chunk import Chunk, TokenLogprob, ToolCallDelta, Usage
from cothink.core.errors import UpstreamBroken, UpstreamUnreachable
from cothink.core.messages import Message
from gateway.scripted import HELLO, Heard, Scripted, Shelf, gateway, hang

KEY = "sk-a-test-key"
TOOL = {
    "type": "function",
    "name": "weather",
    "parameters": {"type": "object", "properties": {"town": {"type": "string"}}},
    "strict": False,
}


def client_of(port: int) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key=KEY, max_retries=0)


async def pause(_request: Any) -> None:
    await asyncio.sleep(0.01)


def test_a_whole_response() -> None:
    engine, heard = Scripted(*HELLO), Heard()
    with gateway(Shelf(r1=engine), heard) as port, client_of(port) as client:
        response = client.responses.create(
            model="r1", input="hi", instructions="Be brief.", max_output_tokens=50, reasoning={"effort": "high"}
        )
    assert response.output_text == "Hello world"
    assert [item.type for item in response.output] == ["reasoning", "message"]
    assert response.output[0].summary[0].text == "Let me think."
    assert (response.status, response.model, response.error) == ("completed", "r1-real", None)
    assert (response.usage.input_tokens, response.usage.output_tokens) == (7, 3)
    assert response.usage.output_tokens_details.reasoning_tokens == 1
    assert response.cothink["strategy"] == "direct"
    type(response).model_validate(response.model_dump(warnings=False))  # it holds up to the client's own checks
    request = engine.requests[0]
    assert request.messages == (Message("system", "Be brief."), Message("user", "hi"))
    assert (request.sampling.max_tokens, request.reasoning_effort) == (50, "high")
    assert heard.outcomes == ["completed"]


def test_the_events_are_those_that_the_client_knows_in_order() -> None:
    with gateway(Shelf(r1=Scripted(*HELLO))) as port, client_of(port) as client:
        events = list(client.responses.create(model="r1", input="hi", stream=True))
    assert [event.type.removeprefix("response.") for event in events] == [
        "created",
        "in_progress",
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[-1].response.output_text == "Hello world"
    assert events[-1].response.usage.total_tokens == 10
    assert events[-1].response.cothink["usage"]["total_tokens"] == 10
    for event in events:  # each is the type that the client has for it, and holds up to its own checks
        type(event).model_validate(event.model_dump(warnings=False))


def test_the_stream_helper_builds_the_same_response() -> None:
    with (
        gateway(Shelf(r1=Scripted(*HELLO))) as port,
        client_of(port) as client,
        client.responses.stream(model="r1", input="hi") as stream,
    ):
        deltas = [event.delta for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert deltas == ["Hello", " world"]
    assert final.output_text == "Hello world"


async def test_the_async_client() -> None:
    with gateway(Shelf(r1=Scripted(*HELLO))) as port:
        async with openai.AsyncOpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key=KEY, max_retries=0) as client:
            response = await client.responses.create(model="r1", input=[{"role": "user", "content": "hi"}])
            assert response.output_text == "Hello world"
            stream = await client.responses.create(model="r1", input="hi", stream=True)
            assert [event.type async for event in stream][-1] == "response.completed"


def test_function_calls_whole_streamed_and_answered() -> None:
    engine = Scripted(
        Chunk(text="Let me look."),
        Chunk(tool_calls=(ToolCallDelta(0, "call_1", "weather", '{"town":'),)),
        Chunk(tool_calls=(ToolCallDelta(0, arguments='"Bonn"}'), ToolCallDelta(1, "call_2", "weather", "{}"))),
        Chunk(finish="tool_calls", usage=Usage(9, 4)),
    )
    with gateway(Shelf(r1=engine)) as port, client_of(port) as client:
        whole = client.responses.create(
            model="r1", input="hi", tools=[TOOL], tool_choice={"type": "function", "name": "weather"}
        )
        with client.responses.stream(model="r1", input="hi", tools=[TOOL]) as stream:
            events = [event.type for event in stream]
            streamed = stream.get_final_response()
        for response in (whole, streamed):
            assert [item.type for item in response.output] == ["message", "function_call", "function_call"]
            assert [(c.call_id, c.name, c.arguments) for c in response.output[1:]] == [
                ("call_1", "weather", '{"town":"Bonn"}'),
                ("call_2", "weather", "{}"),
            ]
        assert "response.function_call_arguments.done" in events
        back = [
            {"role": "user", "content": "hi"},
            *whole.output,
            {"type": "function_call_output", "call_id": "call_1", "output": "rain"},
            {"type": "function_call_output", "call_id": "call_2", "output": [{"type": "input_text", "text": "sun"}]},
        ]
        client.responses.create(model="r1", input=back, tools=[TOOL])
    turns = engine.requests[-1].messages
    assert [turn.role for turn in turns] == ["user", "assistant", "tool", "tool"]
    assert [call.id for call in turns[1].tool_calls or ()] == ["call_1", "call_2"]
    assert [(turn.tool_call_id, turn.content) for turn in turns[2:]] == [("call_1", "rain"), ("call_2", "sun")]


def test_parse_gives_a_checked_object() -> None:
    class City(pydantic.BaseModel):
        name: str

    engine = Scripted(Chunk(text='{"name":"Ulm"}'), Chunk(finish="stop"))
    with gateway(Shelf(r1=engine)) as port, client_of(port) as client:
        response = client.responses.parse(model="r1", input="hi", text_format=City)
    assert response.output_parsed == City(name="Ulm")
    form = engine.requests[0].response_format
    assert form is not None
    assert form.json_schema is not None
    assert (form.json_schema.name, form.json_schema.strict) == ("City", True)


def test_an_answer_cut_by_a_limit_is_incomplete() -> None:
    engine = Scripted(Chunk(text="Hel"), Chunk(finish="length"))
    with gateway(Shelf(r1=engine)) as port, client_of(port) as client:
        whole = client.responses.create(model="r1", input="hi")
        last = list(client.responses.create(model="r1", input="hi", stream=True))[-1]
    assert last.type == "response.incomplete"
    for response in (whole, last.response):
        assert (response.status, response.incomplete_details.reason) == ("incomplete", "max_output_tokens")
        assert response.output[0].status == "incomplete"


def test_a_refusal_and_log_probs_reach_the_client() -> None:
    logprob = TokenLogprob("No", -0.1, (78, 111))
    engine = Scripted(Chunk(text="No", logprobs=(logprob,)), Chunk(refusal="I will not."), Chunk(finish="stop"))
    include = ["message.output_text.logprobs"]
    with gateway(Shelf(r1=engine)) as port, client_of(port) as client:
        whole = client.responses.create(model="r1", input="hi", include=include)
        events = list(client.responses.create(model="r1", input="hi", include=include, stream=True))
    assert engine.requests[0].logprobs is True
    assert whole.output[0].content[0].logprobs[0].token == "No"
    assert whole.output[0].content[1].refusal == "I will not."
    assert "response.refusal.done" in [event.type for event in events]
    assert next(e for e in events if e.type == "response.output_text.delta").logprobs[0].logprob == -0.1


def test_a_failure_in_mid_stream_is_told_as_an_event_and_raised() -> None:
    engine = Scripted(Chunk(text="Hel"), pause, UpstreamBroken("The stream broke."))
    events: list[Any] = []
    with (
        gateway(Shelf(r1=engine)) as port,
        client_of(port) as client,
        pytest.raises(openai.APIError, match=r"The stream broke\."),
    ):
        events.extend(client.responses.create(model="r1", input="hi", stream=True))
    assert events[-1].type == "response.failed"
    assert events[-1].response.error.code == "upstream_broken"


def test_an_early_failure_is_a_real_status() -> None:
    engine = Scripted(UpstreamUnreachable("No connection."))
    with gateway(Shelf(r1=engine)) as port, client_of(port) as client:
        for stream in (False, True):
            with pytest.raises(openai.InternalServerError) as failure:
                client.responses.create(model="r1", input="hi", stream=stream)
            assert failure.value.status_code == 502


@pytest.mark.parametrize("more", [{"previous_response_id": "resp_1"}, {"background": True}, {"conversation": "c"}])
def test_kept_state_is_refused_in_words(more: dict[str, Any]) -> None:
    with (
        gateway(Shelf(r1=Scripted(*HELLO))) as port,
        client_of(port) as client,
        pytest.raises(openai.BadRequestError, match="keeps no responses") as failure,
    ):
        client.responses.create(model="r1", input="hi", **more)
    assert failure.value.param == next(iter(more))


def test_a_stored_response_cannot_be_looked_up_and_the_error_says_why() -> None:
    with gateway(Shelf(r1=Scripted(*HELLO))) as port, client_of(port) as client:
        response = client.responses.create(model="r1", input="hi", store=True)
        assert response.store is False
        with pytest.raises(openai.BadRequestError, match="keeps no responses"):
            client.responses.retrieve(response.id)


def test_a_client_that_stops_reading_closes_the_model() -> None:
    heard, engine = Heard(), Scripted(Chunk(text="a"), hang)
    with gateway(Shelf(r1=engine), heard) as port, client_of(port) as client:
        stream = client.responses.create(model="r1", input="hi", stream=True)
        next(iter(stream))
        stream.close()
        heard.wait_for_end()
    assert (engine.cut, heard.outcomes) == (1, ["cut"])
