"""Where it is measured: the machine in words, the compiled tools, a mock that runs, and what this build can do."""

import os
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from load.gateways import Field
from load.ours import known
from load.process import Cores, free_ports
from load.tools import Load, compile_tools, start_mocks


def machine() -> str:
    """Return the date and what this runs on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.machine()
    return f"{datetime.now(UTC):%d %B %Y}, {name}, {os.cpu_count()} cores, Python {platform.python_version()}"


@contextmanager
def field(home: Path, gateway_cores: Cores, load_cores: Cores) -> Iterator[tuple[Field, Load]]:
    """Compile the tools, start the mock, and give where gateways are measured."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compile_tools(folder)
        ports = free_ports(2)
        # with many cores the mock has half of them; with one, mock and load share it
        half = len(load_cores) // 2
        mocks = start_mocks(folder, ports, load_cores[:half] or load_cores, max(1, half))
        try:
            yield Field(folder, gateway_cores, ports, home), Load(folder, load_cores[half:])
        finally:
            for mock in mocks:
                mock.stop()


def known_features(folder: Path) -> list[str]:
    """Return the features that this build has; say why others are left out."""
    found = known(folder)
    for name, why in found.items():
        if why:
            print(f"Left out, for this build does not know it: {name}. {why}")
    return [name for name, why in found.items() if not why]
