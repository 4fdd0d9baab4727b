"""uvicorn's HTTP protocol with what it lacks: limits on how long and how large a head may be, and a hang-up that
reaches the request which is being answered, not only the last one in the pipeline.

Nothing is set a request but a time: one timer a connection looks now and then.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from cothink.gateway.edge.faults import Fault, encode_error
from cothink.gateway.edge.watch import HANG_UP

MAX_HEAD_BYTES = 65_536
MAX_PIPELINED = 16  # requests that may wait on one connection behind the one that is answered


class StrictProtocol(HttpToolsProtocol):
    """One connection.

    ``head_s`` and ``body_s`` are set on a subclass made by ``protocol_with``: uvicorn builds protocols by itself.
    """

    head_s: float
    body_s: float

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._running: RequestResponseCycle | None = None
        self._hang_up: Callable[[], None] | None = None
        self._head_bytes = 0
        self._unsent = -1  # bytes in the buffer at the last look while closing
        self._waits_for = "head"  # of the client: head, body or nothing
        self._since = self.loop.time()
        self._timer: asyncio.TimerHandle | None = self.loop.call_later(self.head_s, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the request that is being answered, whatever waits behind it."""
        running = self._running
        if running is not None and not running.response_complete:
            running.disconnected = True
            running.message_event.set()
            if self._hang_up is not None:
                self._hang_up()
        if self._timer is not None:
            self._timer.cancel()
        self.pipeline.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, and close where a head grows without end."""
        super().data_received(data)
        if self._waits_for == "head" and self.parser is not None:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(Fault(431, "head_too_large", f"The head is over {MAX_HEAD_BYTES} bytes."))

    def on_message_begin(self) -> None:
        """Start the time of a head."""
        super().on_message_begin()
        self._waits_for, self._head_bytes, self._since = "head", 0, self.loop.time()

    def on_headers_complete(self) -> None:
        """Start the time of a body."""
        self._waits_for, self._since = "body", self.loop.time()
        super().on_headers_complete()
        if len(self.pipeline) > MAX_PIPELINED:
            self.transport.abort()

    def on_message_complete(self) -> None:
        """The client has said all: from here it waits, not we."""
        self._waits_for = ""
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, in OpenAI's form."""
        self._refuse(Fault(400, "invalid_http", "This is no valid HTTP request."))

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        cycle.scope[HANG_UP] = self._set_hang_up  # type: ignore[literal-required]  # ours, beside ASGI's own
        super()._start_asgi_task(cycle, app)

    def _set_hang_up(self, call: Callable[[], None] | None) -> None:
        """Take what to call when the client leaves the request that is being answered."""
        self._hang_up = call
        if call is not None:
            self.flow.resume_reading()  # a pause for a waiting request would hide the end of the connection
            if self.transport.is_closing() and self._running is not None:
                self._running.disconnected = True
                call()

    def _look(self) -> None:
        if self.transport.is_closing():
            self._look_at_close()
            return
        limit_s = self.body_s if self._waits_for == "body" else self.head_s
        waited_s = self.loop.time() - self._since
        if self._waits_for and waited_s >= limit_s and not self.transport.is_closing():
            if self._waits_for == "head":
                self._refuse(Fault(408, "request_timeout", f"The head did not come within {limit_s:g} s."))
            elif waited_s >= limit_s + self.head_s:  # the application had its time to say so in its own words
                self.transport.abort()
        wait_s = limit_s - waited_s if self._waits_for and waited_s < limit_s else self.head_s
        self._timer = self.loop.call_later(max(wait_s, 0.05), self._look)

    def _look_at_close(self) -> None:
        """Cut a closing connection whose client has read nothing since the last look: it would stay for ever."""
        unsent = self.transport.get_write_buffer_size()
        if unsent == self._unsent:
            self.transport.abort()
        else:
            self._unsent = unsent
            self._timer = self.loop.call_later(self.head_s, self._look)

    def _refuse(self, fault: Fault) -> None:
        """Answer and close, unless another answer is on its way."""
        if self._running is None or self._running.response_complete:
            body = encode_error(fault)
            head = (
                f"HTTP/1.1 {fault.status} Refused\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + body)
        self.transport.close()


def protocol_with(*, head_s: float, body_s: float) -> type[StrictProtocol]:
    """Return a protocol class with these limits."""
    return type("LimitedProtocol", (StrictProtocol,), {"head_s": head_s, "body_s": body_s})
