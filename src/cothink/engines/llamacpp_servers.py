"""Who holds the processes of embedded models: the gateway itself, or one keeper for all of its workers."""

import asyncio
import dataclasses
import hashlib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol

import msgspec

from cothink.core.errors import CoThinkError, NotReady
from cothink.engines.endpoint import EndpointFile, EndpointProvider
from cothink.engines.llamacpp import LlamaServer
from cothink.engines.llamacpp_config import LlamaConfig

LOOK_S = 0.02


class Servers(Protocol):
    """Gives the server of each embedded model."""

    async def provide(self, config: LlamaConfig, path: Path) -> EndpointProvider:
        """Return where a model is served, once it is.

        Args:
            config: The model's settings. Equal settings share one process.
            path: Its file.

        Raises:
            CoThinkError: It cannot be served.
        """
        ...

    async def keep(self, wanted: Collection[LlamaConfig]) -> None:
        """End whatever is not wanted any more. Calls in flight break."""
        ...


class OwnServers:
    """Holds the processes itself.

    Args:
        tell: Returns the file through which a model's place is told to others, where there are any.
    """

    def __init__(self, tell: Callable[[LlamaConfig], EndpointFile] | None = None) -> None:
        self._tell = tell
        self._servers: dict[LlamaConfig, LlamaServer] = {}

    async def provide(self, config: LlamaConfig, path: Path) -> EndpointProvider:
        """Start a process where none serves this model yet. See `Servers`."""
        if config not in self._servers:
            file = self._tell(config) if self._tell is not None else None
            if file is not None:
                file.publish(None)
            server = LlamaServer(
                dataclasses.replace(config, path=str(path)), changed=None if file is None else file.publish
            )
            try:
                await server.start()
            except CoThinkError as error:
                if file is not None:
                    file.refuse(error.message)
                raise
            self._servers[config] = server
        return self._servers[config]

    async def keep(self, wanted: Collection[LlamaConfig]) -> None:
        """See `Servers`."""
        for config in [config for config in self._servers if config not in wanted]:
            await self._servers.pop(config).stop()

    async def stop(self) -> None:
        """End all."""
        await asyncio.gather(*(server.stop() for server in self._servers.values()))


class SharedServers:
    """Looks where the keeper has told that a model is served.

    Args:
        folder: Where the keeper tells it.
        waits: Wait until a model is loaded, at most its ``start_timeout_s``. One that was there before is not waited
            for: calls to it fail until it is back, and all other models are served.
    """

    def __init__(self, folder: Path, *, waits: bool = True) -> None:
        self._folder = folder
        self.waits = waits
        self._files: dict[LlamaConfig, EndpointFile] = {}

    async def provide(self, config: LlamaConfig, path: Path) -> EndpointProvider:
        """See `Servers`."""
        file = self._files.get(config) or endpoint_file(self._folder, config)
        if self.waits and config not in self._files:
            await _loaded(file, config)
        self._files[config] = file
        return file

    async def keep(self, wanted: Collection[LlamaConfig]) -> None:
        """Forget what is not wanted; the keeper ends it."""
        self._files = {config: file for config, file in self._files.items() if config in wanted}


class CheckedServers:
    """Serves nothing: finds out beforehand what would keep a model from being served."""

    async def provide(self, config: LlamaConfig, path: Path) -> EndpointProvider:
        """Check file, processor and context. See `Servers`."""
        server = LlamaServer(dataclasses.replace(config, path=str(path)))
        server.check()
        return server

    async def keep(self, wanted: Collection[LlamaConfig]) -> None:
        """See `Servers`."""


def endpoint_file(folder: Path, config: LlamaConfig) -> EndpointFile:
    """Return the file through which a model's place is told: its name follows from the settings."""
    digest = hashlib.sha256(msgspec.json.encode(dataclasses.asdict(config))).hexdigest()
    return EndpointFile(folder / f"model-{digest[:16]}")


async def _loaded(file: EndpointFile, config: LlamaConfig) -> None:
    """Wait until a model is served.

    Raises:
        SettingError: The keeper could not serve it.
        NotReady: It takes too long.
    """
    try:
        async with asyncio.timeout(config.start_timeout_s):
            while True:
                try:
                    file.endpoint()
                except NotReady:
                    file.check()
                    await asyncio.sleep(LOOK_S)
                else:
                    return
    except TimeoutError:
        raise NotReady(f"the embedded model {config.model} did not load within {config.start_timeout_s:g} s") from None
