"""Who asks: bearer keys, compared by their hashes in constant time."""

import hashlib
import hmac
from collections.abc import Mapping

from cothink.core.errors import Unauthorized
from cothink.core.run import Caller

_ANONYMOUS = Caller()


class Keys:
    """The bearer keys that are let in.

    Args:
        keys: A name for each key, and the key. With none of them, everybody is let in as ``anonymous``.
    """

    def __init__(self, keys: Mapping[str, str]) -> None:
        # The digest finds the entry, so a look-up tells nothing of a key; the comparison is constant in time beside.
        self._callers = {_digest(key.encode()): Caller(key=name, tenant=name) for name, key in keys.items()}

    def caller(self, authorization: bytes | None) -> Caller:
        """Return who sent an ``Authorization`` header.

        Raises:
            Unauthorized: No bearer key was sent where one is needed, or it is not one of ours.
        """
        if not self._callers:
            return _ANONYMOUS
        if authorization is None:
            raise Unauthorized(
                "No API key was sent: put it in the header `Authorization: Bearer KEY`.", code="missing_api_key"
            )
        if authorization[:7].lower() != b"bearer ":
            raise Unauthorized("The Authorization header must be `Bearer KEY`.")
        digest = _digest(authorization[7:].strip())
        for known, caller in self._callers.items():
            if hmac.compare_digest(known, digest):
                return caller
        raise Unauthorized("The API key is not one of this gateway's.")


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()
