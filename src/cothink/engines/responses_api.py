"""The four calls of the Responses API that are used here: create, create as a stream, look, cancel.

Source: https://platform.openai.com/docs/api-reference/responses (read 2026-11-24).
"""

import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec

from cothink.core.errors import UpstreamBroken
from cothink.engines.http import HttpClient, HttpLimits
from cothink.engines.responses_answer import WireResponse, decode
from cothink.engines.responses_config import ResponsesConfig
from cothink.engines.responses_errors import from_status

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

    async def drain(self, seconds: float) -> None:
        """Read what is left for a moment: a body that has ended leaves its connection for the next request."""
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

    async def request(self, method: str, path: str, body: bytes | None = None) -> Reply:
        """Send a request and return its answer when the head has come."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class ResponsesApi:
    """The API of one vendor, with one key."""

    def __init__(self, config: ResponsesConfig, http: Http) -> None:
        self._config = config
        self._http = http

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def create(self, body: dict[str, Any]) -> WireResponse:
        """Ask for an answer in one piece, or for a background one."""
        return await self._call("POST", PATH, msgspec.json.encode(body))

    async def look(self, response_id: str) -> WireResponse:
        """Return a background answer as it stands."""
        return await self._call("GET", f"{PATH}/{_checked(response_id)}", None)

    async def cancel(self, response_id: str) -> WireResponse:
        """End a background answer; one that is over already stays as it is."""
        return await self._call("POST", f"{PATH}/{_checked(response_id)}/cancel", b"{}")

    async def streamed(self, body: dict[str, Any]) -> Reply:
        """Ask for an answer as a stream and return its reply, whose body is events. Whoever asked closes it."""
        reply = await self._http.request("POST", PATH, msgspec.json.encode({**body, "stream": True}))
        try:
            await _check(reply)
            _check_events(reply)
        except BaseException:
            await reply.aclose()
            raise
        return reply

    async def _call(self, method: str, path: str, body: bytes | None) -> WireResponse:
        async with aclosing(await self._http.request(method, path, body)) as reply:
            await _check(reply)
            response = decode(await reply.read(self._config.answer_bytes), WireResponse)
        _checked(response.id)
        return response


def client_of(config: ResponsesConfig) -> HttpClient:
    """Return a client that is bound to the vendor's address and sends the key.

    Raises:
        SettingError: The address or a header cannot be used.
    """
    own = {"authorization": f"Bearer {config.key}"} if config.key else {}
    url = config.url if urlsplit(config.url).path.strip("/") else config.url.rstrip("/") + "/v1"
    limits = HttpLimits(
        connections=config.connections,
        connect_s=config.connect_s,
        head_s=config.head_s,
        idle_s=config.idle_s,
        body_bytes=config.answer_bytes,
    )
    return HttpClient(url, limits=limits, headers=own | dict(config.headers))


async def _check(reply: Reply) -> None:
    """Raise what an answer other than 200 means."""
    if reply.status == 200:
        return
    try:
        body = await reply.read(ERROR_BYTES)
    except UpstreamBroken:  # the status alone says enough
        body = b""
    raise from_status(reply.status, body, reply.headers.get("retry-after"))


def _check_events(reply: Reply) -> None:
    if not (reply.headers.get("content-type") or "").startswith("text/event-stream"):
        raise UpstreamBroken("The pro's server was asked for a stream of events and sent something else.")


def _checked(response_id: str) -> str:
    """Return an id that is safe in a path; the vendor gave it, or a store of ours."""
    if not ID.fullmatch(response_id):
        raise UpstreamBroken("The pro's server named its answer with an id that is none.")
    return response_id
