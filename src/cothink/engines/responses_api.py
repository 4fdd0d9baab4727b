"""The four calls of the Responses API that are used here: create, create as a stream, look, cancel.

Source: https://platform.openai.com/docs/api-reference/responses (read 2026-11-24).
"""

import re
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Any, Protocol

import msgspec

from cothink.core.errors import UpstreamBroken
from cothink.engines.responses_answer import WireResponse, decode
from cothink.engines.responses_config import ResponsesConfig
from cothink.engines.responses_errors import from_status

ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
ERROR_BYTES = 64 * 1024


class HttpReply(Protocol):
    """The head of an answer, and its body as it comes."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    def header(self, name: str) -> str | None:
        """Return a header by its name in small letters."""
        ...

    def body(self) -> AsyncGenerator[bytes, None]:
        """Return the body in pieces. Closing it before its end ends the connection."""
        ...

    def events(self, most_bytes: int) -> AsyncGenerator[bytes, None]:
        """Return the data of each server-sent event in the body.

        Raises:
            UpstreamBroken: An event is larger than ``most_bytes``, or the body ends within one.
        """
        ...


class Http(Protocol):
    """Something that sends requests. Leaving the context before the body has ended closes the connection at once.

    Failures are errors of ``core.errors``: UpstreamUnreachable, UpstreamTimeout, UpstreamBroken.
    """

    def request(
        self, method: str, url: str, *, headers: dict[str, str], body: bytes | None
    ) -> AbstractAsyncContextManager[HttpReply]:
        """Send a request and wait for the head of its answer."""
        ...


class ResponsesApi:
    """The API of one vendor, with one key."""

    def __init__(self, config: ResponsesConfig, http: Http) -> None:
        self._config = config
        self._http = http
        self._base = config.base_url.rstrip("/") + "/responses"
        self._headers = {"content-type": "application/json", "accept": "application/json", **dict(config.headers)}
        if config.key:
            self._headers["authorization"] = f"Bearer {config.key}"

    async def create(self, body: dict[str, Any]) -> WireResponse:
        """Ask for an answer in one piece, or for a background one."""
        return await self._call("POST", self._base, msgspec.json.encode(body))

    async def look(self, response_id: str) -> WireResponse:
        """Return a background answer as it stands."""
        return await self._call("GET", f"{self._base}/{_checked(response_id)}", None)

    async def cancel(self, response_id: str) -> WireResponse:
        """End a background answer; one that is over already stays as it is."""
        return await self._call("POST", f"{self._base}/{_checked(response_id)}/cancel", b"{}")

    async def events(self, body: dict[str, Any]) -> AsyncGenerator[bytes, None]:
        """Ask for an answer as a stream and yield the data of each event. Closing it ends the upstream call."""
        headers = {**self._headers, "accept": "text/event-stream"}
        encoded = msgspec.json.encode({**body, "stream": True})
        async with self._http.request("POST", self._base, headers=headers, body=encoded) as reply:
            await self._check(reply)
            if not (reply.header("content-type") or "").startswith("text/event-stream"):
                raise UpstreamBroken("The pro's server was asked for a stream of events and sent something else.")
            async with aclosing(reply.events(self._config.event_bytes)) as events:
                async for data in events:
                    yield data

    async def _call(self, method: str, url: str, body: bytes | None) -> WireResponse:
        async with self._http.request(method, url, headers=self._headers, body=body) as reply:
            await self._check(reply)
            whole = await _read(reply, self._config.answer_bytes)
            if len(whole) > self._config.answer_bytes:
                raise UpstreamBroken(f"The pro's answer is over {self._config.answer_bytes} bytes.")
        response = decode(whole, WireResponse)
        _checked(response.id)
        return response

    async def _check(self, reply: HttpReply) -> None:
        if reply.status != 200:
            body = await _read(reply, ERROR_BYTES)
            raise from_status(reply.status, body, reply.header("retry-after"))


def _checked(response_id: str) -> str:
    """Return an id that is safe in a path; the vendor gave it, or a store of ours."""
    if not ID.fullmatch(response_id):
        raise UpstreamBroken("The pro's server named its answer with an id that is none.")
    return response_id


async def _read(reply: HttpReply, most: int) -> bytes:
    """Return the body, at most a little more than ``most`` bytes of it."""
    whole = bytearray()
    async with aclosing(reply.body()) as pieces:
        async for piece in pieces:
            whole += piece
            if len(whole) > most:
                break
    return bytes(whole)
