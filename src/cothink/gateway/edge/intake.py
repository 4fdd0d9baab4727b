"""The head and the body of a request: its id, its kind, its size, each with a limit and clear words."""

import asyncio
import re
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from cothink.core.errors import TooLarge
from cothink.gateway.config import GatewayConfig
from cothink.gateway.edge.faults import ClientLeft, Fault
from cothink.gateway.edge.watch import Receive
from cothink.gateway.http1.exchange import Exchange
from cothink.gateway.http1.known_head import NOTES

HEAD = "head"
"""The note of a head under which what an endpoint made of it lies."""
_SANE_ID = re.compile(rb"[A-Za-z0-9_-]{1,64}")


class HeadOfRequest:
    """What the head of a request says, as far as an endpoint needs it. One that comes again is looked at once.

    Args:
        headers: By name in lower case.
    """

    __slots__ = ("authorization", "checked_by", "headers", "id")

    def __init__(self, headers: Mapping[bytes, bytes]) -> None:
        self.headers = headers
        self.authorization = headers.get(b"authorization")
        theirs = headers.get(b"x-request-id")
        self.id = theirs.decode() if theirs is not None and _SANE_ID.fullmatch(theirs) else None  # the client's own
        self.checked_by: object = None  # the endpoint that found nothing wrong in it

    @classmethod
    def of(cls, scope: MutableMapping[str, Any]) -> "HeadOfRequest":
        """Return what a request's head says; the server's notes hold it where the same head came before."""
        notes = scope.get(NOTES)
        if notes is None:
            return cls(dict(scope["headers"]))
        head: HeadOfRequest | None = notes.get(HEAD)
        if head is None:
            head = notes[HEAD] = cls(dict(scope["headers"]))
        return head


def request_id(headers: Mapping[bytes, bytes], make_id: Callable[[], str]) -> str:
    """Return the client's own id where it is sane, else a new one."""
    theirs = headers.get(b"x-request-id")
    return theirs.decode() if theirs is not None and _SANE_ID.fullmatch(theirs) else make_id()


def check_head(headers: Mapping[bytes, bytes], config: GatewayConfig) -> None:
    """Refuse a body that would not be read.

    Raises:
        TooLarge: It says that it is over the limit.
        Fault: It is compressed, or something other than JSON.
    """
    length = headers.get(b"content-length")
    if length is not None and (len(length) > 15 or int(length) > config.max_body_bytes):  # the server saw digits only
        raise _too_large(config)
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Fault(415, "unsupported_content_encoding", "Compressed bodies are not read: send the JSON as it is.")
    kind = headers.get(b"content-type", b"application/json")
    if kind != b"application/json" and kind.split(b";")[0].strip().lower() != b"application/json":
        raise Fault(415, "unsupported_content_type", "The body must be JSON: send content-type: application/json.")


def take_body(exchange: Exchange, config: GatewayConfig) -> bytes:
    """Do what `read_body` does where our own server holds the body already.

    Raises:
        TooLarge: It is over the limit.
    """
    body = exchange.take_body()
    if len(body) > config.max_body_bytes:
        raise _too_large(config)
    return body


async def read_body(receive: Receive, config: GatewayConfig) -> bytes:
    """Return the whole body.

    Raises:
        TooLarge: It grew over the limit; the rest is not kept.
        Fault: It took longer than ``body_s``.
        ClientLeft: The client hung up before its end.
    """
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientLeft
    body: bytes = message.get("body", b"")
    if len(body) > config.max_body_bytes:
        raise _too_large(config)
    if message.get("more_body", False):
        return await _read_on(body, receive, config)
    return body


async def _read_on(first: bytes, receive: Receive, config: GatewayConfig) -> bytes:
    parts, size = [first], len(first)
    try:
        async with asyncio.timeout(config.body_s):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientLeft
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > config.max_body_bytes:
                    raise _too_large(config)
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError:
        raise Fault(408, "request_timeout", f"The body did not come within {config.body_s:g} s.") from None


def _too_large(config: GatewayConfig) -> TooLarge:
    return TooLarge(f"The body is over {config.max_body_bytes} bytes, the most that this gateway reads.")
