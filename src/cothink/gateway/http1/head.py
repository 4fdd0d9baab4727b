"""What a request's head says, read in one strict way.

Sources: RFC 9110, RFC 9112 (https://www.rfc-editor.org/rfc/rfc9112), and for the scope
https://asgi.readthedocs.io/en/latest/specs/www.html. llhttp has already refused bytes that are no HTTP/1.1: bare CR or
LF, folded lines, NUL and other control bytes, a doubled or malformed length, a length beside a transfer coding.
"""

from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

Headers = list[tuple[bytes, bytes]]
Scope = dict[str, Any]

METHODS = {name.encode(): name for name in ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")}
BAD_HTTP = "invalid_http"
ASGI = {"version": "3.0", "spec_version": "2.3"}


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
