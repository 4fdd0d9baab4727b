"""The mock upstream and the load generator: compiled at first use, run, and what they print made into figures."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

from load.process import Cores, Program, on

HERE = Path(__file__).parent
MS = 1e6
FILES_OF_A_MOCK = 5  # the three streams, epoll, the clock
SYSTEM = (
    "You are a careful assistant. Answer in the language of the question, state what you are unsure of, and keep the "
    "answer short unless the user asks for detail."
)
ASKED = (
    "What is the capital of France? Explain in one or two sentences how long it has been the capital, and on which "
    "river it lies. Do not add anything else."
)


@dataclass(frozen=True)
class Ask:
    """One kind of request, and how the mock answers it.

    Args:
        delay_ms: The mock waits so long.
        stream: Whether a stream is asked for.
        chunks: Chunks of a stream.
        gap_ms: Between two of them; 0 is as fast as they go.
    """

    delay_ms: int = 0
    stream: bool = False
    chunks: int = 100
    gap_ms: int = 0

    def body(self, model: str) -> bytes:
        """Return the request's body. Each request has a number in the place of the eight zeros."""
        how = f"mock:delay={self.delay_ms},chunks={self.chunks},gap={self.gap_ms}"
        messages = [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": f"#00000000 {how} {ASKED}"},
        ]
        body: dict[str, Any] = {"model": model, "messages": messages, "temperature": 0.6, "max_tokens": 256}
        if self.stream:
            body["stream"] = True
        return json.dumps(body, separators=(",", ":")).encode()


class Spread:
    """A distribution, as value and count in ascending order."""

    def __init__(self, pairs: Sequence[Sequence[int]]) -> None:
        self.pairs = pairs
        self.sums = list(accumulate(count for _, count in pairs))

    def at(self, share: float) -> float:
        """Return the value in ms below which a share of all lies; not a number where there are none."""
        if not self.pairs:
            return float("nan")
        wanted = share * self.sums[-1]
        return next(value for (value, _), below in zip(self.pairs, self.sums, strict=True) if below >= wanted) / MS

    def count_below(self, most_ms: float) -> int:
        """Return how many values are no larger than so many ms."""
        return sum(count for value, count in self.pairs if value <= most_ms * MS)


@dataclass(frozen=True)
class Seen:
    """What one run of load saw. ``wrong`` sums every way to fail."""

    seconds: float
    offered: int
    ok: int
    chunks: int
    lost: int
    hung_up: int
    faults: dict[str, Any] = field(default_factory=dict)
    latency: Spread = field(default_factory=lambda: Spread([]))
    first: Spread = field(default_factory=lambda: Spread([]))
    gap: Spread = field(default_factory=lambda: Spread([]))

    @property
    def wrong(self) -> int:
        """Requests that got no whole, right answer, where it was waited for."""
        return sum(value for name, value in self.faults.items() if name not in ("statuses", "unanswered"))


def compile_tools(folder: Path) -> None:
    """Compile both programs into a folder.

    Raises:
        SystemExit: There is no C compiler, or it refuses.
    """
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        sys.exit("The load generator needs a C compiler (cc, gcc or clang); on Debian: apt-get install gcc libc6-dev")
    for name in ("mock", "load"):
        done = subprocess.run(
            [compiler, "-O2", "-o", str(folder / name), str(HERE / f"{name}.c")],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{compiler} could not compile {HERE / name}.c:\n{done.stderr}")


def start_mocks(folder: Path, ports: Sequence[int], cores: Cores, processes: int = 1) -> list[Program]:
    """Start the upstream, each process on a core of its own where there are as many."""
    command = [str(folder / "mock"), *map(str, ports)]
    mocks = [Program(command, cores[number % len(cores) :][:1]) for number in range(processes)]
    for mock in mocks:
        while mock.is_alive() and mock.files() < FILES_OF_A_MOCK + len(ports):
            time.sleep(0.01)  # it does not listen on all ports yet
        if not mock.is_alive():
            raise RuntimeError(f"The mock upstream ended: {mock.words()}")
    return mocks


class Load:
    """Runs the load generator.

    Args:
        folder: Where the programs are, and where bodies may be written.
        cores: Where it runs, one process a core.
    """

    def __init__(self, folder: Path, cores: Cores) -> None:
        self._folder = folder
        self._cores = cores

    def start(
        self, port: int, ask: Ask, model: str, headers: Sequence[str] = (), **options: float
    ) -> list["subprocess.Popen[bytes]"]:
        """Start load; ``options`` are those of load.c by letter. Connections, rate and requests are shared out."""
        path = self._folder / f"{model}-{ask.delay_ms}-{ask.stream}-{ask.chunks}-{ask.gap_ms}.json"
        path.write_bytes(ask.body(model))
        command = [str(self._folder / "load"), "-p", str(port), "-b", str(path)]
        for header in headers:
            command += ["-H", header]
        if ask.stream:
            command += ["-k", str(ask.chunks)]
        share = len(self._cores)
        options = {name: value / share if name in "rn" else value for name, value in options.items()}
        options["c"] = max(1, options.get("c", 1) // share)
        for name, value in options.items():
            command += [f"-{name}", str(int(value) if name in "cnkx" else value)]
        running = []
        for core in self._cores:
            with on((core,)):
                running.append(subprocess.Popen(command, stdout=subprocess.PIPE))
        return running

    def run(self, port: int, ask: Ask, model: str, headers: Sequence[str] = (), **options: float) -> Seen:
        """Run load to its end and return what it saw."""
        return finish(self.start(port, ask, model, headers, **options))


def finish(running: Sequence["subprocess.Popen[bytes]"]) -> Seen:
    """Wait for load and add up what its processes saw.

    Raises:
        ValueError: One failed.
    """
    outputs = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        raise ValueError("The load generator failed; what it said stands above.")
    parts = [json.loads(output) for output in outputs]
    spreads = {name: Spread(_merged([part.pop(name) for part in parts])) for name in ("latency", "first", "gap")}
    seconds = max(part.pop("seconds") for part in parts)
    statuses = [sum(column) for column in zip(*(part.pop("statuses") for part in parts), strict=True)]
    sums = {name: sum(part[name] for part in parts) for name in parts[0]}
    offered, ok, chunks = sums.pop("offered"), sums.pop("ok"), sums.pop("chunks")
    hung_up = sums.pop("hung_up")
    return Seen(seconds, offered, ok, chunks, sums["lost"], hung_up, {**sums, "statuses": statuses}, **spreads)


def _merged(spreads: Sequence[Sequence[Sequence[int]]]) -> list[tuple[int, int]]:
    found: dict[int, int] = {}
    for spread in spreads:
        for value, count in spread:
            found[value] = found.get(value, 0) + count
    return sorted(found.items())
