from typing import Any

import msgspec
import pytest

from cothink.core.answer import collect, replay
from cothink.core.chunk import Chunk, TokenLogprob, ToolCallDelta, Usage
from cothink.core.errors import UpstreamBroken
from cothink.core.run import Run
from cothink.gateway.chat.completion import ChatWriter


def writer_of(*, n: int = 1, include_usage: bool = False, keep_name: bool = False) -> ChatWriter:
    return ChatWriter(Run("r"), "r1", created=5, n=n, include_usage=include_usage, keep_name=keep_name)


def frames_of(data: bytes) -> list[Any]:
    return [msgspec.json.decode(frame[6:]) for frame in data.split(b"\n\n") if frame and frame != b"data: [DONE]"]


def deltas_of(writer: ChatWriter, *chunks: Chunk) -> list[Any]:
    return [f["choices"][0]["delta"] for chunk in chunks for f in frames_of(writer.frame(chunk))]


def test_the_role_comes_once_with_the_first_content() -> None:
    assert deltas_of(writer_of(), Chunk(), Chunk(text="a"), Chunk(text="b"), Chunk(reasoning="c")) == [
        {"role": "assistant", "content": "a"},
        {"content": "b"},
        {"reasoning_content": "c"},
    ]


def test_text_and_thought_of_one_chunk_stay_together() -> None:
    assert deltas_of(writer_of(), Chunk(text="a"), Chunk(text="b", reasoning="c")) == [
        {"role": "assistant", "content": "a"},
        {"content": "b", "reasoning_content": "c"},
    ]


def test_texts_are_escaped() -> None:
    text = 'quote " slash \\ line \n ü 中 \u2028 data: [DONE]'
    assert deltas_of(writer_of(), Chunk(text="a"), Chunk(text=text))[1] == {"content": text}


def test_a_tool_calls_type_stands_with_its_id_only() -> None:
    first, second = deltas_of(
        writer_of(),
        Chunk(tool_calls=(ToolCallDelta(0, "c", "f", ""),)),
        Chunk(tool_calls=(ToolCallDelta(0, arguments="{}"),)),
    )
    assert first["tool_calls"] == [
        {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}
    ]
    assert second["tool_calls"] == [{"index": 0, "function": {"arguments": "{}"}}]


def test_log_probs_without_text_are_kept() -> None:
    writer = writer_of()
    (frame,) = frames_of(writer.frame(Chunk(logprobs=(TokenLogprob("a", -1.0),))))
    assert frame["choices"][0]["logprobs"]["content"][0] == {
        "token": "a",
        "logprob": -1.0,
        "bytes": None,
        "top_logprobs": [],
    }


def test_an_answer_of_nothing_but_a_finish_is_still_an_answer() -> None:
    writer = writer_of()
    data = writer.frame(Chunk(finish="stop")) + writer.end()
    first, last = frames_of(data)
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert last["choices"][0]["finish_reason"] == "stop"


def test_a_finish_is_said_once() -> None:
    writer = writer_of()
    chunks = (Chunk(text="a"), Chunk(finish="stop"), Chunk(finish="length", usage=Usage(1, 1)))
    frames = frames_of(b"".join(map(writer.frame, chunks)) + writer.end())
    assert [f["choices"][0]["finish_reason"] for f in frames] == [None, "stop"]
    assert frames[-1]["cothink"]["usage"]["total_tokens"] == 2


@pytest.mark.parametrize("chunks", [(), (Chunk(text="a"),), (Chunk(usage=Usage(1, 1)),)])
def test_an_end_without_a_finish_is_refused(chunks: tuple[Chunk, ...]) -> None:
    writer = writer_of()
    for chunk in chunks:
        writer.frame(chunk)
    with pytest.raises(UpstreamBroken):
        writer.end()


def test_one_of_two_answers_without_a_finish_is_refused() -> None:
    writer = writer_of(n=2)
    writer.frame(Chunk(text="a", finish="stop"), 0)
    writer.frame(Chunk(text="a"), 1)
    with pytest.raises(UpstreamBroken):
        writer.end()


def test_usage_that_nobody_counted_is_null_and_never_zero() -> None:
    writer = writer_of(include_usage=True)
    writer.frame(Chunk(text="a", finish="stop"))
    last = frames_of(writer.end())[-1]
    assert (last["choices"], last["usage"]) == ([], None)


@pytest.mark.parametrize(("keep_name", "name"), [(False, "real"), (True, "r1")])
async def test_the_model_that_spoke_is_named_unless_a_team_answers(keep_name: bool, name: str) -> None:
    writer = writer_of(keep_name=keep_name)
    (frame,) = frames_of(writer.frame(Chunk(model="real")) + writer.frame(Chunk(text="a")))
    assert frame["model"] == name
    answer = msgspec.structs.replace(await _hello(), model="real")
    assert msgspec.json.decode(writer_of(keep_name=keep_name).whole([answer]))["model"] == name


async def test_a_whole_answer_and_its_stream_say_the_same() -> None:
    answer = await _hello()
    whole = msgspec.json.decode(writer_of().whole([answer]))["choices"][0]["message"]
    deltas = deltas_of(writer_of(), *[chunk async for chunk in replay(answer)])
    assert (deltas[0]["content"], deltas[0]["reasoning_content"]) == (whole["content"], whole["reasoning_content"])
    assert whole["refusal"] is None


async def _hello() -> Any:
    async def say():
        yield Chunk(text="hello", reasoning="hm")
        yield Chunk(finish="stop", usage=Usage(1, 2))

    return await collect(say())
