"""The client of one upstream: a request goes out over a kept connection, its answer comes back once its head came."""

import asyncio
import logging
import ssl
from collections.abc import Iterable, Mapping

from cothink.core.errors import SettingError, UpstreamBroken, UpstreamTimeout, UpstreamUnreachable
from cothink.engines.http.connection import Connection, StaleConnection
from cothink.engines.http.limits import HttpLimits
from cothink.engines.http.pool import Pool
from cothink.engines.http.response import HttpResponse
from cothink.engines.http.target import parse_target

log = logging.getLogger(__name__)

METHODS = {method: method.encode("ascii") for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")}
"""Those whose answers have the usual form: one to HEAD has a length and no body, one to CONNECT is no answer."""
MOST_HEADS = 64


class HttpClient:
    """Requests to one upstream. It belongs to one event loop; close it with ``aclose``.

    Args:
        base_url: ``http://`` or ``https://``, a host, perhaps a port and a path that goes before every request's.
        limits: What it may hold and how long it may wait; None takes the defaults.
        tls: How to trust an ``https`` upstream, see ``trust``; None takes the system's certificates.
        headers: Sent with every request, for example ``Authorization``; they are never shown.

    Raises:
        SettingError: The base URL or a header cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        limits: HttpLimits | None = None,
        tls: ssl.SSLContext | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.limits = limits or HttpLimits()
        self._target = parse_target(base_url, (headers or {}).items())
        self._tls = (tls or trust()) if self._target.secure else None
        self._heads: dict[tuple[str, str], bytes] = {}  # of requests with a body and no headers of their own
        self.pool = Pool(self._connect, self.limits)

    async def request(
        self, method: str, path: str, body: bytes | None = None, headers: Iterable[tuple[str, str]] = ()
    ) -> HttpResponse:
        """Send a request and return its answer as soon as the head is there, whatever its status.

        It follows no redirect and retries nothing but this: where a kept connection turns out to be closed before a
        byte of the answer came, the request goes out once more, over a fresh one. When the caller is cancelled, the
        connection is closed.

        Args:
            path: Below the base URL's path, its query included.

        Raises:
            ValueError: Method, path or a header cannot be sent.
            UpstreamUnreachable: No connection: refused, no such name, no trust.
            UpstreamTimeout: No connection, or no head, in time.
            UpstreamBroken: What came is not HTTP/1.1, is framed in two ways, or broke off.
            UpstreamBusy: Too many requests wait for a connection.
        """
        if method not in METHODS:
            raise ValueError(f"method is {method!r}; allowed are {', '.join(METHODS)}")
        head = self._head(method, path, body, headers)
        loop = asyncio.get_running_loop()
        connection = self.pool.take() or await self.pool.lend()
        while True:
            response = HttpResponse(connection, loop, self.limits.body_bytes)
            connection.send(response, head, body)
            try:
                while not response.status:
                    await response.news()
            except StaleConnection as error:
                if not connection.is_used:
                    response.abandon()
                    raise UpstreamBroken(error.message) from error
            except BaseException:
                response.abandon()
                raise
            else:
                return response
            connection = await self.pool.renew(connection)  # the place in the pool is still ours

    async def aclose(self) -> None:
        """Close every connection; requests that run fail."""
        await self.pool.aclose()

    def _head(self, method: str, path: str, body: bytes | None, headers: Iterable[tuple[str, str]]) -> bytes:
        """Return a request's head; all but the length of the body is remembered, as paths are few."""
        if headers or body is None:
            return self._target.head(METHODS[method], path, headers, body)
        known = self._heads.get((method, path))
        if known is None:
            known = self._target.head(METHODS[method], path, (), b"").removesuffix(b"0\r\n\r\n")
            if len(self._heads) < MOST_HEADS:
                self._heads[method, path] = known
        return b"%b%d\r\n\r\n" % (known, len(body))

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        target = self._target
        try:
            async with asyncio.timeout(self.limits.connect_s):
                _, connection = await loop.create_connection(
                    lambda: Connection(self.pool, self.limits, loop),
                    target.host,
                    target.port,
                    ssl=self._tls,
                    server_hostname=target.host if target.secure else None,
                )
        except TimeoutError as error:
            log.warning("No connection to %s:%d within %g s", target.host, target.port, self.limits.connect_s)
            raise UpstreamTimeout("No connection to the model's server in time.") from error
        except OSError as error:  # refused, no such name, and TLS: ssl.SSLError and socket.gaierror are OSErrors
            log.warning("No connection to %s:%d: %s", target.host, target.port, error)
            raise UpstreamUnreachable("No connection to the model's server.") from error
        return connection


def trust(ca_file: str = "") -> ssl.SSLContext:
    """Return how to trust an ``https`` upstream: by the certificates in a PEM file, else by the system's.

    Raises:
        SettingError: The file cannot be read, or holds no certificate.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:  # ssl.SSLError is one
        raise SettingError(f"ca_file is {ca_file!r}, which cannot be used: {error}; allowed is a PEM file.") from error
    context.set_alpn_protocols(["http/1.1"])
    return context
