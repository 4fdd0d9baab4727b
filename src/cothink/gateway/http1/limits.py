"""Every buffer and every wait of the server has a number."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """What one client may take. Waits are checked once a second, so they may end a second late, never early.

    Args:
        connections: Open at once; one more is answered 503.
        head_bytes: Request line and headers together; more is answered 431. Trailers may take as much again.
        headers: Header fields of one request; more is answered 431.
        body_bytes: A request's body; more is answered 413, before it is read where its length is announced. Also what
            requests may hold together that wait on one connection behind another.
        pipelined: Requests that may wait on one connection behind another; more is answered 400.
        backlog_bytes: What a client has not yet taken; above it the answer waits, and with it the upstream.
        head_s: From connecting, or from a request's first byte, to the end of its head; also for the TLS handshake.
        body_s: From the head to the end of the body.
        idle_s: Between requests on a kept connection.
        stall_s: How long an answer may wait for a client that takes nothing of it.
        linger_s: How long bytes are still taken, and thrown away, from a client that was refused, so that it can
            read why.

    Raises:
        ValueError: A number is not above zero.
    """

    connections: int = 10_000
    head_bytes: int = 65_536
    headers: int = 100
    body_bytes: int = 20 * 1024 * 1024
    pipelined: int = 100
    backlog_bytes: int = 262_144
    head_s: float = 10.0
    body_s: float = 60.0
    idle_s: float = 75.0
    stall_s: float = 30.0
    linger_s: float = 2.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be above zero.")
