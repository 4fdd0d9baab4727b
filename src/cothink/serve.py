"""A gateway from settings: built, served, loaded anew on SIGHUP, ended in order."""

import asyncio
import gc
import logging
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

from cothink.assemble import build, count
from cothink.core.engine import Engine
from cothink.core.errors import CoThinkError, SettingError
from cothink.core.events import Emit, fan_out
from cothink.engines.llamacpp_config import LlamaConfig
from cothink.engines.llamacpp_servers import OwnServers, Servers
from cothink.gateway.app import build_app
from cothink.gateway.config import GatewayConfig
from cothink.gateway.edge.server import GatewayServer
from cothink.gateway.edge.swap import Swap
from cothink.gateway.logs import WholeLines, access_lines, set_up_logs
from cothink.gateway.parts import Parts, Readiness, request_ids
from cothink.monitor.exposition import render
from cothink.monitor.metrics import Metrics
from cothink.monitor.recorder import Recorder
from cothink.monitor.recording import Recording
from cothink.monitor.snapshot import Snapshot
from cothink.risk.desk import ReviewDesk
from cothink.routing.capability import check
from cothink.settings import Settings
from cothink.store.cases import open_cases
from cothink.store.desk import KeyDesk
from cothink.store.open import open_store
from cothink.traffic.quota.ring import KeyRing
from cothink.verify.sandbox.sandbox import Sandbox

log = logging.getLogger(__name__)
UNBOUND = (
    "No model is bound. Set COTHINK_R1_URL and COTHINK_PRO_KEY, or write a cothink.toml, or try --embedded pair, which "
    "runs two small models on this machine."
)
COLLECT_AFTER = (20_000, 20, 50)  # new objects, collections of the young, collections of the middle
FIRST_KEY = """
The first admin key of {place}. It is shown this once; keep it:

    {secret}

"""


class Running:
    """Everything that lives while a gateway serves.

    Args:
        load: Reads the settings; called again on each reload.
        servers: Who holds the processes of embedded models.
    """

    def __init__(self, load: Callable[[], Settings], servers: Servers) -> None:
        self._load = load
        self._servers = servers
        self._wanted: set[LlamaConfig] = set()
        self._stack = AsyncExitStack()
        self.make_id = request_ids()
        self.readiness = Readiness()
        self.metrics = Metrics()  # one for all settings that come and go, so that a reload loses no count
        self.gather: Callable[[], Awaitable[Snapshot]] = self._count  # a worker puts in its place the one of all
        self.app = Swap()
        self._ring: KeyRing | None = None
        self._desk: KeyDesk | None = None

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
        """Close connections."""
        await self.app.aclose()
        if self._ring is not None:
            await self._ring.aclose()
        await self._stack.aclose()

    async def _install(self, settings: Settings) -> None:
        if not settings.bound():
            raise SettingError(UNBOUND)
        stack = AsyncExitStack()
        recorder = _recorder(settings, stack, self.metrics)
        emit = _listeners(settings.gateway, self.metrics, *recorder)
        try:
            has_keys = settings.gateway.stored_keys
            if has_keys:
                await self._open_keys(settings)
            today = datetime.now(UTC).date()
            around = recorder[0].around if recorder else _as_it_is
            directory = await build(settings, stack, self._servers, self._sandbox, emit, today, around)
            parts = Parts(
                config=settings.gateway,
                directory=directory,
                ring=self._ring if has_keys else None,
                desk=self._desk if has_keys else None,
                guard=partial(check, count=count),
                reviews=_reviews(settings, stack),
                emit=emit,
                make_id=self.make_id,
                readiness=self.readiness,
                metrics=self._scrape,
            )
            app = build_app(parts)
        except BaseException:
            await stack.aclose()
            raise
        self.metrics.know(lambda name: directory.find(name).model.name)
        self._wanted = set(embedded(settings))
        self.app.put(app, partial(self._end, stack))

    async def _open_keys(self, settings: Settings) -> None:
        """Open the store of keys, once for all settings that come and go: its address is read at the start only."""
        if self._ring is not None:
            return
        store = open_store(settings.store)
        desk, ring = KeyDesk(store), KeyRing(store, every_s=settings.store.every_s)
        try:
            if secret := await desk.first_admin():
                sys.stderr.write(FIRST_KEY.format(place=store.place, secret=secret))
            await ring.start()
        except BaseException:
            await store.aclose()
            raise
        self._desk, self._ring = desk, ring

    async def _end(self, stack: AsyncExitStack) -> None:
        """Close what settings of before had opened, and end the embedded models that no binding names any more."""
        await stack.aclose()
        await self._servers.keep(self._wanted)

    async def _count(self) -> Snapshot:
        return self.metrics.snapshot()

    async def _scrape(self) -> bytes:
        return render(await self.gather())


