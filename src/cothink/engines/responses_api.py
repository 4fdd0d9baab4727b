"""The four calls of the Responses API that are used here: create, create as a stream, look, cancel.

Source: https://platform.openai.com/docs/api-reference/responses (read 2026-11-24).
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, Protocol

import msgspec

from cothink.core.errors import UpstreamBroken
from cothink.engines.responses_answer import WireResponse, decode
from cothink.engines.responses_config import ResponsesConfig
from cothink.engines.responses_errors import from_status
from cothink.engines.sse import SseParser

ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
PATH = "/responses"
ERROR_BYTES = 64 * 1024


class Reply(Protocol):
    """An answer whose head has come. Closing it before its body has ended closes the connection at once."""

    status: int

    @property
    def headers(self) -> "ReplyHeaders":
        """The headers."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes."""
        ...

    async def read(self, limit: int | None = None) -> bytes:
        """Return the whole body. Raises UpstreamBroken when it is longer than ``limit``."""
        ...

    async def aclose(self) -> None:
        """Close."""
        ...


class ReplyHeaders(Protocol):
    """Headers by name, in any case."""

    def get(self, name: str) -> str | None:
        """Return a header's value, or None where it did not come."""
        ...


class Http(Protocol):
    """A client that is bound to one address and sends the key with each request, as ``engines.http.HttpClient`` is."""

    async def request(self, method: str, path: str, *, body: bytes | None = None) -> Reply:
        """Send a request and return its answer when the head has come."""
        ...


class ResponsesApi:
    """The API of one vendor, with one key."""

    def __init__(self, config: ResponsesConfig, http: Http) -> None:
        self._config = config
        self._http = http

    async def create(self, body: dict[str, Any]) -> WireResponse:
        """Ask for an answer in one piece, or for a background one."""
        return await self._call("POST", PATH, msgspec.json.encode(body))

    async def look(self, response_id: str) -> WireResponse:
        """Return a background answer as it stands."""
        return await self._call("GET", f"{PATH}/{_checked(response_id)}", None)

    async def cancel(self, response_id: str) -> WireResponse:
        """End a background answer; one that is over already stays as it is."""
        return await self._call("POST", f"{PATH}/{_checked(response_id)}/cancel", b"{}")

    async def events(self, body: dict[str, Any]) -> AsyncGenerator[bytes, None]:
        """Ask for an answer as a stream and yield the data of each event. Closing it ends the upstream call."""
        encoded = msgspec.json.encode({**body, "stream": True})
        async with aclosing(await self._http.request("POST", PATH, body=encoded)) as reply:
            await _check(reply)
            if not (reply.headers.get("content-type") or "").startswith("text/event-stream"):
                raise UpstreamBroken("The pro's server was asked for a stream of events and sent something else.")
            parser = SseParser(self._config.event_bytes)
            async for piece in reply:
                for data in parser.feed(piece):
                    if data != b"[DONE]":  # some servers end with it, as in the chat form
                        yield data
            if parser.rest:
                raise UpstreamBroken("The pro's server sent half an event.")

    async def _call(self, method: str, path: str, body: bytes | None) -> WireResponse:
        async with aclosing(await self._http.request(method, path, body=body)) as reply:
            await _check(reply)
            response = decode(await reply.read(self._config.answer_bytes), WireResponse)
        _checked(response.id)
        return response


def headers_of(config: ResponsesConfig) -> dict[str, str]:
    """Return the headers that the client sends with every request."""
    own = {"authorization": f"Bearer {config.key}"} if config.key else {}
    return own | config.headers


async def _check(reply: Reply) -> None:
    """Raise what an answer other than 200 means."""
    if reply.status == 200:
        return
    try:
        body = await reply.read(ERROR_BYTES)
    except UpstreamBroken:  # the status alone says enough
        body = b""
    raise from_status(reply.status, body, reply.headers.get("retry-after"))


def _checked(response_id: str) -> str:
    """Return an id that is safe in a path; the vendor gave it, or a store of ours."""
    if not ID.fullmatch(response_id):
        raise UpstreamBroken("The pro's server named its answer with an id that is none.")
    return response_id
