"""The settings of the HTTP side, each checked in words. Frozen: a reload makes a new value."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cothink.core.errors import SettingError

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayConfig:
    """How the gateway listens, whom it lets in and how long it waits.

    Args:
        host: The address to bind.
        port: The port to bind, 0 to 65535; 0 takes a free one.
        workers: How many processes serve, 0 to 128, sharing the port; 0 is one for each core. Linux only above 1.
        keys: A name for each bearer key, and the key. Empty: nobody needs one, on loopback only.
        stored_keys: Let the keys of the store in, too (`cothink keys`); then everybody needs a key. The first admin key
            is made at the first start and shown once.
        allow_anonymous: Serve without keys even where other machines can connect.
        max_body_bytes: The largest request body, 1 KiB to 1 GiB.
        cors_origins: Web origins that browsers may call from; ``*`` is every one. Empty: no CORS headers.
        trust_proxy_headers: Addresses of proxies whose ``X-Forwarded-*`` headers are believed; ``*`` is every one.
        log_format: Lines for people or JSON lines.
        access_log: Write one line for each run.
        max_n: The most answers to one request, 1 to 128.
        whole_s: The most seconds of a run, over all its calls.
        first_s: The most seconds to the first content of a stream.
        idle_s: The most seconds between two pieces of content of a stream.
        run_calls: The most calls of models in one run.
        run_tokens: The most tokens of one run.
        run_cost_usd: The most dollars of one run.
        heartbeat_s: How long a stream may be silent before a comment keeps it open, at least 0.01.
        team_head_s: When a team has said nothing for so long, its 200 goes out all the same.
        head_s: The most seconds a client takes for the head of a request.
        body_s: The most seconds a client takes for the body of a request.
        keep_alive_s: How long an idle connection is kept.
        notice_s: After SIGTERM, for how long new requests are still taken while ``/readyz`` says no.
        drain_s: After that, how long accepted requests may take to finish.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    stored_keys: bool = False
    allow_anonymous: bool = False
    max_body_bytes: int = 32 * MEBIBYTE
    cors_origins: tuple[str, ...] = ()
    trust_proxy_headers: tuple[str, ...] = ()
    log_format: Literal["text", "json"] = "text"
    access_log: bool = True
    max_n: int = 8
    whole_s: float | None = 1800.0
    first_s: float | None = None
    idle_s: float | None = None
    run_calls: int | None = 64
    run_tokens: int | None = None
    run_cost_usd: float | None = None
    heartbeat_s: float = 10.0
    team_head_s: float = 10.0
    head_s: float = 10.0
    body_s: float = 60.0
    keep_alive_s: float = 75.0
    notice_s: float = 0.0
    drain_s: float = 30.0

    def __post_init__(self) -> None:
        for name, low, high in _RANGES:
            _within(name, getattr(self, name), low, high)
        if self.log_format not in ("text", "json"):
            raise SettingError(f"gateway.log_format is {self.log_format!r}; text or json are allowed.")
        if not self.host:
            raise SettingError("gateway.host is empty; it takes an address such as 127.0.0.1 or 0.0.0.0.")
        for name, key in self.keys.items():
            if not name or len(key) < 8 or not key.isascii() or any(c.isspace() for c in key):
                raise SettingError(f"gateway.keys.{name} must be 8 or more ASCII characters without spaces.")
        if not (self.keys or self.stored_keys or self.allow_anonymous or self.is_loopback):
            raise SettingError(
                f"gateway.host is {self.host}, so other machines can connect, and gateway.keys is empty: add a key, "
                "set gateway.stored_keys = true, bind 127.0.0.1, or set "
                "gateway.allow_anonymous = true if that is meant."
            )

    @property
    def is_loopback(self) -> bool:
        """Only this machine can connect."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False  # a name may resolve to anything


_RANGES: tuple[tuple[str, float, float], ...] = (
    ("port", 0, 65_535),
    ("workers", 0, 128),
    ("max_body_bytes", 1024, 1024 * MEBIBYTE),
    ("max_n", 1, 128),
    ("whole_s", 0.001, 604_800),
    ("first_s", 0.001, 604_800),
    ("idle_s", 0.001, 604_800),
    ("run_calls", 1, 1_000_000),
    ("run_tokens", 1, 1_000_000_000),
    ("run_cost_usd", 0, 1_000_000),
    ("heartbeat_s", 0.01, 3_600),
    ("team_head_s", 0.01, 3_600),
    ("head_s", 0.05, 3_600),
    ("body_s", 0.05, 3_600),
    ("keep_alive_s", 0.05, 86_400),
    ("notice_s", 0, 3_600),
    ("drain_s", 0, 86_400),
)


def _within(name: str, value: float | None, low: float, high: float) -> None:
    if value is None and name in ("whole_s", "first_s", "idle_s", "run_calls", "run_tokens", "run_cost_usd"):
        return
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise SettingError(f"gateway.{name} is {value!r}; a number from {low:g} to {high:g} is allowed.")
