"""Runs the gateway: uvicorn on our protocol, a drain that loses nothing, a reload on SIGHUP.

``GatewayServer(...).run()`` blocks until the drain is over; ``await GatewayServer(...).serve()`` is the same inside a
loop, for callers with parts of their own to open before and to close after.
"""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn

from cothink.gateway.config import GatewayConfig
from cothink.gateway.edge.protocol import protocol_with
from cothink.gateway.parts import Readiness

log = logging.getLogger(__name__)


class GatewayServer(uvicorn.Server):
    """A uvicorn server that says no at ``/readyz`` before it stops to listen.

    Args:
        app: The ASGI application.
        config: Where to listen and how long to wait.
        readiness: Turned off as soon as the server is told to stop.
        on_reload: Called on SIGHUP, in the event loop; its failure is logged and changes nothing.
        on_ready: Called with the port once it listens.
    """

    def __init__(
        self,
        app: Any,
        config: GatewayConfig,
        readiness: Readiness,
        on_reload: Callable[[], None] | None = None,
        on_ready: Callable[[int], None] | None = None,
    ) -> None:
        super().__init__(uvicorn_config(app, config))
        self._notice_s = config.notice_s
        self._readiness = readiness
        self._on_reload = on_reload
        self._on_ready = on_ready

    @property
    def port(self) -> int:
        """The port that is listened on; it was free when the settings say 0."""
        name = self.servers[0].sockets[0].getsockname()
        return int(name[1])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and hear SIGHUP where the platform has it."""
        await super().startup(sockets)
        if self._on_reload is not None and hasattr(signal, "SIGHUP"):
            try:
                asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self.reload)
            except (ValueError, RuntimeError):  # not in the main thread: whoever runs it there calls reload itself
                log.debug("SIGHUP is not heard outside the main thread.")
        if self._on_ready is not None:
            self._on_ready(self.port)

    def reload(self) -> None:
        """Load the settings anew."""
        if self._on_reload is None:
            return
        try:
            self._on_reload()
        except Exception:  # the old settings go on serving: a bad file must not end the process
            log.exception("The settings were not loaded anew; the old ones stay.")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drain on the first signal, stop at once on the second.

        The signal is not raised again afterwards, as uvicorn would: whoever called us still has parts to close.
        """
        if self._readiness.is_draining:
            self.should_exit = self.force_exit = True
        else:
            self._readiness.is_draining = True
            self._loop.call_soon_threadsafe(self._loop.call_later, self._notice_s, self._stop_listening)

    def _stop_listening(self) -> None:
        self.should_exit = True

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until told to stop and drained."""
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what was accepted, within the time to drain."""
        self._readiness.is_draining = True
        await super().shutdown(sockets)


def uvicorn_config(app: Any, config: GatewayConfig) -> uvicorn.Config:
    """Return uvicorn's settings for ours."""
    return uvicorn.Config(
        app,
        host=config.host,
        port=config.port,
        loop="auto" if sys.platform == "win32" else "uvloop",
        http=protocol_with(head_s=config.head_s, body_s=config.body_s),
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        date_header=False,
        proxy_headers=bool(config.trust_proxy_headers),
        forwarded_allow_ips=list(config.trust_proxy_headers),
        timeout_keep_alive=config.keep_alive_s,  # type: ignore[arg-type]  # it is only added to a time
        timeout_graceful_shutdown=config.drain_s,  # type: ignore[arg-type]  # as above
        backlog=4096,
    )
