"""A head that comes again is recognised without parsing: servers repeat theirs, and only the length changes.

What this saves is measured in docs/decisions/hot-path.md.
"""

from cothink.engines.http.known_length import whole_body

KNOWN_HEAD_BYTES = 8192
_FIELD = b"\r\ncontent-length: "


class KnownAnswer:
    """The head of an answer that was parsed once, recognised byte for byte when the server sends it again.

    The bytes before and after the digits of Content-Length are compared, and the digits are read. Whatever differs in
    any byte goes through the parser.
    """

    __slots__ = ("_after", "_before", "_headers", "status")

    def __init__(self, before: bytes, after: bytes, status: int, headers: dict[bytes, bytes]) -> None:
        self._before = before
        self._after = after
        self._headers = headers
        self.status = status

    @classmethod
    def learn(cls, data: bytes, status: int, headers: dict[bytes, bytes]) -> "KnownAnswer | None":
        """Keep the head of an answer, or return None where it is not a plain one.

        Args:
            data: One read that held exactly this answer, head and body, after which the connection is kept.
            status: Its status.
            headers: Its headers, names in lower case.
        """
        ends_at = data.find(b"\r\n\r\n") + 4
        field_at = data[:ends_at].lower().find(_FIELD)
        if ends_at > KNOWN_HEAD_BYTES or field_at < 0 or not data.startswith(b"HTTP/1.1 "):
            return None
        starts_at = field_at + len(_FIELD)
        stops_at = data.find(b"\r\n", starts_at)
        digits = data[starts_at:stops_at]
        if not digits.isdigit() or int(digits) != len(data) - ends_at:
            return None
        return cls(data[:starts_at], data[stops_at:ends_at], status, headers)

    def match(self, data: bytes) -> tuple[dict[bytes, bytes], bytes] | None:
        """Return the headers and the body where ``data`` is this head and a whole body, and nothing more."""
        found = whole_body(data, self._before, self._after)
        if found is None:
            return None
        headers = self._headers.copy()
        headers[b"content-length"], body = found
        return headers, body
