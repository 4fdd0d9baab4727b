"""Where requests go, and their heads as bytes: everything that is the same each time is rendered once."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from cothink import __version__
from cothink.core.errors import SettingError

TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
PATH = re.compile(r"/[\x21-\x22\x24-\x7e]*")  # visible ASCII without '#'
FRAMING = frozenset({"host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect"})


@dataclass(frozen=True, slots=True)
class Target:
    """One upstream.

    Args:
        host: Name or address to connect to, an IPv6 address without brackets; also the name that TLS checks.
        prefix: The path before every request's path, without a slash at its end.
        fixed: The header lines that every request carries.
    """

    host: str
    port: int
    secure: bool
    prefix: str
    fixed: bytes

    def head(self, method: bytes, path: str, headers: Iterable[tuple[str, str]], body: bytes | None) -> bytes:
        """Return a request's head, its empty line included.

        Raises:
            ValueError: The path or a header cannot be sent as it is.
        """
        if PATH.fullmatch(path) is None:
            raise ValueError(f"path is {path!r}; allowed is '/' and visible ASCII without '#'")
        more = lines(headers) if headers else b""
        line = (self.prefix + path).encode("ascii")
        if body is None:
            return b"%b %b HTTP/1.1\r\n%b%b\r\n" % (method, line, self.fixed, more)
        return b"%b %b HTTP/1.1\r\n%b%bcontent-length: %d\r\n\r\n" % (method, line, self.fixed, more, len(body))


def parse_target(base_url: str, headers: Iterable[tuple[str, str]]) -> Target:
    """Read a base URL such as ``https://host:8443/v1``.

    Raises:
        SettingError: It is no http or https address that can be used, or a header cannot be sent.
    """
    try:
        url = urlsplit(base_url)
        port = url.port
        host = (url.hostname or "").encode("idna").decode("ascii")
    except ValueError as error:  # UnicodeError is one
        raise _bad_url(base_url, "an address with a valid host and port") from error
    if url.scheme not in {"http", "https"} or not host:
        raise _bad_url(base_url, "http:// or https:// and a host")
    if url.username is not None or url.query or url.fragment or "?" in base_url or "#" in base_url:
        raise _bad_url(base_url, "an address without user, query and fragment")
    prefix = url.path.rstrip("/")
    if prefix and PATH.fullmatch(prefix) is None:
        raise _bad_url(base_url, "a path of visible ASCII")
    secure = url.scheme == "https"
    default = 443 if secure else 80
    shown = f"[{host}]" if ":" in host else host
    authority = shown if port in {None, default} else f"{shown}:{port}"
    return Target(host, default if port is None else port, secure, prefix, _fixed(authority, headers))


def lines(headers: Iterable[tuple[str, str]]) -> bytes:
    """Return header lines as bytes.

    Raises:
        ValueError: A name or value could be read as something else, or the header is the client's own business.
    """
    parts = []
    for name, value in headers:
        if TOKEN.fullmatch(name) is None or name.lower() in FRAMING:
            raise ValueError(f"header name is {name!r}; allowed are tokens, less those that frame a message")
        if VALUE.fullmatch(value) is None:  # the value may be a key: it is not shown
            raise ValueError(f"header {name} holds a character that no header may hold")
        parts.append(f"{name}: {value}\r\n")
    return "".join(parts).encode("latin-1")


def _fixed(authority: str, headers: Iterable[tuple[str, str]]) -> bytes:
    ours = {
        "user-agent": f"cothink/{__version__}",
        "accept": "application/json, text/event-stream",
        "accept-encoding": "identity",
        "content-type": "application/json",
    }
    ours.update((name.lower(), value) for name, value in headers)
    try:
        return f"host: {authority}\r\n".encode("ascii") + lines(ours.items())
    except ValueError as error:
        raise SettingError(f"A request header cannot be sent: {error}.") from error


def _bad_url(base_url: str, allowed: str) -> SettingError:
    return SettingError(f"The base URL is {base_url!r}; allowed is {allowed}.")
