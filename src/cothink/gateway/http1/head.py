"""What a request's head says, read in one strict way, and a head that comes again recognised without parsing.

Sources: RFC 9110, RFC 9112 (https://www.rfc-editor.org/rfc/rfc9112), and for the scope
https://asgi.readthedocs.io/en/latest/specs/www.html. llhttp has already refused bytes that are no HTTP/1.1: bare CR or
LF, folded lines, NUL and other control bytes, a doubled or malformed length, a length beside a transfer coding.
"""

from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

Headers = list[tuple[bytes, bytes]]
Scope = dict[str, Any]

METHODS = {name.encode(): name for name in ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")}
BAD_HTTP = "bad_http"
KNOWN_HEAD_BYTES = 8192
ASGI = {"version": "3.0", "spec_version": "2.3"}
EXTENSIONS: dict[str, dict[str, Any]] = {"cothink.cancels_on_disconnect": {}}


class Refusal(Exception):
    """A request that the application never sees."""

    def __init__(self, status: int, words: str, code: str = BAD_HTTP) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.code = code


class Head(NamedTuple):
    """A request's head as far as the server needs it; the scope is the application's."""

    scope: Scope
    length: int | None  # None: chunked, known at the end
    keep_alive: bool
    expects_continue: bool


def read_head(method: bytes, version: str, target: bytes, headers: Headers, base: Scope) -> Head:
    """Check a head and turn it into an ASGI scope.

    Args:
        method: As the parser saw it.
        version: ``1.0`` or ``1.1``; others are refused.
        target: The request target, in origin, absolute or asterisk form.
        headers: Names in lower case, in the order of their coming.
        base: What is the same for all requests of one connection.

    Raises:
        Refusal: With the status and the words for the client.
    """
    if version not in ("1.0", "1.1"):
        raise Refusal(505, f"This server speaks HTTP/1.1, not HTTP/{version}.")
    if method not in METHODS:
        raise Refusal(501, f"This server takes {', '.join(METHODS.values())}, not {method.decode('ascii', 'replace')}.")
    fields = dict(headers)
    if b"host" not in fields:
        if version == "1.1":
            raise Refusal(400, "A request needs a Host header.")
    elif len(fields) != len(headers) and sum(name == b"host" for name, _ in headers) > 1:
        raise Refusal(400, "A request has one Host header; this one has more.")
    if not target.startswith(b"/") or b"#" in target:
        target = _origin_form(method, target, headers)
    path, _, query = target.partition(b"?")
    scope = {
        **base,
        "http_version": version,
        "method": METHODS[method],
        "path": _text(path),
        "raw_path": path,
        "query_string": query,
        "headers": headers,
    }
    keep_alive = version == "1.1" and not (b"connection" in fields and _closes(headers))
    return Head(scope, _length(fields, version), keep_alive, b"expect" in fields and _expects_continue(fields, version))


def _origin_form(method: bytes, target: bytes, headers: Headers) -> bytes:
    """Return path and query; an absolute target names the host, whatever the header says (RFC 9112, 3.2.2)."""
    if b"#" in target:
        raise Refusal(400, "A request target has no fragment.")
    if target == b"*" and method == b"OPTIONS":
        return target
    scheme, _, rest = target.partition(b"://")
    if scheme.lower() not in (b"http", b"https"):
        raise Refusal(400, "A request target begins with a slash, or with http:// or https://.")
    ends_at = min(at for at in (rest.find(b"/"), rest.find(b"?"), len(rest)) if at >= 0)
    authority, path = rest[:ends_at], rest[ends_at:]
    if not authority or b"@" in authority:
        raise Refusal(400, "An absolute request target names a host, and no user.")
    headers[:] = [(name, authority if name == b"host" else value) for name, value in headers]
    return path if path.startswith(b"/") else b"/" + path


def _text(path: bytes) -> str:
    try:
        return (unquote_to_bytes(path) if b"%" in path else path).decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal(400, "A request's path is UTF-8, percent-encoded.") from None


def _length(fields: dict[bytes, bytes], version: str) -> int | None:
    coding = fields.get(b"transfer-encoding")
    if coding is not None:
        if version == "1.0":
            raise Refusal(400, "HTTP/1.0 has no Transfer-Encoding.")
        if coding.strip().lower() != b"chunked":
            raise Refusal(501, "The only Transfer-Encoding here is chunked.")
        return None
    digits = fields.get(b"content-length", b"0").strip(b" \t")
    if not digits.isdigit() or len(digits) > 18:
        raise Refusal(400, "Content-Length is a number of bytes.")
    return int(digits)


def _expects_continue(fields: dict[bytes, bytes], version: str) -> bool:
    if version == "1.0":
        return False
    if fields[b"expect"].lower() != b"100-continue":
        raise Refusal(417, "The only expectation met here is 100-continue.")
    return True


def _closes(headers: Headers) -> bool:
    words = (word for name, value in headers if name == b"connection" for word in value.split(b","))
    return any(word.strip().lower() == b"close" for word in words)


class KnownHead:
    """A head that was parsed once and is recognised, byte for byte, when the client sends it again.

    Clients repeat their heads; only the length changes. So the bytes before and after the digits of Content-Length are
    compared, and the digits are read. Whatever differs in any byte goes through the parser.
    """

    __slots__ = ("_after", "_before", "_length_at", "_most", "_scope")

    def __init__(self, before: bytes, after: bytes | None, scope: Scope, most: int) -> None:
        self._before = before
        self._after = after
        self._scope = scope
        self._most = most
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

    def match(self, data: bytes) -> tuple[Scope, bytes] | None:
        """Return the scope and the body where ``data`` is this head and a whole body, and nothing more."""
        before = self._before
        if not data.startswith(before):
            return None
        after = self._after
        if after is None:
            if len(data) != len(before):
                return None
            scope = self._scope.copy()
            scope["headers"] = scope["headers"].copy()
            return scope, b""
        starts_at = len(before)
        stops_at = data.find(b"\r", starts_at, starts_at + 12)
        if stops_at < 0 or not data.startswith(after, stops_at):
            return None
        digits = data[starts_at:stops_at]
        body = data[stops_at + len(after) :]
        size = len(body)
        if not digits.isdigit() or int(digits) != size or size > self._most:
            return None
        scope = self._scope.copy()
        headers = scope["headers"] = scope["headers"].copy()
        headers[self._length_at] = (b"content-length", digits)
        return scope, body
