"""One client's connection: bytes in, whole requests to the application, bytes out.

The application sees a request when all of it is here, so a slow head or body costs it nothing. A client that leaves
cancels the application's task at once. Requests on one connection are answered in order, one at a time; reading never
pauses, for a hang-up is only seen by reading, so what may wait is counted instead.
"""

import asyncio
import logging
from typing import TYPE_CHECKING, cast

from cothink.gateway.http1.backlog import Backlog
from cothink.gateway.http1.exchange import EXCHANGE, HANG_UP, Exchange
from cothink.gateway.http1.head import ASGI, Refusal, Scope
from cothink.gateway.http1.known_head import KnownHead
from cothink.gateway.http1.reader import Reader

if TYPE_CHECKING:
    from cothink.gateway.http1.server import Server

log = logging.getLogger(__name__)


class Connection(asyncio.Protocol):
    """Speaks HTTP/1.1 with one client."""

    __slots__ = (
        "_exchange",
        "_farewell",
        "_has_eof",
        "_is_deaf",
        "_reader",
        "_ready",
        "_ready_bytes",
        "_server",
        "_task",
        "_transport",
        "backlog",
        "call_soon",
        "had_request",
        "write",
    )

    def __init__(self, server: "Server") -> None:
        self._server = server
        self.call_soon = server.loop.call_soon
        self._ready: list[tuple[Scope, bytes, bool]] = []  # whole requests that wait behind the one in work
        self._ready_bytes = 0
        self._task: asyncio.Task[None] | None = None
        self._exchange: Exchange | None = None
        self._farewell: bytes | None = None  # a refusal that waits for the answers before it
        self._is_deaf = False  # what still comes is thrown away
        self._has_eof = False
        self.had_request = False

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected."""
        server = self._server
        self._transport = cast(asyncio.Transport, transport)  # uvloop's does not derive from it
        self._transport.set_write_buffer_limits(high=server.limits.backlog_bytes)
        self.write = self._transport.write
        self.backlog = Backlog(self._transport)
        base: Scope = {
            "type": "http",
            "asgi": ASGI,
            "scheme": server.scheme,
            "root_path": "",
            "client": _address(transport.get_extra_info("peername")),
            "server": _address(transport.get_extra_info("sockname")),
        }
        self._reader = Reader(self, server, base)
        room = server.opened(self)
        if room < -server.limits.connections:  # so many that even refusing them is too much
            self.cancel()
        elif room < 0:
            self.refuse(Refusal(503, "Too many connections are open here; try again soon.", "overloaded"))

    def connection_lost(self, exc: Exception | None) -> None:
        """The client left: whatever is done for it ends now."""
        self._is_deaf = True
        self._server.closed(self)
        self._ready.clear()
        self.backlog.resume()
        self._cancel_task()
        self._reader.close()

    def eof_received(self) -> bool:
        """A client that ends its side has left: on the wire, closing and half-closing look alike.

        An answer that needs no waiting still reaches it; whatever waits for something is cancelled.
        """
        self._has_eof = self._is_deaf = True
        if self._exchange is None:
            self._closing()
            return False
        if self._server.scheme == "https":  # TLS has no half-closed state in asyncio
            self.cancel()
            return False
        self._server.loop.call_soon(self._leave, self._exchange)
        return True

    def pause_writing(self) -> None:
        """The client does not keep up."""
        self.backlog.pause(self._stall_ends_at())

    def resume_writing(self) -> None:
        """The client took enough."""
        self.backlog.resume()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if not self._is_deaf:
            self._reader.feed(data, self._exchange is None)

    # -- requests, from the reader

    def take(self, scope: Scope, body: bytes, keep_alive: bool) -> None:
        """Answer a request, now or after those before it.

        Raises:
            Refusal: Too much waits on this connection.
        """
        if self._exchange is None:
            self._start(Exchange(self, body, scope["method"], scope["http_version"], keep_alive), scope)
            return
        limits = self._server.limits
        self._ready_bytes += len(body)
        if len(self._ready) >= limits.pipelined or self._ready_bytes > limits.body_bytes:
            raise Refusal(400, f"At most {limits.pipelined} requests may wait on one connection.", "too_many_pipelined")
        self._ready.append((scope, body, keep_alive))

    def take_known(self, known: KnownHead, digits: bytes, body: bytes) -> None:
        """Answer a request whose head came before: the short way, where the application has one."""
        self._start(Exchange(self, body, known.method, known.version, True), known, digits)

    def refuse(self, refusal: Refusal, is_head: bool = False) -> None:
        """Answer what is no request, after what was asked before it, and end the connection."""
        self._is_deaf = True
        words = self._server.refusal(refusal, is_head)
        if self._exchange is None:
            self._part(words)
        else:
            self._farewell = words

    def send_continue(self) -> bool:
        """Ask for the body, if nothing else is being sent."""
        if self._exchange is None:
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return True
        return False

    # -- answering

    def tail(self, keep_alive: bool) -> bytes:
        """Return the last lines of a head."""
        return self._server.tail_open if keep_alive else self._server.tail_last

    @property
    def is_busy(self) -> bool:
        """A request is being answered."""
        return self._exchange is not None

    def close(self) -> None:
        """Close when what was written has left."""
        self._closing()
        self._transport.close()

    def hurry(self) -> None:
        """The server is about to stop: close if nothing is asked here; who has just come may still ask."""
        if self._exchange is None and self._reader.is_between:
            if self.had_request:
                self.close()
            else:
                self._reader.ends_at = self._server.ends_at(0)

    def dismiss(self) -> None:
        """The server's time is over: the application may still say so to its client, then the connection ends."""
        if self._task is None:
            self.cancel()
            return
        self._is_deaf = True
        task, self._task = self._task, None
        task.cancel()
        self._server.leaves(task)

    def cancel(self) -> None:
        """End the request in work, if any, and the connection."""
        self._is_deaf = True
        self._cancel_task()
        self._transport.abort()

    def sweep(self, now: float) -> None:
        """End what was too slow: a client with its request or with our answer, or one that is idle."""
        backlog = self.backlog
        if backlog.ends_at is not None and backlog.ends_at <= now:
            if backlog.is_shrinking():
                backlog.watch(self._stall_ends_at())
            else:
                self.cancel()
            return
        ends_at = self._reader.ends_at
        if ends_at is None or ends_at > now or self._is_deaf:
            return
        if self._reader.is_between:
            self.close()
        else:
            self.refuse(Refusal(408, "The request did not come in time.", "request_timeout"))

    def _cancel_task(self) -> None:
        """Cancel once: a second time would break into the clean-up."""
        exchange = self._exchange
        if exchange is not None:
            exchange.client_left()
        if self._task is not None:
            task, self._task = self._task, None
            if exchange is not None and exchange.hang_up is not None:
                exchange.hang_up()
            else:
                task.cancel()
            self._server.leaves(task)

    def _start(self, exchange: Exchange, head: Scope | KnownHead, digits: bytes = b"") -> None:
        self.had_request = True
        self._exchange = exchange
        task = exchange.task = self._server.create_task(self._answer(exchange, head, digits))
        if self._exchange is exchange:  # else a loop that starts tasks eagerly has run it to its end
            self._task = task
        if self._has_eof:
            self._server.loop.call_soon(self._leave, exchange)

    def _leave(self, exchange: Exchange) -> None:
        if self._exchange is exchange:
            self.cancel()

    async def _answer(self, exchange: Exchange, head: Scope | KnownHead, digits: bytes = b"") -> None:
        """Have a request answered: the short way, where its head is known and the application has one."""
        try:
            if isinstance(head, KnownHead):
                short = self._server.short
                answer = None if short is None else short(head.notes, exchange)
                await (self._by_asgi(head.scope(digits), exchange) if answer is None else answer)
            else:
                await self._by_asgi(head, exchange)
        except asyncio.CancelledError:
            if not exchange.is_gone:
                self._fail(exchange)
        except Exception:  # the edge: the application has its own; what comes here is a fault of ours
            log.exception("The application failed")
            self._fail(exchange)
        else:
            if not exchange.finished and not exchange.is_gone:
                log.error("The application left its answer unfinished")
                self._fail(exchange)
        self._done(exchange)

    async def _by_asgi(self, scope: Scope, exchange: Exchange) -> None:
        scope[HANG_UP] = exchange.on_hang_up
        scope[EXCHANGE] = exchange
        try:
            await self._server.app(scope, exchange.receive, exchange.send)
        finally:  # an application may keep its scope, and would keep the connection with it
            del scope[HANG_UP], scope[EXCHANGE]

    def _fail(self, exchange: Exchange) -> None:
        """Say 500 where nothing was said yet; a cut answer must look cut."""
        exchange.keep_alive = False
        if self._transport.is_closing() or exchange.finished:
            return
        if exchange.is_on_wire:
            exchange.client_left()  # what it still holds is dropped
            self._transport.abort()
        else:
            exchange.client_left()
            self.write(self._server.refusal(Refusal(500, "Something went wrong here.", "internal"), exchange.is_head))

    def _done(self, exchange: Exchange) -> None:
        if exchange.ended is not None:
            exchange.ended()
        self._task = self._exchange = exchange.task = None
        if self._transport.is_closing():
            return
        if not exchange.keep_alive or self._server.is_draining:
            self.close()
        elif self._ready:
            scope, body, keep_alive = self._ready.pop(0)
            self._ready_bytes -= len(body)
            self.take(scope, body, keep_alive)
        elif self._farewell is not None:
            self._part(self._farewell)
        elif self._has_eof:
            self.close()
        else:
            self._reader.answered()

    # -- ending

    def _part(self, words: bytes) -> None:
        """Send the last words, and take what still comes for a while: a reset would take them from the client."""
        self.write(words)
        if self._has_eof:
            self.close()
            return
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self.backlog.watch(self._server.ends_at(self._server.limits.linger_s), is_last=True)

    def _closing(self) -> None:
        self._is_deaf = True
        self.backlog.watch(self._stall_ends_at(), is_last=True)

    def _stall_ends_at(self) -> float:
        return self._server.ends_at(self._server.limits.stall_s)


def _address(name: object) -> tuple[str, int] | None:
    """Return host and port; a socket of the file system has none."""
    return (str(name[0]), int(name[1])) if isinstance(name, tuple) and len(name) >= 2 else None
