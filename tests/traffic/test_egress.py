import json
from contextlib import aclosing

import pytest

from cothink.core.answer import collect
from cothink.core.chunk import Chunk, ToolCallDelta
from cothink.core.engine import Stream
from cothink.core.errors import UpstreamBusy
from cothink.core.messages import Message, ResponseFormat
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.privacy.egress import EgressPolicy, MaskedCounts
from cothink.traffic.egress import LONG, Egress, guarded

MAIL = "ann@example.org"


class Says:
    """Plays chunks and keeps what it was asked."""

    def __init__(self, *chunks: Chunk) -> None:
        self.chunks = chunks
        self.requests: list[Request] = []
        self.closed = 0

    async def stream(self, request: Request) -> Stream:
        self.requests.append(request)
        try:
            for chunk in self.chunks:
                yield chunk
        finally:
            self.closed += 1


def ask(text: str = f"Write to {MAIL}.", **more: object) -> Request:
    return Request(model="pro", messages=(Message(role="user", content=text),), run=Run("r"), **more)  # type: ignore[arg-type]


async def test_the_model_sees_a_placeholder_and_the_client_the_value() -> None:
    inner = Says(Chunk(text="I wrote to <EMAIL"), Chunk(text="_ADDRESS_1>"), Chunk(text=" now"), Chunk(finish="stop"))
    request = ask()
    answer = await collect(Egress(inner, EgressPolicy()).stream(request))
    assert answer.text == f"I wrote to {MAIL} now"
    assert [message.content for message in inner.requests[0].messages][1:] == ["Write to <EMAIL_ADDRESS_1>."]
    assert [step.detail for step in request.run.trace.steps] == [MaskedCounts({"EMAIL_ADDRESS": 1})]


async def test_thought_and_calls_of_tools_come_back_whole_too() -> None:
    inner = Says(
        Chunk(reasoning="mail <EMAIL_ADD"),
        Chunk(reasoning="RESS_1> then"),
        Chunk(tool_calls=(ToolCallDelta(0, "c", "send", '{"to": "<EMAIL_'),)),
        Chunk(tool_calls=(ToolCallDelta(0, arguments='ADDRESS_1>"}'),)),
        Chunk(refusal="not <EMAIL_ADDRESS_1>"),
        Chunk(finish="tool_calls"),
    )
    answer = await collect(Egress(inner, EgressPolicy()).stream(ask()))
    assert answer.reasoning == f"mail {MAIL} then"
    assert json.loads(answer.tool_calls[0].function.arguments) == {"to": MAIL}
    assert answer.refusal == f"not {MAIL}"


async def test_what_looked_like_a_placeholder_at_the_end_is_not_lost() -> None:
    inner = Says(Chunk(text="a <EMAIL_"), Chunk(finish="length"))
    assert (await collect(Egress(inner, EgressPolicy()).stream(ask()))).text == "a <EMAIL_"


async def test_an_answer_in_json_stays_json() -> None:
    text = "Passport number: K0123456, https://example.org/a"
    inner = Says(Chunk(text='{"link": "<DOMAIN_NAME_1>"}'), Chunk(finish="stop"))
    request = ask(text, response_format=ResponseFormat("json_object"))
    answer = await collect(Egress(inner, EgressPolicy()).stream(request))
    assert json.loads(answer.text) == {"link": "https://example.org/a"}


async def test_without_personal_data_chunks_pass_as_they_are() -> None:
    chunks = (Chunk(text="a <"), Chunk(text="b"), Chunk(finish="stop"))
    inner = Says(*chunks)
    request = ask("What is 2 + 2?")
    assert tuple([chunk async for chunk in Egress(inner, EgressPolicy()).stream(request)]) == chunks
    assert inner.requests == [request]
    assert request.run.trace.steps == []


async def test_a_client_that_leaves_closes_the_model_behind() -> None:
    inner = Says(Chunk(text="one"), Chunk(text="two"), Chunk(finish="stop"))
    async with aclosing(Egress(inner, EgressPolicy()).stream(ask())) as chunks:
        async for _ in chunks:
            break
    assert inner.closed == 1


async def test_an_error_of_the_model_passes() -> None:
    class Busy:
        async def stream(self, request: Request) -> Stream:
            raise UpstreamBusy("busy")
            yield Chunk()

    with pytest.raises(UpstreamBusy):
        await collect(Egress(Busy(), EgressPolicy()).stream(ask()))


async def test_a_long_request_is_masked_as_a_short_one() -> None:
    inner = Says(Chunk(finish="stop"))
    await collect(Egress(inner, EgressPolicy()).stream(ask("all good. " * (LONG // 5) + MAIL)))
    assert MAIL not in inner.requests[0].messages[-1].text


def test_only_a_hosted_server_with_a_policy_stands_behind_it() -> None:
    engine, policy = Says(), EgressPolicy()
    assert isinstance(guarded(engine, "hosted", policy), Egress)
    assert guarded(engine, "site", policy) is engine
    assert guarded(engine, "hosted", None) is engine
