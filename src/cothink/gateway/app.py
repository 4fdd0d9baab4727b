"""The ASGI application: hot endpoints are plain callables, everything else is Starlette's.

Whatever happens, a client gets an answer in OpenAI's form with an ``x-request-id``.
"""

import logging
from collections.abc import Awaitable, MutableMapping
from typing import Any

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from cothink.gateway.auth import Keys
from cothink.gateway.chat.asked import read_chat
from cothink.gateway.conduct import Endpoint
from cothink.gateway.edge.faults import Fault, encode_error, status_of
from cothink.gateway.edge.intake import HEAD, HeadOfRequest, request_id
from cothink.gateway.edge.sse import Send
from cothink.gateway.edge.watch import Receive
from cothink.gateway.http1.exchange import Exchange
from cothink.gateway.parts import Parts
from cothink.gateway.responses.asked import read_responses
from cothink.gateway.rest import build_rest
from cothink.gateway.risk.asked import read_risk
from cothink.gateway.turn import Scope

log = logging.getLogger(__name__)
COTHINK_HEADERS = ("trace-id", "strategy", "calls", "cost-usd", "verification", "ignored", "fallback")
EXPOSED = ["x-request-id", "retry-after", "x-should-retry", *(f"x-cothink-{name}" for name in COTHINK_HEADERS)]


def build_app(parts: Parts) -> ASGIApp:
    """Return the gateway as an ASGI application.

    Raises:
        SettingError: Keys are needed and none is set.
    """
    app: ASGIApp = Gateway(parts)
    if parts.config.cors_origins:
        app = CORSMiddleware(
            app,
            allow_origins=parts.config.cors_origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["*"],
            expose_headers=EXPOSED,
        )
    return app


class Gateway:
    """Sends each request to its endpoint."""

    def __init__(self, parts: Parts) -> None:
        keys = Keys(parts.config.keys, parts.ring)
        self._parts = parts
        self._hot = {
            "/v1/chat/completions": Endpoint(parts, keys, read_chat(parts.config.max_n)),
            "/v1/responses": Endpoint(parts, keys, read_responses()),
            "/v1/risk/score": Endpoint(parts, keys, read_risk),
        }
        self._endpoints: dict[object, Endpoint] = {one: one for one in self._hot.values()}
        self._rest = build_rest(parts, keys)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer one request, or one round of the server's start and stop."""
        if scope["type"] == "http":
            hot = self._hot.get(scope["path"])
            if hot is not None and scope["method"] == "POST":
                return hot(scope, receive, send)
            return self._answer_rest(scope, receive, send, hot is not None)
        return _live(scope, receive, send)

    def short(self, notes: dict[str, Any], exchange: Exchange) -> Awaitable[None] | None:
        """Answer a request whose head an endpoint of ours has looked at before, without ASGI's messages."""
        head: HeadOfRequest | None = notes.get(HEAD)
        endpoint = None if head is None else self._endpoints.get(head.checked_by)
        return None if head is None or endpoint is None else endpoint.short(head, exchange)

    async def _answer_rest(self, scope: Scope, receive: Receive, send: Send, is_hot: bool) -> None:
        id = request_id(dict(scope["headers"]), self._parts.make_id).encode()
        has_begun = False

        async def send_with_id(message: MutableMapping[str, Any]) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                message["headers"] = [*message.get("headers", []), (b"x-request-id", id)]
            await send(message)

        try:
            if is_hot:
                fault = Fault(405, "method_not_allowed", f"{scope['path']} takes POST only.", {"allow": "POST"})
                await _send_error(send_with_id, fault)
            else:
                await self._rest(scope, receive, send_with_id)
        except Exception as error:  # the HTTP edge, one of the two places that catch broadly
            log.exception("Request %s failed inside the gateway.", id.decode())
            if not has_begun:
                await _send_error(send_with_id, error)


async def _send_error(send: Send, error: Exception) -> None:
    body = encode_error(error)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if isinstance(error, Fault):
        headers += [(name.encode(), value.encode()) for name, value in error.headers.items()]
    await send({"type": "http.response.start", "status": status_of(error), "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _live(scope: Scope, receive: Receive, send: Send) -> None:
    while scope["type"] == "lifespan":
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
