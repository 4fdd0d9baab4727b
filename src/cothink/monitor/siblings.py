"""The counts of all workers, from whichever of them is scraped.

Each worker counts for itself. It answers its siblings on a Unix socket in a folder that only this user can enter, and
keeps its counts in a file there: each second where they changed, and before it tells them to anybody. So a count that
was seen once is never lost. A worker that takes the place of a dead one reads that file and goes on from there.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from cothink.monitor.snapshot import Snapshot, decode, encode, merge

log = logging.getLogger(__name__)
KEEP_S = 1.0
ANSWER_S = 0.25  # a sibling that does not answer by then is taken from its file
EMPTY = Snapshot({})


class Siblings:
    """One worker among its siblings.

    Args:
        folder: Shared by all of them; nobody else may enter it.
        index: Which one this is, 0 to ``workers - 1``.
        workers: How many there are.
        own: What this process has counted.
    """

    def __init__(self, folder: Path, index: int, workers: int, own: Callable[[], Snapshot]) -> None:
        self._folder = folder
        self._index = index
        self._others = [other for other in range(workers) if other != index]
        self._own = own
        self._before = self._kept(index)
        self._last = b""
        self._server: asyncio.Server | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Answer the others from now on."""
        path = self._socket(self._index)
        path.unlink(missing_ok=True)  # of the one before
        self._server = await asyncio.start_unix_server(self._answer, path)
        self._keep()
        self._keeper = asyncio.create_task(self._keep_on(), name="keep the counts")

    async def stop(self) -> None:
        """Keep the last counts and answer nobody any more."""
        if self._keeper is not None:
            self._keeper.cancel()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        self._keep()

    async def snapshot(self) -> Snapshot:
        """Return the sums over all workers, dead ones included."""
        self._keep()
        live, gone = [self._own()], [self._before]
        for part, is_alive in await asyncio.gather(*(self._ask(other) for other in self._others)):
            (live if is_alive else gone).append(part)
        return merge(live, gone)

    async def _ask(self, other: int) -> tuple[Snapshot, bool]:
        """Return what a sibling counted, and whether it lives."""
        try:
            async with asyncio.timeout(ANSWER_S):
                reader, writer = await asyncio.open_unix_connection(self._socket(other))
                try:
                    return decode(await reader.read(-1)), True
                finally:
                    writer.close()
        except TimeoutError:
            log.warning(
                "Worker %d did not tell its counts in %g s; those of its last second stand in.", other, ANSWER_S
            )
            return self._kept(other), True
        except (OSError, ValueError):  # nobody listens there, or it died in the middle of its answer
            return self._kept(other), False

    async def _answer(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(self._keep())
            await writer.drain()
        except ConnectionError:
            log.debug("A sibling left before it had the counts.")
        finally:
            writer.close()

    async def _keep_on(self) -> None:
        while True:
            await asyncio.sleep(KEEP_S)
            self._keep()

    def _keep(self) -> bytes:
        """Write the counts down where they changed, and return them."""
        data = encode(merge([self._own()], [self._before]))
        if data != self._last:
            path = self._file(self._index)
            new = path.with_suffix(".new")
            try:
                new.write_bytes(data)
                new.replace(path)
            except OSError as error:  # no room left: the siblings are still told over the socket
                log.warning("The counts of worker %d could not be kept: %s", self._index, error)
            self._last = data
        return data

    def _kept(self, index: int) -> Snapshot:
        """Return what a worker wrote down last, or nothing where it never did."""
        try:
            return decode(self._file(index).read_bytes())
        except FileNotFoundError:
            return EMPTY
        except (OSError, ValueError) as error:
            log.warning("The kept counts of worker %d cannot be read: %s", index, error)
            return EMPTY

    def _file(self, index: int) -> Path:
        return self._folder / f"{index}.counts"

    def _socket(self, index: int) -> Path:
        return self._folder / f"{index}.sock"
