"""A head that comes again is recognised without parsing: clients repeat theirs, and only the length changes.

What this saves is measured in docs/decisions/server.md.
"""

from typing import Any

from cothink.engines.http.known_length import whole_body
from cothink.gateway.http1.head import Head, Scope

Notes = dict[str, Any]
KNOWN_HEAD_BYTES = 8192
NOTES = "cothink.notes"
"""A key of the scope of a request whose head came before, byte for byte: a dict in which the application keeps what it
made of that head. Only Content-Length may be another one each time."""


class KnownHead:
    """A head that was parsed once and is recognised, byte for byte, when the client sends it again.

    The bytes before and after the digits of Content-Length are compared, and the digits are read. Whatever differs in
    any byte goes through the parser.
    """

    __slots__ = ("_after", "_before", "_length_at", "_most", "_scope", "method", "notes", "version")

    def __init__(self, before: bytes, after: bytes | None, scope: Scope, most: int) -> None:
        self._before = before
        self._after = after
        self._scope = scope
        self._most = most
        self.method: str = scope["method"]
        self.version: str = scope["http_version"]
        self.notes: Notes = {}
        self._length_at = [name for name, _ in scope["headers"]].index(b"content-length") if after else -1

    @classmethod
    def learn(cls, data: bytes, head: Head, body_size: int, most: int) -> "KnownHead | None":
        """Keep the head of ``data``, which held exactly this request, or None where it is not a plain one.

        Args:
            data: One read, from a request's first byte to its last.
            head: What the parser and `read_head` made of it.
            body_size: Bytes of its body.
            most: The largest body that is taken.
        """
        ends_at = data.find(b"\r\n\r\n") + 4
        is_plain = head.length == body_size == len(data) - ends_at and head.keep_alive and not head.expects_continue
        if not is_plain or ends_at > KNOWN_HEAD_BYTES or not data.startswith(f"{head.scope['method']} /".encode()):
            return None
        scope = head.scope.copy()
        scope["headers"] = head.scope["headers"].copy()
        raw = data[:ends_at]
        lower = raw.lower()
        field_at = lower.find(b"\r\ncontent-length: ")
        if field_at < 0:
            return None if b"\r\ncontent-length:" in lower else cls(raw, None, scope, most)
        starts_at = field_at + 18
        stops_at = raw.find(b"\r\n", starts_at)
        return cls(raw[:starts_at], raw[stops_at:], scope, most) if raw[starts_at:stops_at].isdigit() else None

    def match(self, data: bytes) -> tuple[bytes, bytes] | None:
        """Return the digits of the length and the body where ``data`` is this head and a whole body, nothing more."""
        after = self._after
        if after is None:
            return (b"", b"") if data == self._before else None
        found = whole_body(data, self._before, after)
        return found if found is not None and len(found[1]) <= self._most else None

    def scope(self, digits: bytes) -> Scope:
        """Return the scope of a request with this head, for an application that speaks ASGI."""
        scope = self._scope.copy()
        headers = scope["headers"] = scope["headers"].copy()
        if self._after is not None:
            headers[self._length_at] = (b"content-length", digits)
        scope[NOTES] = self.notes
        return scope
