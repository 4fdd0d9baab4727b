"""Bytes to whole requests, with llhttp's parser, in one strict way and within limits.

Sources: RFC 9112; https://github.com/MagicStack/httptools. The parser cannot be stopped from outside, so what is wrong
is raised in its callbacks and kept beside, for it does not always pass the cause on.
"""

import logging
from typing import TYPE_CHECKING, Protocol

import httptools

from cothink.gateway.http1.head import Head, Headers, Refusal, Scope, read_head
from cothink.gateway.http1.known_head import KnownHead

if TYPE_CHECKING:
    from cothink.gateway.http1.limits import ServerLimits

log = logging.getLogger(__name__)

UNLIKE_HEADS = 4  # after so many new heads in a row a client is taken for one that never repeats


class Taker(Protocol):
    """Who takes what was read: the connection."""

    def take(self, scope: Scope, body: bytes, keep_alive: bool) -> None:
        """Answer a whole request."""
        ...

    def take_known(self, known: KnownHead, digits: bytes, body: bytes) -> None:
        """Answer a whole request whose head came before, where no other one is being answered."""
        ...

    def refuse(self, refusal: Refusal, is_head: bool = False) -> None:
        """Answer what is no request."""
        ...

    def send_continue(self) -> bool:
        """Ask for a body; False where an earlier answer must end first."""
        ...


class Clock(Protocol):
    """What the reader needs of the server."""

    limits: "ServerLimits"

    def ends_at(self, seconds: float) -> float:
        """Return when a wait that begins now is over."""
        ...


