"""What the gateway itself costs: the ASGI application called in process, with a scripted engine and no sockets.

Run: ``PYTHONPATH=src python benchmarks/gateway_path.py [--profile]``. Prints microseconds of processor time.
"""

import argparse
import asyncio
import cProfile
import platform
import pstats
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from cothink.core.chunk import Chunk, Usage
from cothink.core.engine import Capabilities, Model
from cothink.core.errors import UnknownModel
from cothink.core.events import CallEnded, RunEnded, RunStarted
from cothink.core.price import Price
from cothink.core.request import Request
from cothink.gateway.app import build_app
from cothink.gateway.config import GatewayConfig
from cothink.gateway.http1.exchange import HANG_UP
from cothink.gateway.parts import Parts, Readiness, request_ids
from cothink.monitor.metrics import Metrics

KEY = "sk-benchmark-key"
HEADERS = [
    (b"host", b"127.0.0.1"),
    (b"user-agent", b"OpenAI/Python"),
    (b"accept", b"application/json"),
    (b"content-type", b"application/json"),
    (b"authorization", b"Bearer " + KEY.encode()),
]
QUESTION = "What is the sum of the first hundred whole numbers? Answer with the number alone."


class Echo:
    """Says one chunk and ends, or as many as it is told."""

    def __init__(self, chunks: int, pause_every: int) -> None:
        self.chunks = chunks
        self.pause_every = pause_every

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """Say it; every so many chunks the model's server has nothing ready."""
        for i in range(self.chunks):
            if self.pause_every and i % self.pause_every == 0:
                await asyncio.sleep(0)
            yield Chunk(text=" word", model="r1" if i == 0 else None)
        yield Chunk(finish="stop", usage=Usage(20, self.chunks))


class FoundModel(msgspec.Struct, frozen=True):
    """What a directory finds."""

    model: Model
    dial: float | None = None
    note: str | None = None
    team: bool = False


class OneModel:
    """A directory with one model."""

    def __init__(self, engine: Echo) -> None:
        self.found = FoundModel(Model(name="r1", engine=engine, capabilities=Capabilities(), price=Price()))

    def find(self, name: str) -> FoundModel:
        """Find it."""
        if name != "r1":
            raise UnknownModel(name)
        return self.found

    def models(self) -> list[Model]:
        """List it."""
        return [self.found.model]


def application(engine: Echo) -> Any:
    """Return the gateway over one engine, keys on."""
    return build_app(
        Parts(
            config=GatewayConfig(keys={"bench": KEY}),
            directory=OneModel(engine),
            make_id=request_ids(),
            readiness=Readiness(),
        )
    )


class Client:
    """Sends one body, reads all of the answer and stays until then."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.size = 0
        self.has_sent = False
        self.gone = asyncio.Event()
        self.on_hang_up: Any = None

    async def receive(self) -> dict[str, Any]:
        """Send the body, then nothing more."""
        if self.has_sent:
            await self.gone.wait()
        self.has_sent = True
        return {"type": "http.request", "body": self.body, "more_body": False}

    def set_hang_up(self, call: Any) -> None:
        """Take what to call on a hang-up, as our server does."""
        self.on_hang_up = call

    async def send(self, message: Any) -> None:
        """Read a part of the answer."""
        self.size += len(message.get("body", b""))


async def call(app: Any, body: bytes, times: int) -> None:
    """Make requests one after the other."""
    for _ in range(times):
        client = Client(body)
        scope = {"type": "http", "method": "POST", "path": "/v1/chat/completions", "headers": list(HEADERS)}
        scope[HANG_UP] = client.set_hang_up
        await app(scope, client.receive, client.send)


async def count_run(metrics: Metrics, times: int) -> None:
    """Tell the metrics of runs with one call each, as the gateway does."""
    for number in range(times):
        id = str(number)
        metrics(RunStarted(run_id=id, model="r1", key="bench"))
        usage = Usage(20, 1)
        metrics(
            CallEnded(
                run_id=id,
                model="r1",
                zone="site",
                outcome="completed",
                usage=usage,
                cost_nanousd=1000,
                seconds=0.01,
                first_chunk_s=0.004,
            )
        )
        metrics(
            RunEnded(
                run_id=id,
                model="r1",
                key="bench",
                strategy="direct",
                outcome="completed",
                status=200,
                usage=usage,
                cost_nanousd=1000,
                seconds=0.01,
                calls=1,
            )
        )


async def nothing(_scope: Any, receive: Any, send: Any) -> None:
    """Answer without doing anything: what is left is the cost of measuring."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def measure(run: Callable[[], Coroutine[Any, Any, Any]], parts: int, *, best_of: int = 5) -> float:
    """Return the least processor time in microseconds for each of ``parts``."""
    best = float("inf")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
        for _ in range(best_of):
            began = time.process_time()
            runner.run(run())
            best = min(best, time.process_time() - began)
    return best / parts * 1e6


def machine() -> str:
    """Return the date and what this runs on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.machine()
    return f"{datetime.now(UTC):%Y-%m-%d}, {name}, Python {platform.python_version()}"


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--profile", action="store_true", help="show where the time of a request goes")
    options.add_argument("--requests", type=int, default=3000)
    chosen = options.parse_args()
    message = {"role": "user", "content": QUESTION}
    plain = msgspec.json.encode({"model": "r1", "messages": [message], "max_tokens": 100})
    extra = msgspec.json.encode({"model": "r1", "messages": [message], "top_k": 5, "user": "u"})
    stream = msgspec.json.encode({"model": "r1", "messages": [message], "stream": True})
    one, many, bursts = application(Echo(1, 0)), application(Echo(10_000, 1)), application(Echo(10_000, 16))
    n, metrics = chosen.requests, Metrics(lambda name: name)
    if chosen.profile:
        profile = cProfile.Profile()
        profile.runcall(lambda: uvloop.run(call(one, plain, n)))
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)
        return
    print(f"microseconds of processor time, application alone, no sockets; {machine()}")
    print(f"  the measuring itself              {measure(lambda: call(nothing, plain, n), n):7.2f} a request")
    print(f"  whole answer                      {measure(lambda: call(one, plain, n), n):7.2f} a request")
    print(f"  whole answer, extra fields        {measure(lambda: call(one, extra, n), n):7.2f} a request")
    print(f"  stream of one chunk               {measure(lambda: call(one, stream, n), n):7.2f} a request")
    print(f"  metrics: three events of a run    {measure(lambda: count_run(metrics, n), n):7.2f} a request")
    print(f"  stream, each chunk by itself      {measure(lambda: call(many, stream, 3), 30_000):7.2f} a chunk")
    print(f"  stream, 16 chunks to a read       {measure(lambda: call(bursts, stream, 3), 30_000):7.2f} a chunk")


if __name__ == "__main__":
    main()
