"""The embedded engine as the rooms above see it, with a real model. Hang-ups are counted in decode steps, not time."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
import pytest_asyncio
from small_llama import SOON, busy_slots, config_of, until, until_idle
from tap import Tap

from cothink.core.answer import collect
from cothink.core.chunk import Chunk
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


async def forget(chunks: AsyncIterator[Chunk]) -> None:
    async for _ in chunks:
        pass


async def is_longer(got: list[str], most: int) -> bool:
    return len(got) > most


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


async def hang_up_while_it_stands_still(server: LlamaServer, asked: asyncio.Task[None]) -> None:
    """Stop the server's process, let all that it has written arrive, hang up, let it go on.

    So the moment of the hang-up is exact: what was delivered by then is all that the server did and told.
    """
    os.kill(server.pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(0.1)  # loopback delivers within it; what came later would only count against us
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        await asyncio.sleep(0.1)
    finally:
        os.kill(server.pid, signal.SIGCONT)


@pytest.mark.parametrize("stream", [True, False])
async def test_after_a_hang_up_while_it_writes_at_most_one_step_is_begun(
    server: LlamaServer, config: LlamaConfig, stream: bool
) -> None:
    before = await until_idle(server)
    request = asking(f"{stream}: tell me a very long story.", max_tokens=2000, stream=stream, extras=FOR_EVER)
    got: list[str] = []
    async with Tap(server.endpoint()) as tap, aclosing(LlamaCpp(config, tap)) as engine:

        async def read() -> None:
            async for chunk in engine.stream(request):
                got.append(chunk.text)  # noqa: PERF401  the test looks at it as it grows

        asked = asyncio.create_task(read())
        await until(lambda: is_longer(got, 5))
        await hang_up_while_it_stands_still(server, asked)
    steps = await until_idle(server) - before
    # A short prompt is one step and gives the first word. Of 2,000: those told, the one under way, one more begun.
    assert steps - sum(map(bool, got)) <= 2


async def test_after_a_hang_up_while_it_reads_the_prompt_at_most_one_batch_is_begun(
    server: LlamaServer, config: LlamaConfig
) -> None:
    before = await until_idle(server)
    async with Tap(server.endpoint()) as tap, aclosing(LlamaCpp(config, tap)) as engine:
        asked = asyncio.create_task(forget(engine.stream(asking(LONG_PROMPT))))

        async def has_read_some() -> bool:
            return tap.batches >= 2

        await until(has_read_some)
        await hang_up_while_it_stands_still(server, asked)
    batches = await until_idle(server) - before
    # of more than 46: those told, the one under way, one more begun
    assert batches - tap.batches <= 2


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
