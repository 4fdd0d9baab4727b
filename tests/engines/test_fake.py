"""The fake engine says what it was told to say."""

import asyncio
from contextlib import aclosing

import pytest
from chat_requests import ask

from cothink.core.answer import collect
from cothink.core.chunk import Usage
from cothink.core.errors import UpstreamBroken, UpstreamBusy
from cothink.core.messages import FunctionCall, ToolCall
from cothink.engines.fake import Say, fake, words

CALL = ToolCall("c", FunctionCall("f", '{"x": 1}'))


@pytest.mark.parametrize("text", ["", "one", "one two", " one\n\ntwo  three \n", "好 的", "   "])
def test_words_join_to_the_text_again(text):
    assert "".join(words(text)) == text


@pytest.mark.parametrize("stream", [True, False])
async def test_it_tells_thought_words_log_probs_and_usage(stream):
    engine = fake(Say(text="It is 4.", reasoning="2 and 2"))
    answer = await collect(engine.stream(ask("two plus two", stream=stream, logprobs=True)))
    assert (answer.text, answer.reasoning, answer.finish) == ("It is 4.", "2 and 2", "stop")
    assert answer.usage == Usage(3, 6, 3)
    assert [token.token for token in answer.logprobs] == ["It", " is", " 4."]
    assert engine.requests[0].question == "two plus two"


async def test_a_stream_comes_word_by_word_and_a_whole_answer_at_once():
    engine = fake("one two three")
    async with aclosing(engine.stream(ask())) as stream:
        assert [chunk.text async for chunk in stream] == ["one", " two", " three", ""]
    async with aclosing(engine.stream(ask(stream=False))) as stream:
        assert [chunk.text async for chunk in stream] == ["one two three", ""]


async def test_tool_calls_end_with_their_own_finish():
    answer = await collect(fake(Say(tool_calls=(CALL,))).stream(ask()))
    assert answer.tool_calls == (CALL,)
    assert answer.finish == "tool_calls"


async def test_the_script_goes_on_call_by_call_and_its_last_entry_stays():
    engine = fake("first", UpstreamBusy("wait"), lambda request: request.question.upper())
    assert (await collect(engine.stream(ask()))).text == "first"
    with pytest.raises(UpstreamBusy):
        await collect(engine.stream(ask()))
    for question in ("a", "b"):
        assert (await collect(engine.stream(ask(question)))).text == question.upper()
    assert len(engine.requests) == 4


@pytest.mark.parametrize("after", [0, 1, 2, 99])
async def test_a_fault_comes_after_that_many_chunks(after):
    engine = fake(Say(text="one two three", fails=UpstreamBusy("wait"), after=after))
    said = ""
    with pytest.raises(UpstreamBusy):
        async with aclosing(engine.stream(ask())) as stream:
            async for chunk in stream:
                said += chunk.text
    assert said == "".join(words("one two three")[:after])
    assert (engine.open, engine.closed_early) == (0, 0)


async def test_a_cut_has_no_finish():
    with pytest.raises(UpstreamBroken):
        await collect(fake(Say(text="one two", cut=True, after=1)).stream(ask()))


async def test_a_client_that_leaves_is_counted():
    engine = fake(Say(text="one two", hangs=True, after=1))
    task = asyncio.create_task(collect(engine.stream(ask())))
    while not engine.open:
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (engine.open, engine.closed_early) == (0, 1)
    stream = fake("one two").stream(ask())
    await anext(stream)
    await stream.aclose()


async def test_waits_are_slept_by_the_sleep_that_was_given():
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    engine = fake(Say(text="one two", first_s=3, gap_s=0.5), sleep=sleep)
    await collect(engine.stream(ask()))
    assert slept == [3, 0.5, 0.5]
