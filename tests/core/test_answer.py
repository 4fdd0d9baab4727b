from collections.abc import AsyncGenerator

import pytest

from cothink.core.answer import collect, replay
from cothink.core.chunk import Chunk, ToolCallDelta, Usage
from cothink.core.errors import UpstreamBroken


async def stream_of(*chunks: Chunk) -> AsyncGenerator[Chunk, None]:
    for chunk in chunks:
        yield chunk


async def test_collect_folds_words_thought_usage_and_model() -> None:
    answer = await collect(
        stream_of(
            Chunk(reasoning="let me ", model="r1"),
            Chunk(reasoning="see"),
            Chunk(text="4"),
            Chunk(text="2", finish="stop"),
            Chunk(usage=Usage(3, 2)),
        )
    )
    assert (answer.text, answer.reasoning, answer.finish, answer.model) == ("42", "let me see", "stop", "r1")
    assert answer.usage == Usage(3, 2)


async def test_collect_joins_the_pieces_of_parallel_tool_calls() -> None:
    answer = await collect(
        stream_of(
            Chunk(tool_calls=(ToolCallDelta(1, "b", "second", "{"),)),
            Chunk(tool_calls=(ToolCallDelta(0, "a", "first", "{}"), ToolCallDelta(1, arguments="}"))),
            Chunk(finish="tool_calls"),
        )
    )
    assert [(c.id, c.function.name, c.function.arguments) for c in answer.tool_calls] == [
        ("a", "first", "{}"),
        ("b", "second", "{}"),
    ]


async def test_collect_refuses_a_stream_that_just_ends() -> None:
    with pytest.raises(UpstreamBroken):
        await collect(stream_of(Chunk(text="half an ans")))


async def test_collect_closes_the_stream_when_it_fails() -> None:
    closed = []

    async def broken() -> AsyncGenerator[Chunk, None]:
        try:
            yield Chunk(text="a")
            raise UpstreamBroken("gone")
        finally:
            closed.append(True)

    with pytest.raises(UpstreamBroken):
        await collect(broken())
    assert closed


async def test_replay_and_collect_are_inverse() -> None:
    answer = await collect(
        stream_of(
            Chunk(text="hi", reasoning="hm", model="pro", tool_calls=(ToolCallDelta(0, "a", "f", "{}"),)),
            Chunk(finish="tool_calls", usage=Usage(1, 2, 1, 0)),
        )
    )
    assert await collect(replay(answer)) == answer
