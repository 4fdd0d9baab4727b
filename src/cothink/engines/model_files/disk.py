"""Files on their way: digests, room on the disk, one fetcher at a time."""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cothink.core.errors import ModelFileError
from cothink.engines.model_files.progress import Progress

MIB = 1024 * 1024
SPARE_BYTES = 64 * MIB  # left free beside the file itself


def sha256_of(path: Path, progress: Progress) -> str:
    """Return a file's SHA-256, reading it once."""
    total, done = path.stat().st_size, 0
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(8 * MIB):
            digest.update(block)
            done += len(block)
            progress(done, total, "checking the digest")
    return digest.hexdigest()


def require_digest(path: Path, expected: str, progress: Progress) -> None:
    """Refuse a file whose digest is another.

    Raises:
        ModelFileError: It is not the file; the message says expected and got.
    """
    got = sha256_of(path, progress)
    if got != expected:
        raise ModelFileError(f"{path.name} is not the file it should be: expected sha256 {expected}, got {got}")


def is_checked(path: Path, expected: str | None) -> bool:
    """Say whether this very file was checked before, so that starting does not read a gigabyte each time."""
    try:
        stamp = json.loads(_stamp(path).read_text())
        stat = path.stat()
    except (OSError, ValueError):
        return False
    return bool(stamp == _mark(stat.st_size, stat.st_mtime_ns, expected or stamp.get("sha256", "")))


def mark_checked(path: Path, sha256: str) -> None:
    """Remember that this file has this digest; a later change of size or time undoes it."""
    stat = path.stat()
    _stamp(path).write_text(json.dumps(_mark(stat.st_size, stat.st_mtime_ns, sha256)))


def require_room(folder: Path, needed_bytes: int, what: str) -> None:
    """Refuse to begin what the disk cannot hold.

    Raises:
        ModelFileError: Too little room; the message says how much is needed and there.
    """
    free = shutil.disk_usage(folder).free
    if needed_bytes + SPARE_BYTES > free:
        raise ModelFileError(
            f"{what} needs {(needed_bytes + SPARE_BYTES) / 1e6:,.0f} MB in {folder}, but {free / 1e6:,.0f} MB are free"
        )


def remove_leftovers(path: Path) -> None:
    """Remove what tries from other sources left beside a file that is here now."""
    for leftover in path.parent.glob(f"{path.name}.*.part*"):
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()


@contextmanager
def only_one(path: Path, waiting: Progress, total_bytes: int) -> Iterator[None]:
    """Hold the lock of one file: a second process waits here and then finds the file fetched."""
    with path.with_name(path.name + ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting(0, total_bytes, f"waiting: another process fetches {path.name}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)  # closing is not enough: a process forked meanwhile holds the file open


def _stamp(path: Path) -> Path:
    return path.with_name(path.name + ".checked")


def _mark(size: int, mtime_ns: int, sha256: str) -> dict[str, object]:
    return {"bytes": size, "mtime_ns": mtime_ns, "sha256": sha256}
