"""Every buffer and every wait of the server has a number."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """What one client may take.

    Args:
        head_bytes: Request line and headers together; more is answered 431.
        body_bytes: A request's body; more is answered 413, before it is read whole where its length is announced.
        backlog_bytes: What a client has not yet taken; above it the answer waits, and with it the upstream.
        head_s: From the first byte of a request to the end of its head, and from connecting to the first byte.
        body_s: From the head to the end of the body.
        idle_s: Between requests on a kept connection.
    """

    head_bytes: int = 65_536
    body_bytes: int = 20 * 1024 * 1024
    backlog_bytes: int = 262_144
    head_s: float = 10.0
    body_s: float = 60.0
    idle_s: float = 75.0
