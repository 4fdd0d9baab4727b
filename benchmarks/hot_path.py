"""What one answer costs on its whole way: HTTP in, keys, models, pool of two by prefix, books, HTTP out, and back.

    PYTHONPATH=src python benchmarks/hot_path.py [--calls] [--profile] [--features all]

Everything is real but the sockets: the clients and the model's server are scripted transports on one event loop, so
what is left out is the kernel. ``--calls`` counts the Python calls of one request, ``--profile`` shows where the time
goes. ``--features`` takes names of benchmarks/load/ours.py, or ``all``, or ``none``, in the place of a key in the
settings and two replicas. For a count of instructions, which no neighbour on the machine changes, run it under
valgrind twice and subtract:

    valgrind --tool=callgrind python benchmarks/hot_path.py --requests 200 --rounds 1
"""

import argparse
import asyncio
import cProfile
import gc
import itertools
import pstats
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import uvloop
from load.ours import FEATURES, KEY, Feature, to_toml
from load.ours import settings as tables_of

from cothink.engines.llamacpp_servers import OwnServers
from cothink.gateway.http1.connection import Connection
from cothink.gateway.http1.limits import ServerLimits
from cothink.gateway.http1.server import Server
from cothink.serve import COLLECT_AFTER, Running
from cothink.settings import load
from cothink.store.desk import KeyDesk, Wanted
from cothink.store.open import open_store

LIMITS = {"--requests": "requests_per_minute", "--tokens": "tokens_per_minute", "--at-once": "at_once"} | {
    "--day": "usd_per_day",
    "--month": "usd_per_month",
}
USUAL = ("keys in settings", "two replicas by prefix")
SYSTEM = "You are a careful assistant. Answer in the language of the question and keep the answer short."
QUESTION = "What is the capital of France? Explain in one or two sentences on which river it lies."
THOUGHT = "The user asks for the capital of France. That is a plain fact; one short sentence will do."
WORDS = "The capital of France is Paris. It lies on the Seine."
HEAD = (
    b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Type: application/json\r\n"
    b"Authorization: Bearer %b\r\nAccept: */*\r\nContent-Length: %d\r\n\r\n"
)


def question(stream: bool, number: int, secret: str) -> bytes:
    """Return a client's request."""
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": f"#{number:08d} {QUESTION}"}]
    body = {"model": "r1", "messages": messages, "temperature": 0.6, "max_tokens": 256}
    data = msgspec.json.encode(body | {"stream": True} if stream else body)
    return HEAD % (secret.encode(), len(data)) + data


def whole_answer() -> bytes:
    """Return what the model's server sends to a call without streaming."""
    message = {"role": "assistant", "reasoning_content": THOUGHT, "content": WORDS, "tool_calls": []}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    usage = {"prompt_tokens": 128, "completion_tokens": 64, "total_tokens": 192}
    answer = {"id": "chatcmpl-5f0c1a2b", "object": "chat.completion", "created": 1760000000, "model": "deepseek-r1"}
    data = msgspec.json.encode(answer | {"choices": [choice], "usage": usage})
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(data) + data


def pieces(chunks: int, in_one_read: int) -> list[bytes]:
    """Return what the model's server sends to a streamed call, read by read."""
    frames = [_frame({"content": " token"}, None)] * (chunks - 1) + [_frame({}, "stop"), b"data: [DONE]\n\n"]
    reads = [frames[at : at + in_one_read] for at in range(0, len(frames), in_one_read)]
    coded = [b"".join(b"%x\r\n%b\r\n" % (len(frame), frame) for frame in read) for read in reads]
    coded[0] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" + coded[0]
    coded[-1] += b"0\r\n\r\n"
    return coded


