"""What a run came to, and the sentence that tells a person."""

from dataclasses import dataclass
from typing import Literal

from cothink.verify.sandbox.config import MIB, Limits

Status = Literal["exited", "timeout", "cpu", "memory", "output", "work_folder", "killed", "broken"]
UNSANDBOXED = "everything: it ran without a sandbox, because allow_unsandboxed_code_execution is on"


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether programs can run here, and why not or with what gaps."""

    ok: bool
    reason: str
    unlimited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunResult:
    """How one run ended.

    Args:
        status: ``exited`` (by itself, any exit code), ``timeout`` (wall time), ``cpu``, ``memory``, ``output``,
            ``work_folder`` (too much written there), ``killed`` (by a signal) or ``broken`` (the cell itself failed).
        exit_code: The program's exit code; 128 + n where signal n ended it; None where the sandbox ended it.
        stdout: What it wrote, cut at the limit.
        stderr: The same for the error stream.
        wall_s: Seconds from handing over to the end.
        cpu_s: Processor seconds of the cell, its start included.
        peak_memory_bytes: The most memory seen in use by all processes together; None where nothing was seen.
        unlimited: What could not be limited on this machine, in words.
        words: One sentence that tells what happened.
    """

    status: Status
    exit_code: int | None
    stdout: bytes
    stderr: bytes
    wall_s: float
    cpu_s: float
    peak_memory_bytes: int | None
    unlimited: tuple[str, ...]
    words: str

    @property
    def ok(self) -> bool:
        """It ended by itself with exit code 0."""
        return self.status == "exited" and self.exit_code == 0


def classify(exit_code: int, stderr: bytes) -> Status:
    """Read the status from how a program ended by itself: a failed allocation and a CPU signal have marks."""
    last = stderr.rstrip().rpartition(b"\n")[2]
    out_of_memory = last.startswith(b"MemoryError") or b"JavaScript heap out of memory" in stderr
    if exit_code != 0 and out_of_memory:
        return "memory"
    if exit_code == 128 + 24:  # SIGXCPU, from RLIMIT_CPU
        return "cpu"
    return "killed" if exit_code > 128 else "exited"


def describe(status: Status, exit_code: int | None, limits: Limits, notes: tuple[str, ...]) -> str:
    """Say in one sentence what happened; ``notes`` are limits that the program touched on its way."""
    signal_number = (exit_code or 0) - 128
    sentence = {
        "exited": f"The program ended by itself with exit code {exit_code}",
        "timeout": f"The program was stopped after {limits.wall_s:g} s",
        "cpu": f"The program was stopped: it used more than {limits.cpu_s:g} s of processor time",
        "memory": f"The program ran out of memory: the limit is {limits.memory_bytes // MIB} MiB",
        "output": f"The program was stopped: it wrote more than {limits.output_bytes} bytes of output",
        "work_folder": (
            f"The program was stopped: it wrote more than {limits.work_bytes // MIB} MiB"
            f" or {limits.work_files} files into its work folder"
        ),
        "killed": f"The program was ended by signal {signal_number}",
        "broken": "The sandbox cell failed before the program ended; nothing is known of the program",
    }[status]
    return "; ".join((sentence, *notes)) + "."