class Reader:
    """Reads the requests of one connection."""

    __slots__ = (
        "__weakref__",
        "_base",
        "_body",
        "_clock",
        "_complete",
        "_fault",
        "_fruitless",
        "_head",
        "_headers",
        "_known",
        "_limits",
        "_owes_continue",
        "_parser",
        "_read",
        "_size",
        "_taker",
        "_target",
        "_uncounted",
        "_unlike",
        "ends_at",
        "is_between",
    )

    def __init__(self, taker: Taker, clock: Clock, base: Scope) -> None:
        self._taker = taker
        self._clock = clock
        self._limits = clock.limits
        self._base = base
        self._parser = httptools.HttpRequestParser(self)
        self._known: KnownHead | None = None
        self._unlike = 0
        self._fault: Exception | None = None
        self._fruitless = 0  # bytes since a head ended or a piece of body came
        self._read = 0
        self._uncounted = 0  # at most so many bytes of the head came in the read that ended the request before it
        self._complete = 0  # requests that ended in this read
        self._target = b""
        self._headers: Headers = []
        self._head: Head | None = None
        self._body: list[bytes] = []
        self._size = 0
        self._owes_continue = False
        self.is_between = True  # no byte of the next request came
        self.ends_at: float | None = clock.ends_at(self._limits.head_s)

    def feed(self, data: bytes, is_free: bool) -> None:
        """Take bytes.

        Args:
            data: What was read.
            is_free: No request is being answered.
        """
        if is_free and self.is_between and self._known is not None:
            found = self._known.match(data)
            if found is not None:
                self.ends_at = None
                self._unlike = 0
                self._taker.take_known(self._known, found[0], found[1])
                return
        rest: bytes | None = data
        while rest:
            rest = self._parse(rest)

    def answered(self) -> None:
        """The last whole request was answered."""
        if self.is_between:
            self._head = None  # what the application hung on its scope may go
            self.ends_at = self._clock.ends_at(self._limits.idle_s)
        elif self._owes_continue:
            self._owes_continue = not self._taker.send_continue()

    def close(self) -> None:
        """Let go of what points back here, so that no collector has to find it."""
        del self._parser, self._taker

    def _parse(self, data: bytes) -> bytes | None:
        """Feed the parser; return what is left to be fed."""
        starts_between = self.is_between
        self._read = len(data)
        self._fruitless += self._read
        if starts_between:
            self._uncounted = 0
        self._complete = 0
        try:
            self._parser.feed_data(data)
            if self._fruitless > self._limits.head_bytes:
                raise self._too_long()
        except httptools.HttpParserUpgrade as upgrade:
            return self._without_offer() + data[upgrade.args[0] :]
        except (httptools.HttpParserError, Refusal) as error:
            self._refuse(error)
        else:
            whole = starts_between and self.is_between and self._complete == 1
            if whole and self._head is not None and self._unlike < UNLIKE_HEADS:
                self._unlike += 1
                self._known = KnownHead.learn(data, self._head, self._size, self._limits.body_bytes)
        return None

    def _without_offer(self) -> bytes:
        """Return the head of a request that offered another protocol, without the offer (RFC 9110, 7.8 lets us).

        The parser skips the body of such a request and stops, so a new one reads it again.
        """
        parser = self._parser
        fields = [b"%b: %b\r\n" % field for field in self._headers if field[0] != b"upgrade"]
        line = b"%b %b HTTP/%b\r\n" % (parser.get_method(), self._target, parser.get_http_version().encode())
        self._parser = httptools.HttpRequestParser(self)
        return line + b"".join(fields) + b"\r\n"

    def _refuse(self, error: Exception) -> None:
        cause = error if isinstance(error, Refusal) else self._fault
        if cause is None and isinstance(error, httptools.HttpParserCallbackError):
            log.error("Reading a request failed", exc_info=error)
            cause = Refusal(500, "Something went wrong here.", "internal")
        if not isinstance(cause, Refusal):
            cause = Refusal(400, f"This is not a well-formed HTTP/1.1 request: {error}.")
        self._fault = None
        self._taker.refuse(cause, self._parser.get_method() == b"HEAD" and self._head is not None)

    def _raise(self, refusal: Refusal) -> Refusal:
        self._fault = refusal
        return refusal

    def _too_long(self) -> Refusal:
        return self._raise(
            Refusal(431, f"A request's head may have {self._limits.head_bytes} bytes.", "head_too_large")
        )

    def _too_large(self) -> Refusal:
        words = f"A request's body may have {self._limits.body_bytes} bytes."
        return self._raise(Refusal(413, words, "request_too_large"))

    def _head_size(self) -> int:
        return len(self._target) + sum(len(name) + len(value) + 4 for name, value in self._headers)

    # -- httptools' callbacks, in their order

    def on_message_begin(self) -> None:
        """A request begins."""
        self._target = b""
        self._headers = []
        self._head = None
        self._body = []
        self._size = 0
        self._owes_continue = False
        self.is_between = False
        self.ends_at = self._clock.ends_at(self._limits.head_s)

    def on_url(self, url: bytes) -> None:
        """A piece of the target."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field, or a trailer: those are thrown away (RFC 9110, 6.5.1)."""
        if self._head is None:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The head is here; the body may come."""
        parser = self._parser
        method = parser.get_method()
        most = self._limits.head_bytes
        if self._fruitless + self._uncounted > most and self._head_size() > most:
            raise self._too_long()
        if len(self._headers) > self._limits.headers:
            raise self._raise(Refusal(431, f"A request may have {self._limits.headers} header fields."))
        if parser.should_upgrade() and method != b"CONNECT":
            return  # what it says is checked when it is read again
        try:
            head = read_head(method, parser.get_http_version(), self._target, self._headers, self._base)
        except Refusal as refusal:
            raise self._raise(refusal) from None
        self._head = head
        self._fruitless = 0
        if head.length is not None and head.length > self._limits.body_bytes:
            raise self._too_large()
        if head.length != 0:
            self.ends_at = self._clock.ends_at(self._limits.body_s)
            if head.expects_continue:
                self._owes_continue = not self._taker.send_continue()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._fruitless = 0
        self._owes_continue = False
        self._body.append(body)
        self._size += len(body)
        if self._size > self._limits.body_bytes:
            raise self._too_large()

    def on_message_complete(self) -> None:
        """The request is here."""
        head = self._head
        if head is None:  # an offer to speak another protocol: read again
            return
        self.is_between = True
        self.ends_at = None
        self._fruitless = 0
        self._uncounted = self._read
        self._complete += 1
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        self._body = []
        try:
            self._taker.take(head.scope, body, head.keep_alive)
        except Refusal as refusal:
            raise self._raise(refusal) from None
