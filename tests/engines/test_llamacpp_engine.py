"""The embedded engine as the rooms above see it, with a real model. Hang-ups are counted in decode steps, not time."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
import pytest_asyncio
from small_llama import BATCH_TOKENS, SOON, busy_slots, config_of, is_busy, until, until_idle

from cothink.core.answer import collect
from cothink.core.errors import ContextTooLong, NotReady, UpstreamBroken
from cothink.core.messages import JsonSchema, Message, ResponseFormat
from cothink.core.request import Request, Sampling
from cothink.core.run import Run
from cothink.engines.endpoint import Endpoint, EndpointFile
from cothink.engines.llamacpp import LlamaServer
from cothink.engines.llamacpp_config import LlamaConfig
from cothink.engines.llamacpp_engine import LlamaCpp

pytestmark = pytest.mark.asyncio(loop_scope="module")

FOR_EVER = {"ignore_eos": True}
LONG_PROMPT = " ".join(str(n) for n in range(900, 1700))  # more than 3,000 tokens


def asking(text: str, *, max_tokens: int = 16, **more: object) -> Request:
    return Request(
        model="smol",
        messages=(Message(role="user", content=text),),
        run=Run("r"),
        sampling=Sampling(temperature=0, max_tokens=max_tokens),
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def config(smollm2: Path) -> LlamaConfig:
    pytest.importorskip("xllamacpp", reason="the extra 'local' is not installed")
    return config_of(smollm2)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(config: LlamaConfig) -> AsyncIterator[LlamaServer]:
    async with LlamaServer(config, patience=SOON) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def engine(server: LlamaServer) -> AsyncIterator[LlamaCpp]:
    engine = LlamaCpp(server.config, server)
    yield engine
    await engine.aclose()


@pytest.mark.parametrize("stream", [True, False])
async def test_it_answers_whether_the_client_streams_or_not(engine: LlamaCpp, stream: bool) -> None:
    answer = await collect(engine.stream(asking("Say hello.", stream=stream)))
    assert answer.text
    assert answer.usage is not None
    assert answer.usage.completion_tokens <= 16
    assert answer.model == "smol"


async def test_a_json_schema_and_log_probs_come_through(engine: LlamaCpp) -> None:
    schema = {"type": "object", "properties": {"n": {"enum": [1, 2, 3]}}, "required": ["n"]}
    form = ResponseFormat(type="json_schema", json_schema=JsonSchema(name="n", schema=schema))
    answer = await collect(engine.stream(asking("A number.", response_format=form, logprobs=True, max_tokens=40)))
    assert answer.text.replace(" ", "").replace("\n", "") in {'{"n":1}', '{"n":2}', '{"n":3}'}
    assert answer.logprobs
    assert {len(token.top_logprobs) for token in answer.logprobs} == {1}


async def test_a_prompt_longer_than_a_slot_is_context_too_long(engine: LlamaCpp) -> None:
    with pytest.raises(ContextTooLong):
        await collect(engine.stream(asking(LONG_PROMPT + LONG_PROMPT)))


@pytest.mark.parametrize("stream", [True, False])
async def test_a_hang_up_while_it_writes_frees_the_slot_after_a_step(
    server: LlamaServer, engine: LlamaCpp, stream: bool
) -> None:
    await until_idle(server)
    request = asking("Tell me a very long story.", max_tokens=2000, stream=stream, extras=FOR_EVER)
    async with aclosing(engine.stream(request)) as chunks:
        for _ in range(5):
            await anext(chunks)
        before = (await server.metrics())["n_decode_total"]
    steps = await until_idle(server) - before
    # of 2,000 that were asked for: one or two between the reading of the counter and the hang-up, and the one under way
    # then, whose write finds the connection reset
    assert steps <= 3


async def test_a_hang_up_while_it_reads_the_prompt_frees_the_slot_after_a_batch(
    server: LlamaServer, engine: LlamaCpp
) -> None:
    before = await until_idle(server)
    asked = asyncio.create_task(collect(engine.stream(asking(LONG_PROMPT))))
    await until(lambda: is_busy(server))
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    batches = await until_idle(server) - before
    # those read before the hang-up, at most two: then as above. The whole prompt has more than 46.
    assert batches <= 6 < 3000 / BATCH_TOKENS


async def test_a_hang_up_is_found_out_while_other_slots_work(server: LlamaServer, engine: LlamaCpp) -> None:
    await until_idle(server)

    async def both_work() -> bool:
        return await busy_slots(server) == 2

    async def one_works() -> bool:
        return await busy_slots(server) == 1

    other = engine.stream(asking("Tell me a very long story.", max_tokens=2000, extras=FOR_EVER))
    async with aclosing(other):
        await anext(other)
        asked = asyncio.create_task(collect(engine.stream(asking(LONG_PROMPT))))
        await until(both_work)
        before = (await server.metrics())["n_decode_total"]
        asked.cancel()
        await until(one_works)
        steps = (await server.metrics())["n_decode_total"] - before
        assert steps <= 6


async def test_a_killed_child_breaks_the_call_in_flight_and_the_next_one_works(config: LlamaConfig) -> None:
    seen: list[Endpoint | None] = []
    async with LlamaServer(config, patience=SOON, changed=seen.append) as server:
        engine, first = LlamaCpp(config, server), server.endpoint()
        chunks = engine.stream(asking("Tell me a very long story.", max_tokens=2000, extras=FOR_EVER))
        await anext(chunks)
        os.kill(server.pid, signal.SIGKILL)
        with pytest.raises(UpstreamBroken):
            async for _ in chunks:
                pass

        async def is_back() -> bool:
            return seen[-1] not in {None, first}

        await until(is_back)
        assert server.endpoint().key != first.key
        assert (await collect(engine.stream(asking("Say hello.")))).text
        await engine.aclose()
    assert seen == [first, None, seen[2], None]


async def test_a_worker_asks_the_child_through_a_file(server: LlamaServer, tmp_path: Path) -> None:
    shared = EndpointFile(tmp_path / "smol.endpoint")
    engine = LlamaCpp(server.config, shared)
    with pytest.raises(NotReady):
        await collect(engine.stream(asking("Say hello.")))
    shared.publish(server.endpoint())
    assert (await collect(engine.stream(asking("Say hello.")))).text
    await engine.aclose()
