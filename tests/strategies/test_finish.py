import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from cothink.core.answer import Answer, collect
from cothink.core.chunk import Chunk, TokenLogprob, ToolCallDelta, Usage
from cothink.core.engine import Stream
from cothink.core.request import Request, Sampling
from cothink.strategies.finish import finish
from strategies.scripted import ask


async def play(chunks: Sequence[Chunk]) -> Stream:
    for chunk in chunks:
        yield chunk


async def test_one_last_chunk_ends_the_answer_and_nothing_else_does() -> None:
    chunks = [Chunk(text="a", model="m"), Chunk(text="b", finish="stop", usage=Usage(1, 2)), Chunk(usage=Usage(1, 2))]
    told = [chunk async for chunk in finish(play(chunks), ask("x"))]
    assert told == [Chunk(text="a", model="m"), Chunk(text="b"), Chunk(finish="stop", usage=Usage(1, 2))]


async def test_the_report_sees_the_whole_answer_before_it_ends() -> None:
    seen: list[Answer] = []

    async def report(request: Request, answer: Answer) -> None:
        seen.append(answer)

    chunks = [
        Chunk(text="ab"),
        Chunk(tool_calls=(ToolCallDelta(0, "c", "f", '{"a'),)),
        Chunk(tool_calls=(ToolCallDelta(0, arguments='": 1}'),)),
        Chunk(finish="tool_calls"),
    ]
    answer = await collect(finish(play(chunks), ask("x"), report))
    assert seen[0].text == "ab"
    assert seen[0].tool_calls == answer.tool_calls
    assert answer.tool_calls[0].function.arguments == '{"a": 1}'


async def test_logprobs_are_left_out() -> None:
    chunks = [Chunk(text="a", logprobs=(TokenLogprob("a", -1.0),)), Chunk(finish="stop")]
    assert (await collect(finish(play(chunks), ask("x")))).logprobs == ()


@given(st.text("abE", max_size=20), st.integers(1, 5))
def test_the_text_is_cut_at_the_stop_text_however_it_comes(text: str, size: int) -> None:
    async def run() -> Answer:
        pieces = [Chunk(text=text[at : at + size]) for at in range(0, len(text), size)]
        request = ask("x", sampling=Sampling(stop=("bE",)))
        return await collect(finish(play([*pieces, Chunk(finish="length")]), request))

    answer = asyncio.run(run())
    assert answer.text == text.split("bE", maxsplit=1)[0]
    assert answer.finish == ("stop" if "bE" in text else "length")
