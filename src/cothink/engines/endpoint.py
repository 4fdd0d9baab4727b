"""Where a model's server listens, as a plain value that can cross a process border.

A restarted child gets a new port and a new key, so an engine asks a provider for the endpoint of each call.
"""

from pathlib import Path
from typing import Protocol

import msgspec

from cothink.core.errors import NotReady, SettingError


class Endpoint(msgspec.Struct, frozen=True, tag=True):
    """An OpenAI-style server.

    Args:
        url: Scheme, host and port, without a path: ``http://127.0.0.1:40123``.
        key: The bearer key; a secret, so ``repr`` hides it.
        model: The name to send as ``model``.
    """

    url: str
    key: str
    model: str = "default"

    def __repr__(self) -> str:
        return f"Endpoint(url={self.url!r}, model={self.model!r})"


class EndpointProvider(Protocol):
    """Knows where the server is right now."""

    def endpoint(self) -> Endpoint:
        """Return the endpoint of the next call.

        Raises:
            NotReady: The server is starting, restarting, stopped, or it was given up.
        """
        ...


class EndpointFile:
    """An endpoint shared through a file that only this user can read: the parent publishes, its workers look.

    A worker reads the file again only when it has changed. The file holds a key, so it is written with mode 0600.

    Args:
        path: Where the file lies; its folder must exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int] | None = None
        self._endpoint: Endpoint | None = None
        self._refusal: str | None = None

    def publish(self, endpoint: Endpoint | None) -> None:
        """Say where the server is now; None says that it is away. Readers see the old or the new value, never half."""
        self._write(b"" if endpoint is None else msgspec.json.encode(endpoint))

    def refuse(self, words: str) -> None:
        """Say that the server cannot be started, and why."""
        self._write(msgspec.json.encode(_Refusal(words)))

    def endpoint(self) -> Endpoint:
        """Return what was published last.

        Raises:
            NotReady: Nothing was published yet, or the server is away.
        """
        try:
            stat = self.path.stat()
            if (stat.st_ino, stat.st_mtime_ns) != self._seen:
                self._read()
                self._seen = (stat.st_ino, stat.st_mtime_ns)
        except FileNotFoundError:
            self._endpoint = self._refusal = None
        if self._endpoint is None:
            words = self._refusal or "the embedded model's process is away; try again shortly"
            raise NotReady(words, retry_after_s=1.0)
        return self._endpoint

    def check(self) -> None:
        """Look whether the server can be started at all, after `endpoint` has raised.

        Raises:
            SettingError: It was refused.
        """
        if self._refusal is not None:
            raise SettingError(self._refusal)

    def _read(self) -> None:
        data = self.path.read_bytes()
        self._endpoint = self._refusal = None
        if data:
            found = msgspec.json.decode(data, type=Endpoint | _Refusal)
            if isinstance(found, Endpoint):
                self._endpoint = found
            else:
                self._refusal = found.words

    def _write(self, data: bytes) -> None:
        new = self.path.with_name(self.path.name + ".new")
        new.unlink(missing_ok=True)
        new.touch(mode=0o600)
        new.write_bytes(data)
        new.replace(self.path)


class _Refusal(msgspec.Struct, frozen=True, tag=True):
    words: str
