"""The cell of the program under test: loads it, then serves calls. It never sees a test or an expected value."""

import io
import os
import socket
import sys
import types
from typing import Any

from cothink.verify.sandbox.inside.peer import Peer
from cothink.verify.sandbox.inside.wire import encode, nearest_builtin

MODULE = "program"
PRINTED_CHARACTERS = 100_000


class Printed(io.TextIOBase):
    """What the program prints, kept until the next reply takes it."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0

    def writable(self) -> bool:
        """It takes text."""
        return True

    def write(self, text: str) -> int:
        """Keep the text, up to a limit."""
        if self._size < PRINTED_CHARACTERS:
            self._parts.append(text)
            self._size += len(text)
        return len(text)

    def take(self) -> str:
        """Everything since the last time."""
        text = "".join(self._parts)[:PRINTED_CHARACTERS]
        self._parts.clear()
        self._size = 0
        return text


def main(source: str) -> None:
    """Load the program, tell its names, serve."""
    printed = Printed()
    sys.stdout = printed
    line = socket.socket(fileno=int(os.environ["CHANNELS"]))
    peer = Peer(line, may_serve=lambda operation, arguments: True, printed=printed.take)
    module = types.ModuleType(MODULE)
    sys.modules[MODULE] = module
    try:
        exec(compile(source, "program.py", "exec"), module.__dict__)  # noqa: S102 - inside the sandbox this is the purpose
    except BaseException as error:  # noqa: BLE001 - it is the program's, and is told to the tests
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        words = f"{type(error).__name__}: {error}"[:500]
        peer.send({"loaded": False, "error": words, "missing": missing, "printed": printed.take()})
        return
    names = {name: _describe(value, peer) for name, value in module.__dict__.items() if not name.startswith("__")}
    peer.send({"loaded": True, "names": names, "printed": printed.take()})
    peer.serve_forever()
    os._exit(0)


def _describe(value: Any, peer: Peer) -> dict[str, Any]:
    """How the tests should see a name of the program."""
    if isinstance(value, types.ModuleType):
        return {"module": value.__name__}
    if isinstance(value, type) and issubclass(value, BaseException):
        return {"exception": value.__name__, "builtin": nearest_builtin(value)}
    try:
        return {"value": encode(value, peer)}
    except Exception:  # noqa: BLE001 - a value that cannot be copied is still there to be called upon
        return {"value": peer.export(value)}