def _frame(delta: dict[str, str], finish: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    top = {"id": "chatcmpl-5f0c1a2b", "object": "chat.completion.chunk", "created": 1760000000, "model": "deepseek-r1"}
    return b"data: " + msgspec.json.encode(top | {"choices": [choice]}) + b"\n\n"


class Wire:
    """A transport that takes what is written and has something called."""

    def __init__(self, protocol: asyncio.Protocol, written: Callable[[bytes], None]) -> None:
        self._protocol = protocol
        self.write = written

    def abort(self) -> None:
        """End the connection."""
        asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)

    def writelines(self, parts: Any) -> None:
        """Take several pieces."""
        self.write(b"".join(parts))

    def is_closing(self) -> bool:
        """Say no."""
        return False

    def get_write_buffer_size(self) -> int:
        """Say that all was taken."""
        return 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Give an address."""
        return ("127.0.0.1", 1) if name in ("peername", "sockname") else default

    def nothing(self, *_args: Any, **_names: Any) -> None:
        """Do nothing."""

    set_write_buffer_limits = pause_reading = resume_reading = close = write_eof = nothing


class Loop(uvloop.Loop):
    """An event loop on which every connection leads to the scripted server of a model."""

    answer: list[bytes]

    async def create_connection(self, factory: Any, *_args: Any, **_names: Any) -> Any:
        """Make one."""
        connection = factory()

        def written(_data: bytes) -> None:
            for piece in self.answer:
                self.call_soon(connection.data_received, piece)

        connection.connection_made(Wire(connection, written))
        return None, connection


class Client:
    """Asks again as soon as it was answered, so many times, each time something else."""

    def __init__(self, server: Server, ask: Callable[[], bytes], end: bytes | None) -> None:
        self._ask = ask
        self._end = end  # the last bytes of an answer; None: each write is an answer
        self._left = 0
        self._done: asyncio.Future[None] | None = None
        self._connection = Connection(server)
        self._connection.connection_made(Wire(self._connection, self._written))

    async def ask(self, times: int) -> None:
        """Ask so many times, one after the other."""
        self._left = times
        self._done = asyncio.get_running_loop().create_future()
        self._connection.data_received(self._ask())
        await self._done

    def _written(self, data: bytes) -> None:
        if self._left == 0 or (self._end is not None and not data.endswith(self._end)):
            return
        if self._end is None and not data.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"The gateway answered {data!r}.")
        self._left -= 1
        if self._left:
            asyncio.get_running_loop().call_soon(self._connection.data_received, self._ask())
        elif self._done is not None:
            self._done.set_result(None)


class Scene:
    """The gateway with its clients, and the scripted server behind it."""

    def __init__(self, folder: Path, features: Sequence[Feature]) -> None:
        file = folder / "cothink.toml"
        tables = tables_of(features, 0, (9, 10))
        tables["gateway"].pop("port")
        if any(feature.key is not None for feature in features):
            tables["store"]["url"] = f"sqlite:///{folder / 'keys.db'}"
        if "records" in tables:
            tables["records"]["path"] = str(folder / "records.db")
        file.write_text(to_toml(tables))
        self._features = features
        self._secret = KEY
        self._numbers = itertools.count(1)
        self._settings = partial(load, file, {})
        self._running = Running(self._settings, OwnServers())

    async def start(self) -> None:
        """Build the gateway, and make a key where keys are stored."""
        options = [feature.key for feature in self._features if feature.key is not None]
        if options:
            words = sum(options, ())
            given = dict(zip(words[::2], words[1::2], strict=True))
            store = open_store(self._settings().store)
            _, self._secret = await KeyDesk(store).create(
                Wanted(name="bench", **{LIMITS[name]: int(value) for name, value in given.items()})
            )
            await store.aclose()
        await self._running.start()
        gc.collect()  # as `serve` does
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)
        self._server = Server(self._running.app, ServerLimits(), new_id=lambda: "req-none")

    async def stop(self) -> None:
        """End it."""
        await self._running.stop()

    async def play(self, answer: list[bytes], *, stream: bool, requests: int, clients: int) -> float:
        """Return the microseconds of processor time of a request."""
        asyncio.get_running_loop().answer = answer  # type: ignore[attr-defined]
        end = b"0\r\n\r\n" if stream else None
        questions = [question(stream, next(self._numbers), self._secret) for _ in range(requests + 8 * clients)]
        crowd = [Client(self._server, iter(questions).__next__, end) for _ in range(clients)]
        await asyncio.gather(*[client.ask(2) for client in crowd])  # heads are learnt, connections made
        began = time.process_time()
        await asyncio.gather(*[client.ask(requests // clients) for client in crowd])
        return (time.process_time() - began) / (requests // clients * clients) * 1e6


def count_calls(run: Callable[[], None], requests: int) -> None:
    """Print the Python calls of one request, file by file."""
    calls: Counter[str] = Counter()
    built_in = 0

    def seen(frame: Any, kind: str, _arg: Any) -> None:
        nonlocal built_in
        if kind == "call":
            code = frame.f_code
            calls[f"{code.co_filename.partition('cothink/')[2] or code.co_filename}:{code.co_qualname}"] += 1
        elif kind == "c_call":
            built_in += 1

    sys.setprofile(seen)
    run()
    sys.setprofile(None)
    for name, count in calls.most_common():
        if count >= requests:
            print(f"{count / requests:7.2f}  {name}")
    print(
        f"{sum(calls.values()) / requests:7.2f}  Python calls in all, {built_in / requests:.2f} of built-in functions"
    )


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--requests", type=int, default=4000)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--clients", type=int, default=16)
    options.add_argument("--stream", type=int, default=0, metavar="CHUNKS", help="streamed answers of so many chunks")
    options.add_argument("--in-one-read", type=int, default=16, help="chunks that come together")
    options.add_argument("--calls", action="store_true", help="count the Python calls of a request")
    options.add_argument("--features", default=",".join(USUAL), metavar="NAME,…", help="names, all, or none")
    options.add_argument("--profile", action="store_true", help="show where the time goes")
    chosen = options.parse_args()
    names = {"none": [], "all": [name for name, one in FEATURES.items() if one.in_all]}.get(
        chosen.features, chosen.features.split(",")
    )
    stream = chosen.stream > 0
    answer = pieces(chosen.stream, chosen.in_one_read) if stream else [whole_answer()]
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=Loop) as runner:
        scene = Scene(Path(folder), [FEATURES[name] for name in names])
        runner.run(scene.start())

        def play(requests: int) -> float:
            return runner.run(scene.play(answer, stream=stream, requests=requests, clients=chosen.clients))

        play(chosen.clients * 4)
        if chosen.calls:
            count_calls(lambda: play(160) and None, 160 + 2 * chosen.clients)  # each client asks twice before
        elif chosen.profile:
            profile = cProfile.Profile()
            profile.runcall(play, chosen.requests)
            pstats.Stats(profile).sort_stats("tottime").print_stats(60)
        else:
            times = [play(chosen.requests) for _ in range(chosen.rounds)]
            print(f"{min(times):.2f} us a request at best, {sorted(times)[len(times) // 2]:.2f} in the middle")
            if stream:
                print(f"{min(times) / chosen.stream:.3f} us a chunk")
        runner.run(scene.stop())


if __name__ == "__main__":
    main()
