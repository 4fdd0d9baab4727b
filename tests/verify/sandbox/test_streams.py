import asyncio
import os

from cothink.verify.sandbox.streams import Input, Output


async def test_output_is_kept_to_the_limit_and_the_overflow_is_called_once() -> None:
    reading, writing = os.pipe()
    calls: list[int] = []
    output = Output(reading)
    output.start(4, lambda: calls.append(1))
    os.write(writing, b"abcdef")
    await asyncio.wait_for(output.ended.wait(), 2)
    os.close(writing)
    assert (output.data, output.overflown, calls) == (b"abcd", True, [1])


async def test_output_ends_when_its_writer_closes() -> None:
    reading, writing = os.pipe()
    output = Output(reading)
    output.start(100)
    os.write(writing, b"abc")
    os.close(writing)
    await asyncio.wait_for(output.ended.wait(), 2)
    assert (output.data, output.overflown) == (b"abc", False)
    output.close()


async def test_input_larger_than_a_pipe_arrives_whole() -> None:
    reading, writing = os.pipe()
    source = Input(writing)
    source.start(bytes(300_000))
    output = Output(reading)
    output.start(1_000_000)
    await asyncio.wait_for(output.ended.wait(), 2)
    assert len(output.data) == 300_000


async def test_input_to_a_reader_that_left_is_given_up() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    source = Input(writing)
    source.start(b"x" * 100)
    await asyncio.sleep(0.01)
    source.close()
