"""A scripted engine, a small directory and a real server on loopback, for tests of the gateway."""

import asyncio
import contextlib
import dataclasses
import queue
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from typing import Any

import msgspec

from cothink.core.chunk import Chunk, Usage
from cothink.core.engine import Capabilities, Model
from cothink.core.errors import UnknownModel
from cothink.core.events import Event, RunEnded, RunStarted
from cothink.core.price import Price
from cothink.core.request import Request
from cothink.gateway.app import build_app
from cothink.gateway.config import GatewayConfig
from cothink.gateway.edge.server import GatewayServer
from cothink.gateway.parts import Parts, Readiness, request_ids

Step = Chunk | Exception | Callable[[Request], Awaitable[None]]
HELLO: tuple[Step, ...] = (
    Chunk(reasoning="Let me think.", model="r1-real"),
    Chunk(text="Hello"),
    Chunk(text=" world"),
    Chunk(finish="stop", usage=Usage(7, 3, 1)),
)


async def hang(_request: Request) -> None:
    """A step that waits for ever."""
    await asyncio.Event().wait()


class Scripted:
    """Plays steps: a chunk is said, an error is raised, a function is awaited. Counts what was opened and closed."""

    def __init__(self, *steps: Step) -> None:
        self.steps = steps
        self.requests: list[Request] = []
        self.opened = 0
        self.closed = 0
        self.cut = 0
        self._grew = asyncio.Event()

    async def until_opened(self, times: int = 1) -> None:
        """Wait until so many streams were opened."""
        while self.opened < times:
            self._grew.clear()
            await asyncio.wait_for(self._grew.wait(), 5)

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.requests.append(request)
        self.opened += 1
        self._grew.set()
        try:
            for step in self.steps:
                if isinstance(step, Chunk):
                    yield step
                elif isinstance(step, Exception):
                    raise step
                else:
                    await step(request)
        except (asyncio.CancelledError, GeneratorExit):
            self.cut += 1
            raise
        finally:
            self.closed += 1


class FoundModel(msgspec.Struct, frozen=True):
    model: Model
    dial: float | None = None
    note: str | None = None
    team: bool = False


class Shelf:
    """A directory of a few models."""

    def __init__(self, **engines: Any) -> None:
        self.found: dict[str, FoundModel] = {}
        for name, engine in engines.items():
            self.add(name, engine)

    def add(self, name: str, engine: Any, **known: Any) -> None:
        model = Model(
            name=name,
            engine=engine,
            capabilities=Capabilities(),
            price=Price(),
            shutdown_date=known.pop("shutdown_date", None),
        )
        self.found[name] = FoundModel(model, **known)

    def find(self, name: str) -> FoundModel:
        if name not in self.found:
            raise UnknownModel(f"No model is named {name!r}; near names: {', '.join(self.found)}.", param="model")
        return self.found[name]

    def models(self) -> list[Model]:
        return [found.model for found in self.found.values()]


class Heard(list[Event]):
    """The events of a test."""

    def wait_for_end(self) -> None:
        """Wait in a test's own thread until a run has ended in the server's."""
        for _ in range(1000):
            if self.outcomes:
                return
            threading.Event().wait(0.005)
        raise AssertionError("no run ended")

    @property
    def outcomes(self) -> list[str]:
        return [event.outcome for event in self if isinstance(event, RunEnded)]

    @property
    def started(self) -> int:
        return sum(isinstance(event, RunStarted) for event in self)


def make_parts(shelf: Shelf, heard: Heard | None = None, config: GatewayConfig | None = None, **more: Any) -> Parts:
    return Parts(
        config=config or GatewayConfig(),
        directory=shelf,
        make_id=request_ids(),
        readiness=more.pop("readiness", Readiness()),
        emit=(heard if heard is not None else Heard()).append,
        **more,
    )


@contextlib.contextmanager
def running(app: Any, config: GatewayConfig, readiness: Readiness) -> Iterator[int]:
    """Serve an application on a free port of loopback, in a thread of its own; yields the port."""
    listening: queue.Queue[int] = queue.Queue()
    stop: list[Callable[[], object]] = []

    async def serve() -> None:
        server = GatewayServer(
            app,
            dataclasses.replace(config, port=0),
            readiness,
            make_id=lambda: "req-refused",
            on_listening=listening.put,
        )
        loop = asyncio.get_running_loop()
        stop.append(lambda: loop.call_soon_threadsafe(server.stop))
        await server.serve()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    try:
        yield listening.get(timeout=10)
    finally:
        stop[0]()
        thread.join(10)


@contextlib.contextmanager
def gateway(
    shelf: Shelf, heard: Heard | None = None, config: GatewayConfig | None = None, **more: Any
) -> Iterator[int]:
    """Serve a gateway; yields its port."""
    parts = make_parts(shelf, heard, config, **more)
    with running(build_app(parts), parts.config, parts.readiness) as port:
        yield port


class Exchange:
    """One request to an ASGI application in this very loop: the test decides when the client leaves."""

    def __init__(self, app: Any, body: Any, *, path: str = "/v1/chat/completions", **headers: str) -> None:
        self._app = app
        self.body = body if isinstance(body, bytes) else msgspec.json.encode(body)
        self._path = path
        self._headers = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        self._left = asyncio.Event()
        self._has_read = False
        self.messages: list[Any] = []
        self.task: asyncio.Task[None] | None = None
        self.writable = asyncio.Event()
        self.writable.set()
        self.grew = asyncio.Event()

    def begin(self) -> "Exchange":
        scope = {"type": "http", "method": "POST", "path": self._path, "headers": self._headers, "query_string": b""}
        self.task = asyncio.create_task(self._app(scope, self._receive, self._send))
        return self

    async def finish(self) -> "Exchange":
        assert self.task is not None
        await asyncio.wait_for(self.task, 5)
        return self

    async def leave(self) -> "Exchange":
        self._left.set()
        return await self.finish()

    async def until(self, text: bytes) -> None:
        """Wait until a text was sent."""
        while text not in self.sent:
            self.grew.clear()
            await asyncio.wait_for(self.grew.wait(), 5)

    async def _receive(self) -> dict[str, Any]:
        if not self._has_read:
            self._has_read = True
            return {"type": "http.request", "body": self.body, "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self.writable.wait()
        self.messages.append(message)
        self.grew.set()

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.messages[0]["headers"]}

    @property
    def writes(self) -> list[bytes]:
        return [message["body"] for message in self.messages[1:]]

    @property
    def sent(self) -> bytes:
        return b"".join(self.writes)

    @property
    def is_complete(self) -> bool:
        return bool(self.messages) and self.messages[-1].get("more_body") is False

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.sent)

    @property
    def error(self) -> Any:
        return self.json["error"]

    @property
    def frames(self) -> list[Any]:
        """The data of each event; comments are left out."""
        frames = [frame.split(b"data: ", 1)[1] for frame in self.sent.split(b"\n\n") if b"data: " in frame]
        return ["[DONE]" if frame == b"[DONE]" else msgspec.json.decode(frame) for frame in frames]


def chat(model: str = "r1", **more: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": "hi"}], **more}


async def ask(app: Any, body: Any, **more: str) -> Exchange:
    return await Exchange(app, body, **more).begin().finish()
