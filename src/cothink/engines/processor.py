"""What the processor must be able to do for the embedded engine: its wheels are built for AVX2."""

from pathlib import Path

from cothink.core.errors import SettingError


def read_cpuinfo(path: Path = Path("/proc/cpuinfo")) -> str | None:
    """Return the kernel's description of the processor, or None where there is none (not Linux)."""
    try:
        return path.read_text()
    except OSError:
        return None


def require_avx2(cpuinfo: str | None) -> None:
    """Refuse an x86 processor without AVX2, which would die with an illegal instruction in the middle of a load.

    Args:
        cpuinfo: The text of ``/proc/cpuinfo``. None, or a text without a ``flags`` line (ARM), is let through.

    Raises:
        SettingError: The flags are known and AVX2 is not among them.
    """
    for line in (cpuinfo or "").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "flags":
            if "avx2" in value.split():
                return
            raise SettingError(
                "this processor has no AVX2, which the embedded engine (llama.cpp) needs; "
                "bind the role to a model server by URL, or run on a processor from 2015 or later"
            )
