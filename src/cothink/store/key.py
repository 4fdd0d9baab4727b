"""Keys and teams as they rest. A secret is never among them: only its SHA-256.

Why not bcrypt: a slow hash guards words that people choose and others guess. A secret of ours has 256 random bits, so
guessing it is hopeless at any speed, and a slow hash would cost each worker a tenth of a second for each new key.
"""

import hashlib
import secrets
from fnmatch import fnmatchcase

import msgspec

SECRET_PREFIX = "ck-"  # noqa: S105  # says whose key it is, to people and to scanners of leaked secrets
SHOWN = 10  # of the secret's 46 characters; 214 bits stay unknown


class Quota(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The most that a key, or all keys of a team together, may use; None is no limit.

    Args:
        requests: Requests in any minute.
        tokens: Tokens in any minute, prompts and answers.
        day_nanousd: Money in one day (UTC).
        month_nanousd: Money in one month (UTC).
        at_once: Requests that run at the same time.
    """

    requests: int | None = None
    tokens: int | None = None
    day_nanousd: int | None = None
    month_nanousd: int | None = None
    at_once: int | None = None

    @property
    def has_budget(self) -> bool:
        """Money is limited."""
        return self.day_nanousd is not None or self.month_nanousd is not None


class Team(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Several keys that share limits. ``models`` are names or patterns; empty allows every model."""

    name: str
    models: tuple[str, ...] = ()
    quota: Quota = Quota()
    created_at: float = 0.0


class KeyRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One key.

    Args:
        id: Never changes, through every rotation.
        name: For people; no two keys have one.
        digest: SHA-256 of the secret, as hexadecimal digits.
        prefix: The first characters of the secret, to tell keys apart.
        old_digest: The secret before the last rotation, good until ``old_until``.
        models: Names or patterns such as ``cothink-*``; empty allows every model.
        most_output_tokens: The longest answer that one call may have.
        priority: How many turns it gets for one of another key's, where calls wait.
        expires_at: Seconds since 1970.
        cache: Answers may come from the exact cache.
        semantic_cache: Answers may come from the semantic cache.
        admin: May manage keys, teams and spend.
    """

    id: str
    name: str
    digest: str
    prefix: str
    old_digest: str = ""
    old_until: float = 0.0
    team: str = ""
    models: tuple[str, ...] = ()
    quota: Quota = Quota()
    most_output_tokens: int | None = None
    priority: int = 1
    expires_at: float | None = None
    cache: bool = True
    semantic_cache: bool = False
    admin: bool = False
    created_at: float = 0.0
    revoked_at: float | None = None

    def is_live(self, now: float) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class Changes(msgspec.Struct, frozen=True):
    """What was changed since a version. A removed team has no keys and no limits."""

    version: int
    keys: tuple[KeyRecord, ...] = ()
    teams: tuple[Team, ...] = ()


def new_secret() -> str:
    """Return a new secret: 256 random bits."""
    return SECRET_PREFIX + secrets.token_urlsafe(32)


def digest_of(secret: bytes) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret).hexdigest()


def allows(patterns: tuple[str, ...], *names: str) -> bool:
    """Say whether one of the names fits one of the patterns; no pattern allows all."""
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns for name in names)
