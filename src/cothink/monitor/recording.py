"""The parts of recording, joined: who draws, who writes, and where it rests."""

import asyncio
from pathlib import Path

from cothink.monitor.config import RecordsConfig
from cothink.monitor.metrics import Metrics
from cothink.monitor.record import Scribe
from cothink.monitor.recorder import Recorder
from cothink.monitor.redaction import Redactor, Remembering, redactor
from cothink.monitor.writer import RecordWriter
from cothink.store.records import Records

METRIC = "cothink_records_total"


class Recording:
    """Records a share of the requests from `start` to `stop`.

    Args:
        config: What, how much and for how long.
        metrics: Counts what was written, dropped and failed.
        redact: Masks texts in the place of the first redactor.
    """

    def __init__(self, config: RecordsConfig, metrics: Metrics, redact: Redactor | None = None) -> None:
        self._writer = RecordWriter(
            config,
            Records(Path(config.path)),
            Scribe(config, Remembering(redact or redactor(config.redact))),
            written=metrics.count(METRIC, "written"),
            failed=metrics.count(METRIC, "failed"),
        )
        self.recorder = Recorder(config, self._writer.hand_on, metrics.count(METRIC, "dropped"))

    def start(self) -> None:
        """Start the writer's thread."""
        self._writer.start()

    async def stop(self) -> None:
        """Write what waits, off the event loop, and end."""
        await asyncio.to_thread(self._writer.stop)
