"""Runs the gateway on its own HTTP server: signals, a drain that loses nothing it accepted, a reload on SIGHUP."""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Sequence
from typing import Any

from cothink.core.errors import SettingError
from cothink.gateway.config import GatewayConfig
from cothink.gateway.http1 import sockets
from cothink.gateway.http1.limits import ServerLimits
from cothink.gateway.http1.server import Drained, Server
from cothink.gateway.parts import Readiness

log = logging.getLogger(__name__)


class GatewayServer:
    """Listens, serves until it is told to stop, drains.

    Args:
        app: The ASGI application.
        config: Where to listen and how long to wait.
        readiness: Turned off as soon as the server is told to stop.
        make_id: Makes the request id of what the application never sees.
        on_reload: Called on SIGHUP, in the event loop; its failure is logged and changes nothing.
        on_listening: Called with the port once clients can connect.
        bound: The sockets of one worker; without them it binds its own.
    """

    def __init__(
        self,
        app: Any,
        config: GatewayConfig,
        readiness: Readiness,
        *,
        make_id: Callable[[], str],
        on_reload: Callable[[], None] | None = None,
        on_listening: Callable[[int], None] | None = None,
        bound: Sequence[socket.socket] = (),
    ) -> None:
        self._app = behind_proxies(app, config)
        self._config = config
        self._readiness = readiness
        self._make_id = make_id
        self._on_reload = on_reload
        self._on_listening = on_listening
        self._bound = bound
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()

    async def serve(self) -> None:
        """Serve until `stop` or a signal; return when the last request is done or its time is over.

        Raises:
            SettingError: The address cannot be bound.
        """
        server = Server(self._app, server_limits(self._config), new_id=self._make_id)
        port = self._config.port
        for sock in self._bound or bind(self._config)[0]:
            port = int(sock.getsockname()[1])
            await server.listen(sock)
        self._hear_signals()
        if not self._bound:
            log.info("Serving on http://%s:%d", self._config.host, port)
        if self._on_listening is not None:
            self._on_listening(port)
        await self._stopping.wait()
        drained = await self._drain(server)
        log.info("Stopped: %d requests were finished, %d were cancelled.", drained.finished, drained.cancelled)

    async def _drain(self, server: Server) -> Drained:
        """Let what was accepted end; a second signal cuts that short."""
        draining = asyncio.ensure_future(server.drain(self._config.drain_s))
        hurried = asyncio.ensure_future(self._hurry.wait())
        await asyncio.wait((draining, hurried), return_when=asyncio.FIRST_COMPLETED)
        if not draining.done():
            server.hurry()
        hurried.cancel()
        return await draining

    def stop(self) -> None:
        """Say no at ``/readyz``, go on for ``notice_s``, then drain. A second call ends at once."""
        if self._readiness.is_draining:
            self._hurry.set()
            self._stopping.set()
            return
        self._readiness.is_draining = True
        if self._config.notice_s:
            asyncio.get_running_loop().call_later(self._config.notice_s, self._stopping.set)
        else:
            self._stopping.set()

    def _hear_signals(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self.stop)
            if self._on_reload is not None:
                loop.add_signal_handler(signal.SIGHUP, self._on_reload)
        except (ValueError, RuntimeError):  # not in the main thread: whoever runs it there calls stop itself
            log.debug("Signals are not heard outside the main thread.")


def bind(config: GatewayConfig, workers: int = 1) -> list[list[socket.socket]]:
    """Return a set of bound sockets for each worker: one for each address that the host name stands for.

    Raises:
        SettingError: An address cannot be had.
    """
    try:
        return sockets.bind(config.host, config.port, workers)
    except OSError as error:
        raise SettingError(
            f"gateway.host is {config.host} and gateway.port {config.port}, which cannot be bound: {error.strerror}."
        ) from error


def server_limits(config: GatewayConfig) -> ServerLimits:
    """Return the HTTP server's limits; the body's is the application's own, which words it better."""
    return ServerLimits(
        body_bytes=config.max_body_bytes, head_s=config.head_s, body_s=config.body_s, idle_s=config.keep_alive_s
    )


def behind_proxies(app: Any, config: GatewayConfig) -> Any:
    """Believe ``X-Forwarded-*`` of the proxies that are named, of nobody else."""
    if not config.trust_proxy_headers:
        return app
    from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

    return ProxyHeadersMiddleware(app, list(config.trust_proxy_headers))
