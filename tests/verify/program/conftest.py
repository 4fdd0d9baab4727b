"""The sandbox of the room above."""

from verify.conftest import _bubblewrap, sandbox

__all__ = ["_bubblewrap", "sandbox"]
