"""One gateway in several processes that share a port: workers, a keeper of embedded models, and a parent.

The parent reads the settings and tries them out, at the start and on SIGHUP: what cannot be built never reaches the
workers, and one that is started anew gets what was taken last. It holds the port, and answers no request itself.
"""

import asyncio
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from cothink.assemble import build, locate
from cothink.core.errors import CoThinkError, SettingError
from cothink.core.events import StateChanged, ignore
from cothink.engines.endpoint import EndpointFile
from cothink.engines.llamacpp_config import LlamaConfig
from cothink.engines.llamacpp_servers import CheckedServers, OwnServers, SharedServers, endpoint_file
from cothink.engines.model_files.store import ModelStore
from cothink.gateway.edge.server import bind
from cothink.gateway.http1.server import CLEAN_UP_S
from cothink.gateway.http1.workers import NEVER, Household, WorkerContext, WorkersGaveUp, serve_workers
from cothink.gateway.logs import WholeLines, set_up_logs
from cothink.monitor.siblings import Siblings
from cothink.serve import UNBOUND, Running, attend, embedded, run
from cothink.serve import serve as serve_alone
from cothink.settings import Settings
from cothink.verify.sandbox.sandbox import Sandbox

log = logging.getLogger(__name__)
MEMORY = Path("/dev/shm")  # noqa: S108 - counts are written there each second, which no disk needs to see; the folder is private


def serve(load: Callable[[], Settings]) -> None:
    """Serve in as many processes as ``gateway.workers`` says, until SIGTERM or Ctrl+C; SIGHUP reads the settings anew.

    Raises:
        SettingError: The settings cannot be served.
        ModelFileError: A model file is damaged.
    """
    settings = load()
    workers = settings.gateway.workers or _cores()
    if workers == 1:
        serve_alone(_first(settings, load))
        return
    if sys.platform != "linux":
        raise SettingError(f"gateway.workers is {workers}; allowed on this system is 1.", param="gateway.workers")
    folder = Path(tempfile.mkdtemp(prefix="cothink-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
    try:
        Fleet(load, settings, folder).serve(workers)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Fleet:
    """The processes of one gateway.

    Args:
        load: Reads the settings.
        settings: What it read first.
        folder: What the processes share; nobody else may enter it.
    """

    def __init__(self, load: Callable[[], Settings], settings: Settings, folder: Path) -> None:
        self._load = load
        self._settings = settings
        self._folder = folder

    def serve(self, workers: int) -> None:
        """Be the parent."""
        import uvloop  # noqa: F401 - loaded once, before the children share what is loaded

        config = self._settings.gateway
        asyncio.run(_try_out(self._settings))
        sets = bind(config, workers)
        set_up_logs(config.log_format, WholeLines(sys.stderr.fileno()))
        port = sets[0][0].getsockname()[1]
        household = Household(
            stop_within_s=config.notice_s + config.drain_s + 2 * CLEAN_UP_S,
            reload=self._reload,
            ready=lambda: log.info("Serving on http://%s:%d with %d workers", config.host, port, workers),
            keep=self._keep,
            is_keeper_wanted=lambda: bool(embedded(self._settings)),
        )
        try:
            serve_workers(self._work, sets, household)
        except WorkersGaveUp as error:
            raise SettingError(f"{error} The reason stands above.") from error
        log.info("All workers have ended.")

    def _reload(self) -> bool:
        """Take new settings, in the parent; the children read them once more."""
        try:
            settings = self._load()
            asyncio.run(_try_out(settings))
        except CoThinkError as error:
            log.warning("The settings were not taken, the old ones go on: %s", error.message)
            return False
        self._settings = settings
        return True

    def _work(self, bound: Sequence[socket.socket], context: WorkerContext) -> None:
        run(self._attend(bound, context))

    async def _attend(self, bound: Sequence[socket.socket], context: WorkerContext) -> None:
        """Be a worker."""
        servers = SharedServers(self._folder, waits=context.generation == 0)
        life = Running(_first(self._settings, self._load), servers)
        siblings = Siblings(self._folder, context.index, context.workers, life.metrics.snapshot)
        life.gather = siblings.snapshot
        try:
            config = await life.start()
            servers.waits = True
            await siblings.start()
            if context.generation:
                life.metrics(StateChanged(part="worker", state="restarted", words=f"worker {context.index}"))
            await attend(life, config, lambda _port: context.say_ready(), bound=bound)
        finally:
            await siblings.stop()
            await life.stop()

    def _keep(self, say_ready: Callable[[], None]) -> None:
        run(self._hold(say_ready))

    async def _hold(self, say_ready: Callable[[], None]) -> None:
        """Be the keeper: hold the processes of embedded models until all workers have ended."""
        loop = asyncio.get_running_loop()
        stopped, changed = asyncio.Event(), asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, stopped.set)
        loop.add_signal_handler(signal.SIGHUP, changed.set)
        servers = OwnServers(self._place)
        try:
            if not await self._provide_first(servers, stopped):
                return
            say_ready()
            while not stopped.is_set():
                waits = [asyncio.ensure_future(event.wait()) for event in (stopped, changed)]
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                for wait in waits:
                    wait.cancel()
                if changed.is_set():
                    changed.clear()
                    await self._hold_anew(servers)
        finally:
            await servers.stop()

    async def _provide_first(self, servers: OwnServers, stopped: asyncio.Event) -> bool:
        """Start the models; False where all is to end before they are loaded."""
        loading = asyncio.ensure_future(_provide(self._settings, servers))
        stopping = asyncio.ensure_future(stopped.wait())
        await asyncio.wait((loading, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not loading.done():
            loading.cancel()
            await asyncio.wait([loading])
            return False
        try:
            loading.result()
        except CoThinkError as error:
            log.error("%s", error.message)  # noqa: TRY400 - one line: where it was raised is of no use to a reader
            raise SystemExit(NEVER) from error
        return True

    async def _hold_anew(self, servers: OwnServers) -> None:
        try:
            settings = self._load()
            await _provide(settings, servers)
        except CoThinkError as error:
            log.warning("The embedded models stay as they were: %s", error.message)
        else:
            await servers.keep(embedded(settings).keys())

    def _place(self, config: LlamaConfig) -> EndpointFile:
        return endpoint_file(self._folder, config)


async def _try_out(settings: Settings) -> None:
    """Build all that the settings say, and close it again.

    Raises:
        SettingError: Something cannot be built.
        ModelFileError: A model file is damaged.
    """
    if not settings.bound():
        raise SettingError(UNBOUND)
    logging.disable(logging.WARNING)  # who serves them says what there is to say of them
    try:
        await _build_for_nothing(settings)
    finally:
        logging.disable(logging.NOTSET)


async def _build_for_nothing(settings: Settings) -> None:
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(Sandbox(settings.sandbox))
        await build(settings, stack, CheckedServers(), sandbox, ignore, datetime.now(UTC).date())


async def _provide(settings: Settings, servers: OwnServers) -> None:
    store = ModelStore(settings.cache)
    for config, name in embedded(settings).items():
        await servers.provide(config, locate(store, name, config))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1


def _first(settings: Settings, load: Callable[[], Settings]) -> Callable[[], Settings]:
    """Return a loader that gives what was read already once, and reads anew after that."""
    left = [settings]
    return lambda: left.pop() if left else load()
