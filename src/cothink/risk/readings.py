"""Readings of many applications: side by side, kept in a file by what was read, so that a run that was cut off goes on.

The file holds counts and closed words under a hash; the applicants' words are not in it.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import IO, Final

import msgspec

from cothink.core.engine import Model
from cothink.core.errors import SettingError, UpstreamUnreachable
from cothink.core.messages import Message
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.risk.application import Application
from cothink.risk.config import RiskConfig
from cothink.risk.reader import INSTRUCTIONS
from cothink.risk.reading import Heard, understand

MOST_FAILED: Final = 20  # in a row: then R1 is away, and going on would only fill the table with nothing


class Kept(msgspec.Struct, frozen=True):
    """One reading in the file."""

    key: str
    heard: Heard


class Readings:
    """Readings by what was read.

    Args:
        path: The file; it is made where it is missing, readable by this user alone. A torn last line is left out.
        reader: Who reads: another model or other instructions read anew.

    Raises:
        SettingError: The file cannot be read or written.
    """

    def __init__(self, path: Path, reader: str) -> None:
        self._reader = f"{reader}\n{INSTRUCTIONS}"
        self._known: dict[str, Heard] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            raw = path.read_bytes()
            whole = raw[: raw.rfind(b"\n") + 1]
            for kept in msgspec.json.Decoder(Kept).decode_lines(whole):
                self._known[kept.key] = kept.heard
            self._file: IO[bytes] = path.open("r+b")
            self._file.truncate(len(whole))
            self._file.seek(len(whole))
        except (OSError, msgspec.MsgspecError) as error:
            raise SettingError(f"The readings in {path} cannot be used: {error}.", param="readings") from error

    def key(self, application: Application) -> str:
        """Return what a reading of an application is kept under."""
        told = msgspec.json.encode((self._reader, application.words, application.form), order="sorted")
        return hashlib.sha256(told).hexdigest()

    def find(self, key: str) -> Heard | None:
        """Return a reading, where there is one."""
        return self._known.get(key)

    def keep(self, key: str, heard: Heard) -> None:
        """Keep a reading that came off; one that failed is tried again next time."""
        if heard.state == "read":
            self._known[key] = heard
            self._file.write(msgspec.json.encode(Kept(key, heard)) + b"\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


async def read_all(
    r1: Model,
    applications: Sequence[Application],
    config: RiskConfig,
    readings: Readings,
    tell: Callable[[int], None] = lambda done: None,
) -> list[Heard]:
    """Return R1's reading of each application, in order; equal ones are read once.

    Args:
        r1: The model of the site.
        applications: What is read.
        config: How R1 reads, and how many at once.
        readings: Where readings are found and kept.
        tell: Called with how many are done.

    Raises:
        SettingError: R1 does not stand on the site.
        UpstreamUnreachable: R1 failed on many in a row. What was read is kept.
    """
    if r1.capabilities.zone != "site":
        raise SettingError("R1 does not stand on the site, so it may not see applicants' words.", param="r1.zone")
    keys = [readings.key(one) for one in applications]
    todo = iter({key: one for key, one in zip(keys, applications, strict=True) if one.words}.items())
    found: dict[str, Heard] = {}
    state = _State()

    async def work(mine: Iterable[tuple[str, Application]]) -> None:
        for key, application in mine:  # all workers draw from one iterator
            heard = readings.find(key)
            if heard is None:
                run = Run("readings")
                asked = Request(model="r1", messages=(Message("user", ""),), run=run, stream=False)
                heard = (await understand(r1, asked, application, config)).heard
                state.note(heard)
                readings.keep(key, heard)
            found[key] = heard
            tell(len(found))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(config.parallel):
                group.create_task(work(todo))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [found.get(key, Heard("no_words")) for key in keys]


class _State:
    """How many failed in a row."""

    def __init__(self) -> None:
        self._failed = 0

    def note(self, heard: Heard) -> None:
        self._failed = self._failed + 1 if heard.state == "failed" else 0
        if self._failed >= MOST_FAILED:
            raise UpstreamUnreachable(
                f"R1 failed on {self._failed} applications in a row. What was read is kept; run it again to go on."
            )
