"""What the gateway is given: who finds a model, who checks a request, who makes ids, where events go."""

import itertools
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from cothink.core.engine import Model
from cothink.core.events import Emit, ignore
from cothink.core.request import Request
from cothink.core.run import Caller
from cothink.gateway.config import GatewayConfig
from cothink.risk.desk import ReviewDesk
from cothink.store.desk import KeyDesk


class Found(Protocol):
    """A model that was looked up by the name in a request."""

    @property
    def model(self) -> Model:
        """The model that answers."""
        ...

    @property
    def dial(self) -> float | None:
        """The quality dial that the name carried (``cothink-auto:0.7``), 0 to 1."""
        ...

    @property
    def note(self) -> str | None:
        """What the client should know, such as that a successor answers for a retired model."""
        ...

    @property
    def team(self) -> bool:
        """Several calls work on the answer, so words of progress come before it."""
        ...


class Directory(Protocol):
    """The models by name."""

    def find(self, name: str) -> Found:
        """Look a name up.

        Raises:
            UnknownModel: No model has it; the message lists the near ones.
        """
        ...

    def models(self) -> Iterable[Model]:
        """Return every model that a client may name."""
        ...


class KeyRing(Protocol):
    """The keys of the store, as this process knows them."""

    @property
    def generation(self) -> int:
        """Grows whenever a caller that was found may be another one, or none, now."""
        ...

    def find(self, digest: str) -> Caller | None:
        """Return whose key has this SHA-256, in hexadecimal digits."""
        ...

    async def look_up(self, digest: str) -> Caller | None:
        """Do what `find` does, after asking the store for keys that were made a moment ago."""
        ...


Guard = Callable[[Request, Model], None]
"""Raises Unsupported or ContextTooLong when the model cannot do what is asked, before any work."""


def let_pass(request: Request, model: Model) -> None:
    """Check nothing: for models that refuse by themselves."""


def request_ids() -> Callable[[], str]:
    """Return a maker of ids that are unlike those of any other process: a random stem and a count."""
    stem = secrets.token_hex(6)
    count = itertools.count(1)
    return lambda: f"req-{stem}-{next(count):x}"


class Readiness:
    """Whether new work is welcome. The server turns it off when it drains."""

    __slots__ = ("is_draining", "probe")

    def __init__(self, probe: Callable[[], str | None] = lambda: None) -> None:
        self.probe = probe  # in words what is missing; None when nothing is
        self.is_draining = False

    @property
    def missing(self) -> str | None:
        """In words why no new work should come; None when it may."""
        return "The gateway is stopping." if self.is_draining else self.probe()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """All that the endpoints share, joined in one place.

    ``ring`` has the keys of the store, and ``desk`` manages them, where the settings let them in. ``reviews`` has the
    cases of applications, where there is a scorecard. ``metrics`` returns what Prometheus scrapes; without it there is
    no ``/metrics``. ``clock`` counts seconds from anywhere, ``wall`` since 1970. ``last_words_s`` is how long a failing
    stream waits for a slow client to take the error.
    """

    config: GatewayConfig
    directory: Directory
    ring: KeyRing | None = None
    desk: KeyDesk | None = None
    reviews: ReviewDesk | None = None
    guard: Guard = let_pass
    emit: Emit = ignore
    make_id: Callable[[], str]
    readiness: Readiness
    metrics: Callable[[], Awaitable[bytes]] | None = None
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    last_words_s: float = 5.0
