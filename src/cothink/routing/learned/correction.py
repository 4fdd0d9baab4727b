"""What a deployment's own outcomes teach, as small moves of the chances: per tenant and kind, versioned, reversible.

A move is the mean of observed less expected, drawn toward none: after `_HALF` outcomes it is believed half. It never
crosses tenants. The weights stay as they are; a file without its last entries is the version before.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from cothink.core.errors import SettingError

_HALF = 30.0
_MOST = 0.3  # no chance moves further than this


class Outcome(msgspec.Struct, frozen=True):
    """What came of one answer.

    Args:
        tenant: Whose it was.
        kind: The kind of task that the router had named.
        model: ``r1`` or ``pro``.
        expected: The chance that the router gave, 0 to 1.
        observed: 1 right, 0 wrong: a verifier's verdict, a user's feedback, or agreement; between them where unsure.
        weight: How much the source is believed, 0 to 1.
    """

    tenant: str
    kind: str
    model: str
    expected: float
    observed: float
    weight: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what is out of range, by name."""
        if self.model not in {"r1", "pro"}:
            raise SettingError(f"model is {self.model!r}; allowed are r1 and pro", param="model")
        for name in ("expected", "observed", "weight"):
            if not 0 <= getattr(self, name) <= 1:
                raise SettingError(f"{name} is {getattr(self, name)}; allowed is 0 to 1", param=name)


class Batch(msgspec.Struct, frozen=True):
    """The outcomes of one update, summed: (tenant, kind, model, outcomes, observed less expected)."""

    sums: list[tuple[str, str, str, float, float]]


@dataclass(slots=True)
class Corrections:
    """All updates in order; the version is their number."""

    batches: list[Batch] = field(default_factory=list)
    _sums: dict[tuple[str, str, str], tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sum what is there."""
        for batch in self.batches:
            self._add(batch)

    @property
    def version(self) -> int:
        """How many updates there were."""
        return len(self.batches)

    def learn(self, outcomes: Iterable[Outcome]) -> int:
        """Take in outcomes as one update; return the new version."""
        sums: dict[tuple[str, str, str], tuple[float, float]] = {}
        for one in outcomes:
            key = (one.tenant, one.kind, one.model)
            count, moved = sums.get(key, (0.0, 0.0))
            sums[key] = (count + one.weight, moved + one.weight * (one.observed - one.expected))
        batch = Batch([(*key, *value) for key, value in sorted(sums.items())])
        self.batches.append(batch)
        self._add(batch)
        return self.version

    def of(self, tenant: str, kind: str) -> tuple[float, float]:
        """Return how far R1's and the pro's chance move for a tenant's prompts of a kind."""
        return self._move((tenant, kind, "r1")), self._move((tenant, kind, "pro"))

    def back_to(self, version: int) -> "Corrections":
        """Return the corrections as they were at a version.

        Raises:
            SettingError: There was no such version.
        """
        if not 0 <= version <= self.version:
            raise SettingError(f"version is {version}; allowed is 0 to {self.version}", param="version")
        return Corrections(self.batches[:version])

    def _move(self, key: tuple[str, str, str]) -> float:
        count, moved = self._sums.get(key, (0.0, 0.0))
        return max(-_MOST, min(_MOST, moved / (count + _HALF)))

    def _add(self, batch: Batch) -> None:
        for tenant, kind, model, count, moved in batch.sums:
            before = self._sums.get((tenant, kind, model), (0.0, 0.0))
            self._sums[tenant, kind, model] = (before[0] + count, before[1] + moved)


def read(path: Path) -> Corrections:
    """Read corrections; none where there is no file yet.

    Raises:
        SettingError: The file cannot be read.
    """
    if not path.exists():
        return Corrections()
    try:
        return Corrections(msgspec.json.decode(path.read_bytes(), type=list[Batch]))
    except (OSError, msgspec.MsgspecError) as error:
        raise SettingError(f"{path} holds no corrections: {error}", param="corrections") from error


def write(corrections: Corrections, path: Path) -> None:
    """Write corrections so that a reader never sees half a file.

    Raises:
        SettingError: The file cannot be written.
    """
    part = path.with_suffix(".part")
    try:
        part.write_bytes(msgspec.json.format(msgspec.json.encode(corrections.batches), indent=1))
        part.replace(path)
    except OSError as error:
        raise SettingError(f"{path} cannot be written: {error.strerror or error}", param="corrections") from error
