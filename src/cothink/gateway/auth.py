"""Who asks: bearer keys, found by their hashes.

A header that was let in once is known by its very bytes, so that its key is hashed once only. That look-up is by
SipHash under a secret of this process, which tells a guesser nothing.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

from cothink.core.errors import Unauthorized
from cothink.core.run import Caller
from cothink.gateway.parts import KeyRing

_ANONYMOUS: Final = Caller()
_MOST_KNOWN: Final = 10_000  # headers that are remembered; a key may be written in several ways


class Keys:
    """The bearer keys that are let in.

    Args:
        keys: A name for each key of the settings, and the key.
        ring: The keys of the store. With none of both, everybody is let in as ``anonymous``.
    """

    def __init__(self, keys: Mapping[str, str], ring: KeyRing | None = None) -> None:
        # The digest finds the entry, so a look-up tells nothing of a key; the comparison is constant in time beside.
        self._callers = {_digest(key.encode()): Caller(key=name, tenant=name) for name, key in keys.items()}
        self._ring = ring
        self._is_open = not self._callers and ring is None
        self._known: dict[bytes, Caller] = {}
        self._generation = 0

    def known(self, authorization: bytes | None) -> Caller | None:
        """Return who sent a header that was let in before; None where `caller` is to be asked."""
        ring = self._ring
        if ring is not None and ring.generation != self._generation:
            self._known.clear()
            self._generation = ring.generation
        return self._known.get(authorization) if authorization is not None else None

    async def caller(self, authorization: bytes | None) -> Caller:
        """Return who sent an ``Authorization`` header.

        Raises:
            Unauthorized: No bearer key was sent where one is needed, or it is not one of ours.
        """
        if self._is_open:
            return _ANONYMOUS
        if (known := self.known(authorization)) is not None:
            return known
        if authorization is None:
            raise Unauthorized(
                "No API key was sent: put it in the header `Authorization: Bearer KEY`.", code="missing_api_key"
            )
        if authorization[:7].lower() != b"bearer ":
            raise Unauthorized("The Authorization header must be `Bearer KEY`.")
        found = await self._find(_digest(authorization[7:].strip()))
        if found is None:
            raise Unauthorized("The API key is not one of this gateway's.")
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[authorization] = found
        return found

    async def _find(self, digest: str) -> Caller | None:
        for known, caller in self._callers.items():
            if hmac.compare_digest(known, digest):
                return caller
        if self._ring is None:
            return None
        found = self._ring.find(digest) or await self._ring.look_up(digest)
        self.known(None)  # the look-up may have begun a new generation
        return found


def _digest(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()
