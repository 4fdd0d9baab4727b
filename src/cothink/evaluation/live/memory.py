"""How much memory the embedded engine's processes take, read from Linux's /proc; elsewhere it is not known.

The peak of a process counts the pages of its file of weights that are in memory, as the process shows them.
"""

import re
from pathlib import Path

PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)
CHILD = b"llamacpp_child.py"
WEIGHTS = ".gguf"


def peak_bytes(files: frozenset[str], proc: Path = Path("/proc")) -> int | None:
    """Return the peak memory of the embedded engine's processes of this process, summed.

    Args:
        files: The names of the weights; only processes that have one of them open count.
        proc: Where Linux shows processes.

    Returns:
        None where there is no such process.
    """
    found = [_peak(one) for one in _children(proc) if _weights(one) & files]
    known = [size for size in found if size is not None]
    return sum(known) if known else None


def _children(proc: Path) -> list[Path]:
    """The embedded engines among the processes that this one has started."""
    try:
        lists = [path.read_text() for path in (proc / "self" / "task").glob("*/children")]
    except OSError:
        return []
    places = [proc / pid for text in lists for pid in text.split()]
    return [place for place in places if CHILD in _bytes(place / "cmdline")]


def _weights(process: Path) -> set[str]:
    lines = _bytes(process / "maps").decode(errors="replace").splitlines()
    return {Path(line.rpartition(" ")[2]).name for line in lines if line.endswith(WEIGHTS)}


def _peak(process: Path) -> int | None:
    match = PEAK.search(_bytes(process / "status").decode(errors="replace"))
    return int(match[1]) * 1024 if match else None


def _bytes(path: Path) -> bytes:
    """What a file of /proc says; nothing where the process is gone."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
