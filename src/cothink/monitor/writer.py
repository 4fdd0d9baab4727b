"""The one writer of records: a thread that masks, encodes, writes in batches, and deletes what is old."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from cothink.core.errors import StoreAway
from cothink.monitor.config import RecordsConfig
from cothink.monitor.record import Scribe, Tape
from cothink.monitor.series import Count
from cothink.store.records import Head, Records

log = logging.getLogger(__name__)
BATCH = 100
GATHER_S = 0.1  # how long it lets records come together
PRUNE_EVERY_S = 60.0
MEBIBYTE = 1 << 20


class RecordWriter:
    """Writes records off the event loop.

    Args:
        config: The limits of the queue, and how long records are kept.
        records: Where they rest; only the thread touches it.
        scribe: Makes records of tapes.
        written: Counts records that rest.
        failed: Counts records that could not be written; both are counted on the thread alone.
    """

    def __init__(
        self,
        config: RecordsConfig,
        records: Records,
        scribe: Scribe,
        *,
        written: Count,
        failed: Count,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._config = config
        self._records = records
        self._scribe = scribe
        self._written = written
        self._failed = failed
        self._wall = wall
        self._queue: deque[Tape] = deque()
        self._came = threading.Event()
        self._ending = threading.Event()
        self._in = self._out = 0  # bytes that came and that left: each is counted on one side alone
        self._prune_at = 0.0
        self._was_away = False
        self._thread = threading.Thread(target=self._work, name="records", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def hand_on(self, tape: Tape) -> bool:
        """Put a tape in line, in the event loop; False where there is no room."""
        config = self._config
        if len(self._queue) >= config.waiting or self._in - self._out + tape.size > config.waiting_mb * MEBIBYTE:
            return False
        self._in += tape.size
        self._queue.append(tape)
        if not self._came.is_set():
            self._came.set()
        return True

    def stop(self, within_s: float = 10.0) -> None:
        """Write what waits, and end; blocks for so long at most."""
        self._ending.set()
        self._came.set()
        self._thread.join(within_s)
        if self._thread.is_alive():
            log.warning("%d records were not written in %g s and are lost.", len(self._queue), within_s)

    def _work(self) -> None:
        try:
            while not (self._ending.is_set() and not self._queue):
                self._came.wait(PRUNE_EVERY_S)
                self._ending.wait(GATHER_S)
                self._came.clear()
                while self._queue:
                    self._write_batch()
                if time.monotonic() >= self._prune_at:
                    self._prune()
        finally:
            self._records.close()

    def _write_batch(self) -> None:
        rows: list[tuple[Head, bytes]] = []
        size = 0
        while self._queue and len(rows) < BATCH:
            tape = self._queue.popleft()
            size += tape.size
            try:
                rows.append(self._scribe.write(tape))
            except (ValueError, TypeError, RecursionError):  # a value that cannot be JSON; the next record may be fine
                log.exception("The record of %s could not be made.", tape.run.id)
                self._failed.value += 1
        try:
            if rows:
                self._records.add(rows)
        except StoreAway as error:
            self._failed.value += len(rows)
            if not self._was_away:
                log.warning("Records cannot be written, and are lost until they can: %s", error.message)
            self._was_away = True
        else:
            self._written.value += len(rows)
            if self._was_away:
                log.info("Records are written again.")
            self._was_away = False
        finally:
            self._out += size

    def _prune(self) -> None:
        config = self._config
        self._prune_at = time.monotonic() + PRUNE_EVERY_S
        try:
            self._records.prune(before=self._wall() - config.keep_days * 86_400.0, most_bytes=config.keep_mb * MEBIBYTE)
        except StoreAway as error:
            log.warning("Old records cannot be deleted: %s", error.message)
