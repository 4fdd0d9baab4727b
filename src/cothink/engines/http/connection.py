"""One TCP or TLS connection: a request goes out, its answer is parsed as it comes, then the next may follow.

What comes when nobody asked closes it. One lazy watchdog a connection, no timer a request: it looks, and sleeps again.
"""

import asyncio
import socket
import struct
from typing import Protocol, cast

from cothink.core.errors import UpstreamBroken, UpstreamError, UpstreamTimeout
from cothink.engines.http.answer_parser import AnswerParser
from cothink.engines.http.limits import HttpLimits
from cothink.engines.http.response import HttpResponse

LINGER_NOT = struct.pack("ii", 1, 0)  # man 7 socket: what was not sent is thrown away, and the peer gets a reset


class StaleConnection(UpstreamBroken):
    """A kept connection turned out to be closed before a byte of the answer came: the request may go out once more."""


class Owner(Protocol):
    """Who lends the connection out."""

    def give(self, connection: "Connection") -> None:
        """Take it back: its answer has ended and the next request may use it."""
        ...

    def drop(self, connection: "Connection") -> None:
        """Forget it: it is closed."""
        ...


class Connection(asyncio.Protocol):
    """A connection of the pool. asyncio calls the first four methods, the client and the pool the next ones.

    Who owns the place in the pool: before the head whoever waits for it, so that a second try can keep it; then the
    connection, until the answer has ended, failed, or was abandoned.
    """

    __slots__ = (
        "_due_at",
        "_heard",
        "_limits",
        "_loop",
        "_owner",
        "_parser",
        "_paused",
        "_response",
        "_transport",
        "_watchdog",
        "idle_since",
        "is_leased",
        "is_open",
        "is_used",
        "lost",
    )

    def __init__(self, owner: Owner, limits: HttpLimits, loop: asyncio.AbstractEventLoop) -> None:
        self.is_leased = True  # someone holds it, or it is on its way to someone
        self.is_open = False  # a request may go out
        self.is_used = False  # an answer came over it before
        self.idle_since = 0.0
        self.lost: asyncio.Future[None] = loop.create_future()  # done when asyncio is done with it
        self._owner = owner
        self._limits = limits
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._parser = AnswerParser(limits.head_bytes)
        self._response: HttpResponse | None = None
        self._watchdog: asyncio.TimerHandle | None = None
        self._due_at = 0.0
        self._heard = False  # since the watchdog looked last
        self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is up."""
        self._transport = cast(asyncio.Transport, transport)  # create_connection makes no other kind
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        response = self._response
        if response is None:  # nobody asked: what came belongs to no answer
            self._abort()
            if not self.is_leased:
                self._owner.drop(self)
            return
        self._heard = True
        parser = self._parser
        try:
            parser.feed(data)
        except UpstreamBroken as error:
            self._fail(error)
            return
        if parser.complete:
            self._finish(response)
            return
        if response.backlog > self._limits.backlog_bytes and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        response.wake()

    def eof_received(self) -> None:
        """The other side sends no more; an answer may end so. Returning None closes our side too."""
        if self._response is not None and self._parser.until_close:
            self._parser.keep = False
            self._finish(self._response)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self.is_open = False
        self.lost.set_result(None)
        if self._watchdog is not None:
            self._watchdog.cancel()
            self._watchdog = None
        if self._response is None:
            if not self.is_leased:  # else whoever holds it sees that it is not open
                self._owner.drop(self)
        elif self._heard or self._response.status:
            self._fail(UpstreamBroken("The model's server closed the connection in the middle of its answer."))
        elif self.is_used:
            self._fail(StaleConnection("The model's server closed a kept connection."))
        else:
            self._fail(UpstreamBroken("The model's server closed the connection before it answered."))

    def send(self, response: HttpResponse, head: bytes, body: bytes | None) -> None:
        """Send a request; its answer goes to ``response``."""
        transport = self._transport
        self._response = response
        self._heard = self._paused = False
        self._parser.begin(response)
        if transport is None or not self.is_open or transport.is_closing():
            self._fail(StaleConnection("The model's server closed a kept connection."))
            return
        if body is None:
            transport.write(head)
        elif len(body) < 16_384:  # one small copy costs less than a second write
            transport.write(head + body)
        else:
            transport.writelines((head, body))
        now = self._loop.time()
        self._due_at = now + self._limits.head_s
        if self._watchdog is None:
            self._watchdog = self._loop.call_at(now + self._limits.look_s, self._watch)

    def resume(self) -> None:
        """Read on."""
        if self._paused:
            self._paused = False
            self._heard = True  # the silence was ours
            if self._transport is not None and self.is_open and not self._transport.is_closing():
                self._transport.resume_reading()

    def abandon(self) -> None:
        """Close at once and free the place in the pool."""
        self._response = None
        self._reset_on_close()
        self._abort()
        self._owner.drop(self)

    def shut(self, error: UpstreamError) -> None:
        """Close at once; an answer that is on its way fails with ``error``."""
        if self._response is not None:
            self._fail(error)
        else:
            self._abort()
            if not self.is_leased:
                self._owner.drop(self)

    def _finish(self, response: HttpResponse) -> None:
        """The answer is whole: let the connection go first, so that whoever reads it finds it free."""
        self._response = None
        transport = self._transport
        busy = transport is None or transport.is_closing() or transport.get_write_buffer_size() > 0
        if self._paused:
            self.resume()
        if self._parser.keep and not busy:
            self.is_used = True
            self.idle_since = self._loop.time()
            self._owner.give(self)
        else:
            self._abort()
            self._owner.drop(self)
        response.take_end()

    def _fail(self, error: UpstreamError) -> None:
        response, self._response = self._response, None
        if response is None:
            return
        self._abort()
        if response.status:  # before the head whoever waits for it holds the place in the pool
            self._owner.drop(self)
        response.take_error(error)

    def _reset_on_close(self) -> None:
        """Close with a reset: a server that looks only when it writes then fails at its first write, not its second."""
        sock = None if self._transport is None else self._transport.get_extra_info("socket")
        if sock is not None and self.is_open:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)

    def _abort(self) -> None:
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def _watch(self) -> None:
        """Look whether the answer is late; sleep again for what is left."""
        self._watchdog = None
        response, limits = self._response, self._limits
        if response is None:
            return
        now = self._loop.time()
        if response.status:
            if not self._heard and not self._paused and limits.idle_s is not None:
                self._fail(UpstreamTimeout(f"The model's server fell silent for {limits.idle_s:g} s."))
                return
            self._heard = False
        elif now >= self._due_at:
            self._fail(UpstreamTimeout(f"The model's server did not answer within {limits.head_s:g} s."))
            return
        due_at = now + limits.look_s
        self._watchdog = self._loop.call_at(due_at if response.status else min(due_at, self._due_at), self._watch)
