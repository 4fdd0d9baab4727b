"""A vendor of the Responses API for tests: as strict as the real one, and scripted where it should fail."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

FIELDS = {
    "model", "input", "instructions", "max_output_tokens", "reasoning", "text", "tools", "tool_choice", "store",
    "stream", "parallel_tool_calls", "background", "include", "top_logprobs", "temperature", "top_p", "metadata",
}  # fmt: skip
HANG, BREAK = b"<hang>", b"<break>"  # pieces of a body: wait until the client hangs up; close without an end
USAGE = {
    "input_tokens": 20,
    "input_tokens_details": {"cached_tokens": 5},
    "output_tokens": 50,
    "output_tokens_details": {"reasoning_tokens": 40},
    "total_tokens": 70,
}


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    pieces: list[bytes] | None = None

    @classmethod
    def json(cls, value: Any, status: int = 200, **headers: str) -> "Answer":
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(status, json.dumps(value).encode(), {"content-type": "application/json"} | named)

    @classmethod
    def error(cls, status: int, code: str | None, param: str | None = None, message: str = "no") -> "Answer":
        error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
        return cls.json({"error": error}, status)


def message(text: str, **more: Any) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": content} | more


def call(name: str, arguments: str, call_id: str = "call_1") -> dict[str, Any]:
    return {"type": "function_call", "id": "fc_1", "call_id": call_id, "name": name, "arguments": arguments}


def refused(body: dict[str, Any]) -> Answer | None:
    """What the real API refuses, in its own words."""
    for name in body:
        if name not in FIELDS:
            return Answer.error(400, "unknown_parameter", name, f"Unknown parameter: '{name}'.")
    if body["model"] == "o1-pro":
        for name in ("temperature", "top_p"):
            if name in body:
                words = f"Unsupported parameter: '{name}' is not supported with this model."
                return Answer.error(400, "unsupported_parameter", name, words)
        if body.get("stream"):
            return Answer.error(400, "unsupported_value", "stream")
    if body.get("max_output_tokens", 16) < 16:
        return Answer.error(400, "integer_below_min_value", "max_output_tokens")
    effort = body.get("reasoning", {}).get("effort")
    if body["model"] == "gpt-6.1-sol" and effort in {"none", "minimal"}:
        return Answer.error(400, "unsupported_value", "reasoning.effort")
    return None


class Vendor:
    """Args: ``looks`` is how often a background answer is looked at before it is over."""

    def __init__(self, *, looks: int = 2, **end: Any) -> None:
        self.looks = looks
        self.end: dict[str, Any] = {"status": "completed", "output": [message("42")], "usage": USAGE} | end
        self.events: list[dict[str, Any]] = []
        self.seen: list[tuple[str, str, Any]] = []
        self.kept: dict[str, dict[str, Any]] = {}
        self.faults: dict[str, list[Answer | BaseException]] = {}  # stage -> what comes instead, in order
        self.gates: dict[str, asyncio.Event] = {}  # stage -> it waits here
        self.reached: dict[str, asyncio.Event] = {s: asyncio.Event() for s in ("create", "look", "cancel")}
        self.connections = 0
        self.headers: list[dict[str, str]] = []  # of each request on a socket
        self.left = 0  # how often a reader went away before the end

    @property
    def stages(self) -> list[str]:
        return [stage for stage, _, _ in self.seen]

    async def handle(self, method: str, path: str, raw: bytes | None) -> Answer:
        stage = {"GET": "look"}.get(method, "cancel" if path.endswith("/cancel") else "create")
        body = json.loads(raw) if raw else None
        self.seen.append((stage, path, body))
        self.reached[stage].set()
        if stage in self.gates:
            await self.gates[stage].wait()
        if faults := self.faults.get(stage):
            fault = faults.pop(0)
            if isinstance(fault, BaseException):
                raise fault
            return fault
        if stage == "create":
            return self._create(body)
        return self._kept(path.split("/")[2], stage)

    def _create(self, body: dict[str, Any]) -> Answer:
        error = refused(body)
        if error is not None:
            return error
        response = {"id": f"resp_{len(self.kept) + 1}", "object": "response", "model": body["model"] + "-2026"}
        if body.get("background"):
            response |= {"status": "queued", "output": [], "looks": 0}
        elif body.get("stream"):
            return self._stream(response)
        else:
            response |= self.end
        self.kept[response["id"]] = response
        return Answer.json(response)

    def _stream(self, response: dict[str, Any]) -> Answer:
        whole = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in self.events)
        return Answer(200, whole.encode(), {"content-type": "text/event-stream; charset=utf-8"})

    def _kept(self, response_id: str, stage: str) -> Answer:
        response = self.kept.get(response_id)
        if response is None:
            return Answer.error(404, None, None, "Response not found.")
        working = response["status"] in {"queued", "in_progress"}
        if stage == "cancel" and working:
            response["status"] = "cancelled"
        elif working:
            response["looks"] += 1
            over = response["looks"] >= self.looks
            response.update(self.end if over else {"status": "in_progress"})
        return Answer.json(response)


@contextlib.asynccontextmanager
async def serving(vendor: Vendor) -> AsyncIterator[str]:
    """The vendor on a real socket; yields its URL."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await _exchange(vendor, head, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        vendor.connections += 1
        tasks.add(asyncio.create_task(talk(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _exchange(vendor: Vendor, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    first, *lines = head.decode().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value for line in lines if line for name, _, value in [line.partition(": ")]}
    vendor.headers.append(headers)
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    answering = asyncio.create_task(vendor.handle(method, path.removeprefix("/v1"), body or None))
    hung_up = asyncio.create_task(reader.read(1))  # nothing comes while the client waits, but its end may
    await asyncio.wait({answering, hung_up}, return_when=asyncio.FIRST_COMPLETED)
    if hung_up.done():
        vendor.left += 1
    answer = await answering
    more = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    framing = "transfer-encoding: chunked" if answer.pieces else f"content-length: {len(answer.body)}"
    writer.write(f"HTTP/1.1 {answer.status} X\r\n{more}{framing}\r\n\r\n".encode())
    for piece in answer.pieces or ():
        if piece == HANG:
            await asyncio.wait({hung_up})  # by an end or by a reset
            vendor.left += 1
            raise ConnectionError
        if piece == BREAK:
            raise ConnectionError
        writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        await writer.drain()
        await asyncio.sleep(0)
    hung_up.cancel()  # before the end is out: what comes next is the next request
    await asyncio.gather(hung_up, return_exceptions=True)
    writer.write(b"0\r\n\r\n" if answer.pieces else answer.body)
    await writer.drain()


class _Headers:
    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    def get(self, name: str) -> str | None:
        return self._values.get(name.lower())


class FakeReply:
    def __init__(self, vendor: Vendor, answer: Answer) -> None:
        self.status = answer.status
        self.headers = _Headers(answer.headers)
        self._vendor = vendor
        self._pieces = list(answer.pieces or [answer.body])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self._pieces:
            await asyncio.sleep(0)
            yield self._pieces.pop(0)

    async def read(self, limit: int | None = None) -> bytes:
        return b"".join([piece async for piece in self])

    async def drain(self, wait_s: float) -> None:
        self._pieces.clear()

    async def aclose(self) -> None:
        self._vendor.left += bool(self._pieces)


class FakeHttp:
    """The vendor in this process, without sockets."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor

    async def aclose(self) -> None:
        pass

    async def request(self, method: str, path: str, body: bytes | None = None) -> FakeReply:
        await asyncio.sleep(0)
        return FakeReply(self._vendor, await self._vendor.handle(method, path, body))


class FakeTime:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self.hold: asyncio.Event | None = None
        self.asleep = asyncio.Event()

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        self.asleep.set()
        await (self.hold.wait() if self.hold else asyncio.sleep(0))


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.001)