def serve(load: Callable[[], Settings]) -> None:
    """Serve until SIGTERM or Ctrl+C, then drain. SIGHUP reads the settings anew."""
    run(_serve(load))


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
            run(_serve(load, tell, state))
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


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop where there is one."""
    if sys.platform == "win32":
        asyncio.run(main)
        return
    import uvloop

    uvloop.run(main)


def embedded(settings: Settings) -> dict[LlamaConfig, str]:
    """Return the embedded models that are bound, each with the first of its names."""
    found: dict[LlamaConfig, str] = {}
    for name, binding in settings.bound().items():
        for config in binding.replicas:
            if isinstance(config, LlamaConfig):
                found.setdefault(config, name)
    return found


async def _serve(
    load: Callable[[], Settings],
    tell: Callable[[str], None] = lambda _url: None,
    state: dict[str, object] | None = None,
) -> None:
    servers = OwnServers()
    life = Running(load, servers)
    try:
        config = await life.start()
        if state is None:  # the command that serves; a gateway inside another command leaves the log alone
            set_up_logs(config.log_format, WholeLines(sys.stderr.fileno()))
        await attend(life, config, lambda port: tell(f"http://{config.host}:{port}/v1"), state=state)
    finally:
        await life.stop()
        await servers.stop()


async def attend(
    life: Running,
    config: GatewayConfig,
    on_listening: Callable[[int], None],
    *,
    bound: Sequence[socket.socket] = (),
    state: dict[str, object] | None = None,
) -> None:
    """Serve what was started until it is told to stop; SIGHUP loads it anew.

    Args:
        life: What was started.
        config: How to listen.
        on_listening: Called with the port once clients can connect.
        bound: The sockets of a worker; without them it binds its own.
        state: Is given ``stop``, where another thread is to end it.
    """
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
        on_listening=on_listening,
        bound=bound,
    )
    if state is not None:
        state["stop"] = lambda: loop.call_soon_threadsafe(server.stop)
    else:  # the process is the gateway's own
        _calm_collector()
    await server.serve()


def _calm_collector() -> None:
    """Let the garbage collector look less often, and never at what lives as long as the process.

    A request leaves no rings behind, yet each makes the collector look at those in flight: a tenth of its time
    (docs/decisions/hot-path.md).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def _as_it_is(engine: Engine) -> Engine:
    return engine


def _recorder(settings: Settings, stack: AsyncExitStack, metrics: Metrics) -> tuple[Recorder, ...]:
    """Start recording, where a share of the requests is to be recorded; it ends with these settings."""
    if not settings.records.share:
        return ()
    recording = Recording(settings.records, metrics)
    recording.start()
    stack.push_async_callback(recording.stop)
    return (recording.recorder,)


def _reviews(settings: Settings, stack: AsyncExitStack) -> ReviewDesk | None:
    """Where people work on cases of applications, where there is a scorecard."""
    if not settings.risk.model:
        return None
    cases = open_cases(settings.store)
    stack.push_async_callback(cases.aclose)
    return ReviewDesk(cases, settings.risk)


def _listeners(config: GatewayConfig, *more: Emit) -> Emit:
    listeners = more
    if config.access_log:
        listeners += (access_lines(config.log_format, WholeLines(sys.stderr.fileno()).write),)
    return fan_out(listeners)
