"""One file from the hub into ``FILE.part``: resumed by ranges, tried again while it moves on."""

import http.client
import json
import time
from collections.abc import Callable
from pathlib import Path

from cothink.engines.model_files.disk import MIB
from cothink.engines.model_files.hub import Hub, HubAway, HubFile
from cothink.engines.model_files.progress import Progress

TRIES_WITHOUT_PROGRESS = 4
FIRST_WAIT_S = 0.5


def download(
    hub: Hub, file: HubFile, part: Path, progress: Progress, *, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Fetch the bytes that ``part`` lacks. A part of another version of the file is begun anew.

    It does not check the digest: the caller does, over the whole file.

    Raises:
        HubAway: The connection broke several times in a row without a new byte; the part is kept.
        HubRefused: The hub does not give the file.
    """
    note = part.with_name(part.name + ".of")
    _begin(part, note, file)
    idle = 0
    while (have := part.stat().st_size) < file.bytes:
        try:
            _pour(hub, file, part, progress)
        except HubAway:
            idle = 0 if part.stat().st_size > have else idle + 1
            if idle >= TRIES_WITHOUT_PROGRESS:
                raise
            sleep(FIRST_WAIT_S * 2**idle)
    note.unlink(missing_ok=True)


def _begin(part: Path, note: Path, file: HubFile) -> None:
    """Keep a part of this very file; empty any other."""
    of = json.dumps({"sha256": file.sha256, "bytes": file.bytes})
    same = part.exists() and note.exists() and note.read_text() == of
    if not same or part.stat().st_size > file.bytes:
        part.write_bytes(b"")
        note.write_text(of)


def _pour(hub: Hub, file: HubFile, part: Path, progress: Progress) -> None:
    answer, done = hub.read(file, part.stat().st_size)
    with answer, part.open("r+b") as out:
        out.truncate(done)
        out.seek(done)
        while True:
            try:
                block = answer.read(MIB)
            except (OSError, http.client.HTTPException) as error:
                raise HubAway("the connection to the model hub broke") from error
            if not block:
                break
            out.write(block[: file.bytes - done])
            done = min(done + len(block), file.bytes)
            progress(done, file.bytes, "from the model hub")
    if done < file.bytes:
        raise HubAway(f"the model hub closed the connection after {done:,} of {file.bytes:,} bytes")
