"""Any server that speaks OpenAI's ``/chat/completions``: vLLM, SGLang, llama-server, DeepSeek's API and their like."""

import logging
from collections.abc import AsyncGenerator
from typing import Protocol
from urllib.parse import urlsplit

from cothink.core.answer import Answer, collect
from cothink.core.chunk import Chunk
from cothink.core.engine import Seen
from cothink.core.errors import CoThinkError, UpstreamBroken, UpstreamError
from cothink.core.request import Request
from cothink.engines.chat_answer import read_answer
from cothink.engines.chat_body import encode_body
from cothink.engines.chat_config import ChatCompletionsConfig
from cothink.engines.chat_errors import from_status
from cothink.engines.chat_stream import ChatStream
from cothink.engines.http import HttpClient, HttpResponse, trust

log = logging.getLogger(__name__)

PATH = "/chat/completions"
ERROR_BYTES = 65_536
DRAIN_S = 0.1
JSON, EVENTS = b"application/json", b"text/event-stream"
KINDS = {JSON: JSON, EVENTS: EVENTS}  # as most servers write them


class Place(Protocol):
    """Where a server listens right now."""

    @property
    def url(self) -> str:
        """Scheme, host and port, perhaps a path."""
        ...

    @property
    def key(self) -> str:
        """The bearer key."""
        ...

    @property
    def model(self) -> str:
        """The name to send as ``model``."""
        ...


class Places(Protocol):
    """Knows where a server listens that may move, such as a child process that was started again."""

    def endpoint(self) -> Place:
        """Return the place of the next call. Raises NotReady while there is none."""
        ...


class ChatCompletions:
    """An Engine for one server.

    It does not retry and does not count money. Closing a stream, or cancelling whoever reads it, closes the
    connection at once, so the server stops to generate.

    Args:
        config: Where the server is and how it wants to be asked.
        places: Asked before each call, for a server that may move; its answer stands in for the config's url, key and
            model.
    """

    def __init__(self, config: ChatCompletionsConfig, *, places: Places | None = None) -> None:
        self.config = config
        self._places = places
        self._model = config.model
        self._rules = config.rules
        self._place = (config.url, config.key)
        self.http = self._client(config.url, config.key)

    def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """Answer in pieces; where the request does not stream, in one.

        Raises:
            ContextTooLong: The conversation is longer than the model's context.
            UpstreamRefused: The server refused the request; its code is kept.
            UpstreamBusy: It is overloaded; Retry-After is kept.
            UpstreamUnreachable: No connection.
            UpstreamTimeout: No connection, no answer, or nothing more, in time.
            UpstreamBroken: What came is no answer, or it was cut.
            UpstreamError: It failed, or it does not accept our key.
        """
        return self._pieces(request, None)

    async def whole(self, request: Request, seen: Seen) -> Answer:
        """Answer in one piece, as `stream` does in many."""
        http = self.http if self._places is None else await self._current()
        response = await http.request("POST", PATH, encode_body(request, self.config, self._model, self._rules))
        body = response.plain(JSON)
        if body is not None:
            return read_answer(body, self._model, request.run.warn, think_open=self.config.think_open)
        try:
            if response.status != 200 or _is_stream(response, request.stream):
                return await collect(self._pieces(request, response), seen)
            body = await response.read()
        finally:
            response.abandon()
        return read_answer(body, self._model, request.run.warn, think_open=self.config.think_open)

    async def _ask(self, request: Request) -> HttpResponse:
        http = self.http if self._places is None else await self._current()
        return await http.request("POST", PATH, encode_body(request, self.config, self._model, self._rules))

    async def _pieces(self, request: Request, response: HttpResponse | None) -> AsyncGenerator[Chunk, None]:
        """Read an answer piece by piece; ask for it first where that was not done."""
        if response is None:
            response = await self._ask(request)
        config, warn = self.config, request.run.warn
        answer = ChatStream(self._model, warn, think_open=config.think_open, event_bytes=config.event_bytes)
        async with response:
            if response.status != 200:
                raise await _failure(response)
            if not _is_stream(response, request.stream):
                yield answer.whole(await response.read())
                return
            async for piece in response:
                for chunk in answer.feed(piece):
                    yield chunk
                if answer.is_done:
                    break
            for chunk in answer.end():
                yield chunk
            await response.drain(DRAIN_S)  # the end of the body: with it the connection can be kept

    async def aclose(self) -> None:
        """Close the connections; calls that run fail."""
        await self.http.aclose()

    async def _current(self) -> HttpClient:
        """Return the client of the place where the server is now."""
        if self._places is not None:
            place = self._places.endpoint()
            self._model = place.model
            if (place.url, place.key) != self._place:
                old, self.http = self.http, self._client(place.url, place.key)
                self._place = (place.url, place.key)
                await old.aclose()
        return self.http

    def _client(self, url: str, key: str) -> HttpClient:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        base = url if urlsplit(url).path.strip("/") else url.rstrip("/") + "/v1"
        tls = trust(self.config.ca_file) if self.config.ca_file else None
        return HttpClient(base, limits=self.config.limits, tls=tls, headers=headers | dict(self.config.headers))


def _is_stream(response: HttpResponse, asked: bool) -> bool:
    """See what came: some servers answer in one piece whatever was asked.

    Raises:
        UpstreamBroken: It is neither JSON nor a stream of events.
    """
    said = response.headers.raw(b"content-type") or b""
    kind = KINDS.get(said) or said.partition(b";")[0].strip().lower()
    if not kind:
        return asked
    if kind == EVENTS:
        return True
    if kind == JSON:
        return False
    log.warning("The model's server answered with content of type %r", kind[:100])
    raise UpstreamBroken("The model's server answered something that is neither JSON nor a stream of events.")


async def _failure(response: HttpResponse) -> CoThinkError:
    try:
        body = await response.read(ERROR_BYTES)
    except UpstreamError:  # too long, or cut: the status alone says enough
        body = b""
    return from_status(response.status, body, response.headers.get("retry-after"))
