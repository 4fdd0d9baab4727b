"""A gateway from settings: built, served, loaded anew on SIGHUP, ended in order."""

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

from cothink.assemble import Servers, build, count
from cothink.core.engine import Model
from cothink.core.errors import CoThinkError, SettingError
from cothink.core.events import Emit, fan_out
from cothink.core.request import Request
from cothink.gateway.app import build_app
from cothink.gateway.config import GatewayConfig
from cothink.gateway.edge.server import GatewayServer
from cothink.gateway.edge.swap import Swap
from cothink.gateway.logs import access_lines, set_up_logs
from cothink.gateway.parts import Parts, Readiness, request_ids
from cothink.monitor.exposition import render
from cothink.monitor.metrics import Metrics
from cothink.routing.capability import check
from cothink.settings import Settings
from cothink.settings.bindings import EngineConfig
from cothink.verify.sandbox.sandbox import Sandbox

log = logging.getLogger(__name__)
UNBOUND = (
    "No model is bound. Set COTHINK_R1_URL and COTHINK_PRO_KEY, or write a cothink.toml, or try --embedded pair, which "
    "runs two small models on this machine."
)


class Running:
    """Everything that lives while a gateway serves.

    Args:
        load: Reads the settings; called again on each reload.
    """

    def __init__(self, load: Callable[[], Settings]) -> None:
        self._load = load
        self._servers: Servers = {}
        self._wanted: set[EngineConfig] = set()
        self._stack = AsyncExitStack()
        self.make_id = request_ids()
        self.readiness = Readiness()
        self.metrics = Metrics()  # one for all settings that come and go, so that a reload loses no count
        self.app = Swap()

    async def start(self) -> GatewayConfig:
        """Build what the settings say; return how to listen.

        Raises:
            SettingError: Nothing is bound, or a binding cannot be made.
        """
        settings = self._load()
        self._sandbox = await self._stack.enter_async_context(Sandbox(settings.sandbox))
        await self._install(settings)
        return settings.gateway

    async def reload(self) -> None:
        """Take new settings; requests that run end on the old ones. Where to listen stays as it was."""
        try:
            await self._install(self._load())
        except CoThinkError as error:
            log.warning("The settings were not taken, the old ones go on: %s", error.message)
        else:
            log.info("The settings were taken anew.")

    async def stop(self) -> None:
        """Close connections and end the embedded models."""
        await self.app.aclose()
        await asyncio.gather(*(server.stop() for server in self._servers.values()))
        await self._stack.aclose()

    async def _install(self, settings: Settings) -> None:
        if not settings.bound():
            raise SettingError(UNBOUND)
        stack = AsyncExitStack()
        emit = _listeners(settings.gateway, self.metrics)
        try:
            today = datetime.now(UTC).date()
            directory = await build(settings, stack, self._servers, self._sandbox, emit, today)
            parts = Parts(
                config=settings.gateway,
                directory=directory,
                guard=_guard,
                emit=emit,
                make_id=self.make_id,
                readiness=self.readiness,
                metrics=lambda: render(self.metrics.snapshot()),
            )
            app = build_app(parts)
        except BaseException:
            await stack.aclose()
            raise
        self.metrics.know(lambda name: directory.find(name).model.name)
        self._wanted = {config for binding in settings.bound().values() for config in binding.replicas}
        self.app.put(app, partial(self._end, stack))

    async def _end(self, stack: AsyncExitStack) -> None:
        """Close what settings of before had opened, and end the embedded models that no binding names any more."""
        await stack.aclose()
        for config in [config for config in self._servers if config not in self._wanted]:
            await self._servers.pop(config).stop()


def serve(load: Callable[[], Settings]) -> None:
    """Serve until SIGTERM or Ctrl+C, then drain. SIGHUP reads the settings anew."""
    _run(_serve(load, lambda _url: None))


@contextmanager
def running(load: Callable[[], Settings]) -> Iterator[str]:
    """Serve in a thread for as long as the block lasts; give the base URL.

    Raises:
        CoThinkError: It could not start.
    """
    started = threading.Event()
    state: dict[str, object] = {}

    def tell(url: str) -> None:
        state["url"] = url
        started.set()

    def work() -> None:
        try:
            _run(_serve(load, tell, state))
        except CoThinkError as error:
            state["error"] = error
        finally:
            started.set()

    thread = threading.Thread(target=work, name="gateway")
    thread.start()
    started.wait()
    try:
        if isinstance(error := state.get("error"), CoThinkError):
            raise error
        yield str(state["url"])
    finally:
        if callable(stop := state.get("stop")):
            stop()
        thread.join()


def _run(main: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop where there is one."""
    if sys.platform == "win32":
        asyncio.run(main)
        return
    import uvloop

    uvloop.run(main)


async def _serve(
    load: Callable[[], Settings], tell: Callable[[str], None], state: dict[str, object] | None = None
) -> None:
    life = Running(load)
    try:
        config = await life.start()
        if state is None:  # the command that serves; a gateway inside another command leaves the log alone
            set_up_logs(config.log_format)
        loop = asyncio.get_running_loop()
        reloads: set[asyncio.Task[None]] = set()

        def reload() -> None:
            task = loop.create_task(life.reload())
            reloads.add(task)
            task.add_done_callback(reloads.discard)

        server = GatewayServer(
            life.app,
            config,
            life.readiness,
            make_id=life.make_id,
            on_reload=reload,
            on_listening=lambda port: tell(f"http://{config.host}:{port}/v1"),
        )
        if state is not None:
            state["stop"] = lambda: loop.call_soon_threadsafe(server.stop)
        await server.serve()
    finally:
        await life.stop()


def _guard(request: Request, model: Model) -> None:
    check(request, model, count)


def _listeners(config: GatewayConfig, metrics: Metrics) -> Emit:
    listeners: tuple[Emit, ...] = (metrics,)
    if config.access_log:
        listeners += (access_lines(config.log_format, sys.stderr.write),)
    return fan_out(listeners)
