"""One TCP or TLS connection: a request goes out, its answer is parsed as it comes, then the next may follow.

Framing is strict (RFC 9112 §6): what two readers could read in two ways is an error, and what comes after an answer's
end closes the connection. One lazy watchdog a connection, no timer a request: it looks, and sleeps again.
"""

import asyncio
from typing import Protocol, cast

import httptools

from cothink.core.errors import UpstreamBroken, UpstreamError, UpstreamTimeout
from cothink.engines.http.limits import HttpLimits
from cothink.engines.http.response import HttpResponse


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
    """A connection of the pool; ``asyncio`` calls the upper half, ``httptools`` the middle, the client the rest."""

    __slots__ = (
        "_complete",
        "_due_at",
        "_fault",
        "_headers",
        "_heard",
        "_interim",
        "_keep",
        "_limits",
        "_loop",
        "_owner",
        "_parser",
        "_paused",
        "_quiet",
        "_response",
        "_transport",
        "_until_close",
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
        self._parser = httptools.HttpResponseParser(self)
        self._response: HttpResponse | None = None
        self._watchdog: asyncio.TimerHandle | None = None
        self._due_at = 0.0
        self._headers: dict[bytes, bytes] | None = None
        self._fault = ""
        self._quiet = 0  # bytes since the last byte of a body: a head, trailers, chunk extensions
        self._heard = False  # since the watchdog looked last
        self._interim = False
        self._complete = False
        self._until_close = False
        self._keep = False
        self._paused = False

    # asyncio

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
        self._quiet += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if not self._complete:
                self._fail(UpstreamBroken(self._fault or "The model's server sent something that is not HTTP/1.1."))
                return
            self._keep = False  # the answer is whole; something came after it
        if self._complete:
            self._finish(response)
        elif self._quiet > self._limits.head_bytes:
            self._fail(UpstreamBroken(f"The model's server sent a head of more than {self._limits.head_bytes} bytes."))
        else:
            response.wake()

    def eof_received(self) -> None:
        """The other side sends no more; an answer may end so. Returning None closes our side too."""
        if self._response is not None and self._until_close:
            self._keep = False
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

    # httptools

    def on_message_begin(self) -> None:
        """An answer begins."""
        if self._complete:
            raise UpstreamBroken("a second answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header or a trailer came."""
        headers = self._headers
        if headers is None:  # a trailer: nothing that we need can stand there
            return
        name = name.lower()
        headers[name] = headers[name] + b", " + value if name in headers else value

    def on_headers_complete(self) -> None:
        """A head is whole: the answer's, or that of an interim answer before it."""
        status = self._parser.get_status_code()
        headers = self._headers
        if headers is None or self._response is None:
            return
        if status < 200:
            if status == 101 or status < 100:
                self._refuse(f"The model's server answered with status {status}, which nobody asked for.")
            self._interim = True
            headers.clear()
            return
        self._check(status, headers)
        self._headers = None
        self._keep = self._parser.should_keep_alive()
        self._response.take_head(status, headers)

    def on_body(self, piece: bytes) -> None:
        """A piece of the body came."""
        self._quiet = 0
        if self._response is None or self._interim:
            return
        if self._response.take_piece(piece) > self._limits.backlog_bytes and not self._paused:
            self._paused = True
            if self._transport is not None:
                self._transport.pause_reading()

    def on_message_complete(self) -> None:
        """An answer has ended."""
        if self._interim:
            self._interim = False
        else:
            self._complete = True

    # the client

    def send(self, response: HttpResponse, head: bytes, body: bytes | None) -> None:
        """Send a request; its answer goes to ``response``."""
        transport = self._transport
        self._reset()
        self._response = response
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

    # help

    def _reset(self) -> None:
        self._headers = {}
        self._fault = ""
        self._quiet = 0
        self._heard = self._interim = self._complete = self._until_close = self._keep = self._paused = False

    def _check(self, status: int, headers: dict[bytes, bytes]) -> None:
        """Hold the head against what may not be read in two ways, and see how the body ends."""
        most = self._limits.head_bytes
        if self._quiet > most and sum(map(len, headers)) + sum(map(len, headers.values())) > most:
            self._refuse(f"The model's server sent a head of more than {most} bytes.")
        coding = headers.get(b"transfer-encoding")
        if coding is not None:
            if b"content-length" in headers or coding.lower() != b"chunked" or self._parser.get_http_version() != "1.1":
                self._refuse("The model's server said in two ways, or in none that is known, how long its answer is.")
        elif b"content-length" not in headers:
            self._until_close = status not in (204, 304)
        if headers.get(b"content-encoding", b"identity").lower() != b"identity":
            self._refuse("The model's server compressed its answer, though nobody asked for that.")

    def _refuse(self, fault: str) -> None:
        self._fault = fault
        raise UpstreamBroken(fault)

    def _finish(self, response: HttpResponse) -> None:
        """The answer is whole: let the connection go first, so that whoever reads it finds it free."""
        self._response = None
        transport = self._transport
        busy = transport is None or transport.is_closing() or transport.get_write_buffer_size() > 0
        self.resume()
        if self._keep and not busy:
            self.is_used = True
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
