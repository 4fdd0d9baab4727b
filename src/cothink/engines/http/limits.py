"""Every buffer and every wait of the client has a number, and it stands here."""

from dataclasses import dataclass

from cothink.core.errors import SettingError


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """What one upstream may hold and how long it may take.

    Args:
        connections: The most connections at once, idle ones included.
        waiting: The most requests that wait for a connection; one more is turned away as busy.
        queue_s: The longest wait for a connection.
        connect_s: The longest time to a connection: name, TCP and TLS together.
        head_s: The longest time from the request to the head of its answer. A server that answers in one piece thinks
            before it sends the head, so this is minutes.
        idle_s: The longest silence within a body, in bytes; it is found after at most twice that time. None: no limit,
            where whoever reads keeps a deadline of its own.
        keep_s: How long an unused connection is kept.
        head_bytes: The largest head, interim answers and trailers included.
        body_bytes: The largest body that ``HttpResponse.read`` gathers, unless the call says otherwise.
        backlog_bytes: What a body may be ahead of its reader; beyond it the upstream is not read (one read of up to
            256 KiB may lie on top).

    Raises:
        SettingError: A value is out of range; the message names field, value and range.
    """

    connections: int = 1_000
    waiting: int = 10_000
    queue_s: float = 60.0
    connect_s: float = 10.0
    head_s: float = 600.0
    idle_s: float | None = 300.0
    keep_s: float = 30.0
    head_bytes: int = 65_536
    body_bytes: int = 33_554_432
    backlog_bytes: int = 262_144

    def __post_init__(self) -> None:
        _check("connections", self.connections, 1, 100_000)
        _check("waiting", self.waiting, 0, 1_000_000)
        for name in ("queue_s", "connect_s", "head_s", "idle_s", "keep_s"):
            seconds = getattr(self, name)
            if seconds is not None:
                _check(name, seconds, 0.001, 86_400)
        _check("head_bytes", self.head_bytes, 256, 1_048_576)
        _check("body_bytes", self.body_bytes, 1, 2**31)
        _check("backlog_bytes", self.backlog_bytes, 1, 2**30)

    @property
    def look_s(self) -> float:
        """How often a connection's watchdog looks."""
        return self.head_s if self.idle_s is None else min(self.head_s, self.idle_s)


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:  # NaN fails too
        raise SettingError(f"http.{name} is {value}; allowed is {low:g} to {high:g}.")
