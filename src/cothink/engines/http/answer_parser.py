"""Reads answers off the wire with httptools and holds their framing to one meaning (RFC 9112 §6).

What two readers could read in two ways is an error, not a guess: on a kept connection a guess would hand one caller's
answer to another.
"""

import httptools

from cothink.core.errors import UpstreamBroken
from cothink.engines.http.known_answer import KnownAnswer
from cothink.engines.http.response import HttpResponse

UNLIKE_HEADS = 4  # after so many new heads in a row a server is taken for one that never repeats


class AnswerParser:
    """The answers of one connection, one after the other. httptools calls the methods that begin with ``on_``.

    Attributes:
        complete: The answer is whole.
        keep: The connection may be used again after it.
        until_close: The answer's body ends with the connection.
    """

    __slots__ = (
        "_fault",
        "_headers",
        "_interim",
        "_is_new",
        "_known",
        "_learnt",
        "_most",
        "_parser",
        "_pieces",
        "_quiet",
        "_response",
        "_unlike",
        "complete",
        "keep",
        "on_body",
        "until_close",
    )

    def __init__(self, head_bytes: int) -> None:
        self.complete = False
        self.keep = False
        self.until_close = False
        self._most = head_bytes
        self._pieces: list[bytes] = []  # of the body, in one read
        self.on_body = self._pieces.append  # one call of C a piece, where a method would be two of Python
        self._parser = httptools.HttpResponseParser(self)
        self._response: HttpResponse | None = None
        self._headers: dict[bytes, bytes] | None = None  # None after the head
        self._fault = ""
        self._quiet = 0  # bytes since the last byte of a body: a head, trailers, chunk extensions
        self._interim = False
        self._is_new = True  # not a byte of the answer came
        self._known: KnownAnswer | None = None
        self._learnt: tuple[int, dict[bytes, bytes]] | None = None  # status and headers of an answer with a length
        self._unlike = 0

    def begin(self, response: HttpResponse) -> None:
        """Get ready for the next answer."""
        self._response = response
        self._headers = {}
        self._fault = ""
        self._quiet = 0
        self._is_new = True
        self._learnt = None
        self.complete = self.keep = self.until_close = self._interim = False

    def feed(self, data: bytes) -> None:
        """Take bytes in.

        Raises:
            UpstreamBroken: They are no HTTP/1.1, framed in two ways, or a head, trailers or extensions are too large.
        """
        is_first, self._is_new = self._is_new, False
        if is_first and self._known is not None and self._take_known(self._known, data):
            return
        self._quiet += len(data)
        response = self._response
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self.complete:
                fault = self._fault or "The model's server sent something that is not HTTP/1.1."
                raise UpstreamBroken(fault) from error
            self.keep = False  # the answer is whole; something came after it
        finally:
            if self._pieces:
                self._quiet = 0
                if response is not None:
                    response.take_pieces(self._pieces)
                self._pieces.clear()
        if self._quiet > self._most and not self.complete:
            raise UpstreamBroken(self._too_large)
        if is_first:
            self._learn(data)

    def _learn(self, data: bytes) -> None:
        """Keep the head of an answer that came whole, in one read."""
        if self.complete and self.keep and self._learnt is not None and self._unlike < UNLIKE_HEADS:
            self._unlike += 1
            self._known = KnownAnswer.learn(data, *self._learnt)

    def _take_known(self, known: KnownAnswer, data: bytes) -> bool:
        """Take an answer that came whole, in one read, under a head that came before."""
        found = known.match(data)
        response = self._response
        if found is None or response is None:
            return False
        self._unlike = 0
        self._response = None
        self.complete = self.keep = True
        response.take_whole(known.status, found[0], found[1])
        return True

    def on_message_begin(self) -> None:
        """An answer begins."""
        if self.complete:
            self._refuse("The model's server sent a second answer.")

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
        headers, response = self._headers, self._response
        if headers is None or response is None:
            return
        if status < 200:
            if status == 101 or status < 100:
                self._refuse(f"The model's server answered with status {status}, which nobody asked for.")
            self._interim = True
            headers.clear()
            return
        self._check(status, headers)
        self._headers = None
        self.keep = self._parser.should_keep_alive()
        if b"content-length" in headers and status >= 200 and status not in (204, 304):
            self._learnt = status, headers
        response.take_head(status, headers)

    def on_message_complete(self) -> None:
        """An answer has ended."""
        if self._interim:
            self._interim = False
        else:
            self.complete = True
            self._response = None

    def _check(self, status: int, headers: dict[bytes, bytes]) -> None:
        """Hold the head against what may not be read in two ways, and see how the body ends."""
        if self._quiet > self._most and sum(map(len, headers)) + sum(map(len, headers.values())) > self._most:
            self._refuse(self._too_large)
        coding = headers.get(b"transfer-encoding")
        if coding is not None:
            if (
                b"content-length" in headers
                or coding.strip().lower() != b"chunked"
                or self._parser.get_http_version() != "1.1"
            ):
                self._refuse("The model's server said in two ways, or in none that is known, how long its answer is.")
        elif b"content-length" not in headers:
            self.until_close = status not in (204, 304)
        if headers.get(b"content-encoding", b"identity").lower() != b"identity":
            self._refuse("The model's server compressed its answer, though nobody asked for that.")

    @property
    def _too_large(self) -> str:
        return f"The model's server sent a head of more than {self._most} bytes."

    def _refuse(self, fault: str) -> None:
        """Stop httptools, which tells its caller only that something was raised."""
        self._fault = fault
        raise UpstreamBroken(fault)
