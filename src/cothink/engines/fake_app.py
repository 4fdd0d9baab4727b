"""The fake server's application, as plain ASGI: where a request goes, what is counted, and who left."""

import asyncio
import dataclasses
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any

import msgspec

from cothink.core.errors import SettingError
from cothink.engines.fake_chat import chat_body, chat_frames, error_body
from cothink.engines.fake_config import FakeServerConfig
from cothink.engines.fake_responses import BackgroundAnswers, response_frames, response_value
from cothink.engines.fake_send import Sender

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MOST_BODY = 33_554_432


@dataclasses.dataclass(slots=True)
class Stats:
    """What happened so far. ``aborted``: the client left before the end of its answer."""

    requests: int = 0
    open: int = 0
    finished: int = 0
    aborted: int = 0
    faults: int = 0


class FakeApp:
    """The ASGI app."""

    def __init__(self, config: FakeServerConfig | None = None) -> None:
        self.config = config or FakeServerConfig()
        self.stats = Stats()
        self.bodies: deque[dict[str, Any]] = deque(maxlen=100)  # the last ones, for tests that look
        self._background = BackgroundAnswers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await _lifespan(scope, receive, send)
            return
        body = await _body(receive)
        sender = Sender(send, self.config)
        work = self._route(scope["method"], scope["path"], body, sender)
        if work is None:
            await sender.json(404, error_body("not_found", "The fake server has no such page."))
            return
        await self._watched(work, receive)

    def _route(self, method: str, path: str, body: bytes, sender: Sender) -> Coroutine[Any, Any, None] | None:
        if (method, path) == ("POST", "/v1/chat/completions"):
            return self._answer(body, sender, self._chat)
        if (method, path) == ("POST", "/v1/responses"):
            return self._answer(body, sender, self._responses)
        if path.startswith("/v1/responses/"):
            return self._kept(method, path.removeprefix("/v1/responses/"), sender)
        if (method, path) == ("GET", "/v1/models"):
            model = {"id": "fake", "object": "model", "created": 0, "owned_by": "cothink"}
            return sender.json(200, {"object": "list", "data": [model]})
        if (method, path) == ("GET", "/stats"):
            return sender.json(200, dataclasses.asdict(self.stats))
        if (method, path) == ("POST", "/control"):
            return self._control(body, sender)
        return None

    async def _watched(self, work: Coroutine[Any, Any, None], receive: Receive) -> None:
        """Do the work until it is done or the client leaves."""
        self.stats.open += 1
        working = asyncio.ensure_future(work)
        watching = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                self.stats.finished += 1
                working.result()
            else:
                self.stats.aborted += 1
        finally:
            self.stats.open -= 1
            for task in (working, watching):
                task.cancel()
            await asyncio.gather(working, watching, return_exceptions=True)

    async def _answer(
        self, body: bytes, sender: Sender, say: Callable[[dict[str, Any], Sender], Awaitable[None]]
    ) -> None:
        try:
            asked = msgspec.json.decode(body, type=dict[str, Any])
        except msgspec.MsgspecError:
            await sender.json(400, error_body("invalid_json", "The body is no JSON object."))
            return
        self.bodies.append(asked)
        self.stats.requests += 1
        if self._shows_fault():
            self.stats.faults += 1
            sender.show_fault(self.config)
            if await sender.fails_at_once():
                return
        if self.config.first_s:
            await asyncio.sleep(self.config.first_s)
        await say(asked, sender)

    def _shows_fault(self) -> bool:
        """Spread the share evenly over the requests."""
        config, count = self.config, self.stats.requests
        return config.fault != "none" and int(count * config.fault_share) > int((count - 1) * config.fault_share)

    async def _chat(self, asked: dict[str, Any], sender: Sender) -> None:
        if asked.get("stream"):
            await sender.stream(chat_frames(self.config, asked))
        else:
            await sender.whole(chat_body(self.config, asked))

    async def _responses(self, asked: dict[str, Any], sender: Sender) -> None:
        id = self._background.new_id()
        if asked.get("background"):
            self._background.start(id, asked)
            await sender.json(200, response_value(self.config, asked, id, "queued"))
        elif asked.get("stream"):
            await sender.stream(response_frames(self.config, asked, id))
        else:
            await sender.whole(msgspec.json.encode(response_value(self.config, asked, id, "completed")))

    async def _kept(self, method: str, rest: str, sender: Sender) -> None:
        id, _, verb = rest.partition("/")
        if (method, verb) == ("GET", ""):
            value = self._background.look(self.config, id)
        elif (method, verb) == ("POST", "cancel"):
            value = self._background.cancel(self.config, id)
        else:
            value = None
        if value is None:
            await sender.json(404, error_body("not_found", "The fake server keeps no such answer."))
        else:
            await sender.json(200, value)

    async def _control(self, body: bytes, sender: Sender) -> None:
        try:
            changes = msgspec.json.decode(body, type=dict[str, Any])
            self.config = msgspec.convert({**dataclasses.asdict(self.config), **changes}, type=FakeServerConfig)
        except (msgspec.MsgspecError, SettingError) as error:
            await sender.json(400, error_body("invalid_setting", str(error)))
        else:
            await sender.json(200, dataclasses.asdict(self.config))


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body") or sum(map(len, parts)) > MOST_BODY:
            return b"".join(parts)


async def _lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        for stage in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{stage}.complete"})
