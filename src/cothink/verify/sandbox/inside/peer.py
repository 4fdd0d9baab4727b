"""One end of the line between two cells: asks the other end to operate on what it keeps, and serves it likewise."""

import builtins
import contextlib
import json
import operator
import socket
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from cothink.verify.sandbox.inside.wire import decode, encode, nearest_builtin, to_bytes

FRAME_BYTES = 64 * 1024 * 1024
MESSAGE_CHARACTERS = 500
OPERATIONS: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(operator, name)
        for name in ("eq", "lt", "le", "gt", "ge", "contains", "getitem", "setitem", "delitem")
    },
    **{name: getattr(operator, name) for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")},
    **{name: getattr(operator, name) for name in ("and_", "or_", "xor", "neg", "index")},
    **{
        name: getattr(builtins, name)
        for name in ("len", "iter", "next", "bool", "str", "repr", "int", "float", "abs", "round")
    },
    **{
        name: getattr(builtins, name)
        for name in ("getattr", "setattr", "isinstance", "issubclass", "reversed", "format")
    },
}


class Gone(Exception):
    """Nothing more will come over the line; the text says why."""

    def __init__(self, why: str = "the program ended its process instead of answering") -> None:
        super().__init__(why)


class Garbled(Gone):
    """The other end wrote something that is no message."""

    def __init__(self) -> None:
        super().__init__("the program wrote something of its own on the line to the tests")


class LeftByExit(Exception):
    """The program called for its own exit instead of answering."""


class Peer:
    """Speaks over one socket; ``may_serve`` decides what the other end may do with what is kept here."""

    def __init__(
        self, line: socket.socket, may_serve: Callable[[str, list[Any]], bool], printed: Callable[[], str]
    ) -> None:
        self._line = line
        self._may_serve = may_serve
        self._printed = printed
        self._kept: list[object] = []
        self._errors: dict[str, type[Exception]] = {}
        self.heard = ""  # what the other end printed, until someone takes it

    # the codec's questions

    def export(self, value: object) -> dict[str, Any]:
        """Keep a value here and name it; a `Remote` goes back as what it stands for."""
        if isinstance(value, Remote):
            return {"yours": object.__getattribute__(value, "_number")}
        self._kept.append(value)
        return {"mine": {"number": len(self._kept) - 1, "type": type(value).__name__}}

    def find(self, number: int) -> object:
        """The value kept here under a number."""
        return self._kept[number]

    def remote(self, named: Mapping[str, Any]) -> object:
        """Stand-in for a value that is kept at the other end."""
        return Remote(self, int(named["number"]), str(named["type"]))

    def decode(self, data: Any) -> Any:
        """A value as it came in a message."""
        return decode(data, self)

    # messages

    def send(self, message: Mapping[str, Any]) -> None:
        """Send one message."""
        try:
            self._line.sendall(to_bytes(message))
        except OSError as error:
            raise Gone from error

    def receive(self) -> dict[str, Any]:
        """Wait for one message."""
        size = int.from_bytes(self._exactly(4), "big")
        if size > FRAME_BYTES:
            raise Garbled
        try:
            message = json.loads(self._exactly(size))
        except (ValueError, RecursionError) as error:
            raise Garbled from error
        if not isinstance(message, dict):
            raise Garbled
        return message

    def _exactly(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            try:
                data = self._line.recv(min(size - len(parts), 1 << 20))
            except OSError as error:
                raise Gone from error
            if not data:
                raise Gone
            parts += data
        return bytes(parts)

    def take_heard(self) -> str:
        """What the other end printed since the last time."""
        text, self.heard = self.heard, ""
        return text

    # asking

    def ask(self, operation: str, *arguments: Any, **named: Any) -> Any:
        """Have the other end operate; its changes to lists, dictionaries and sets it was given arrive here too."""
        message = {"do": operation, "with": [encode(item, self) for item in arguments]}
        self.send({**message, "named": {name: encode(item, self) for name, item in named.items()}})
        while True:
            reply = self.receive()
            if "do" not in reply:
                break
            self.serve(reply)
        self.heard += str(reply.get("printed", ""))
        for at, content in reply.get("changed", {}).items():
            _refill(arguments[int(at)], decode(content, self))
        if "error" in reply:
            self._raise(reply["error"], may_end=operation == "next")
        same = reply.get("same")
        return arguments[same] if isinstance(same, int) else decode(reply["value"], self)

    def _raise(self, error: Mapping[str, Any], *, may_end: bool) -> NoReturn:
        if error["builtin"] in ("StopIteration", "StopAsyncIteration") and not may_end:
            # Passed on, it would end a loop of the tests before its checks, and look like a pass.
            raise RuntimeError(f"the program raised {error['type']}")
        if error["builtin"] in ("SystemExit", "KeyboardInterrupt", "BaseException", "GeneratorExit"):
            raise LeftByExit(f"the program raised {error['type']}")
        raise self.error_class(error["type"], error["builtin"])(*decode(error["arguments"], self))

    def error_class(self, name: str, builtin: str) -> type[Exception]:
        """The class here for an exception of the other end: a built-in one, or one of that name below it."""
        base = getattr(builtins, builtin, Exception)
        if not (isinstance(base, type) and issubclass(base, Exception)):
            base = Exception
        if name == base.__name__:
            return base
        return self._errors.setdefault(name, type(name, (base,), {"__init__": lambda self, *_: None}))

    # serving

    def serve_forever(self) -> None:
        """Serve until the other end is gone."""
        with contextlib.suppress(Gone):
            while True:
                self.serve(self.receive())

    def serve(self, message: Mapping[str, Any]) -> None:
        """Do what was asked and reply with the value, or with the exception."""
        reply: dict[str, Any]
        try:
            reply = self._operate(message)
        except Gone:
            raise
        except BaseException as error:  # noqa: BLE001 - it belongs to the asker and goes there, exits included
            reply = {"error": self._describe(error)}
        self.send({**reply, "printed": self._printed()})

    def _operate(self, message: Mapping[str, Any]) -> dict[str, Any]:
        arguments = [decode(item, self) for item in message["with"]]
        operation = message["do"]
        if not self._may_serve(operation, arguments):
            raise PermissionError(f"{operation} is not served here")
        named = {name: decode(item, self) for name, item in message["named"].items()}
        if operation != "call":
            return {"value": encode(OPERATIONS[operation](*arguments, **named), self)}
        function, *given = arguments
        changeable = {at: item for at, item in enumerate(arguments) if type(item) in (list, dict, set, bytearray)}
        value = function(*given, **named)
        if isinstance(function, type) and isinstance(value, list | dict | set):
            return {"value": self.export(value), "changed": {}}  # the program's own kind of list keeps its methods
        changed = {}
        for at, item in changeable.items():
            now = encode(item, self)
            if now != message["with"][at]:
                changed[str(at)] = now
        same = next((at for at, item in changeable.items() if item is value), None)
        return (
            {"same": same, "changed": changed}
            if same is not None
            else {"value": encode(value, self), "changed": changed}
        )

    def _describe(self, error: BaseException) -> dict[str, Any]:
        arguments = [item[:MESSAGE_CHARACTERS] if isinstance(item, str) else item for item in error.args]
        if not all(isinstance(item, str | int | float) for item in arguments):
            arguments = [_text(error)]
        encoded = [encode(item, self) for item in arguments]
        return {"type": type(error).__name__, "builtin": nearest_builtin(type(error)), "arguments": encoded}


def _text(error: BaseException) -> str:
    try:
        return str(error)[:MESSAGE_CHARACTERS]
    except Exception:  # noqa: BLE001 - a program's own __str__ may fail, and the error must still be told
        return "(its text cannot be made)"


def _refill(target: Any, content: Any) -> None:
    """Give a list, dictionary or set the content that the other end left in its copy."""
    if isinstance(target, list | bytearray):
        target[:] = content
    elif isinstance(target, dict | set):
        target.clear()
        target.update(content)


class Remote:
    """Stands for an object of the program. It equals no plain value, whatever its own class says."""

    def __init__(self, peer: Peer, number: int, name: str) -> None:
        object.__setattr__(self, "_peer", peer)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_name", name)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call it in the other cell."""
        return _ask(self, "call", self, *arguments, **named)

    def __getattr__(self, name: str) -> Any:
        return _ask(self, "getattr", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        _ask(self, "setattr", self, name, value)

    def __eq__(self, other: object) -> bool:
        # Only the program's own objects are compared by its own rule; a forged == never meets an expected value.
        return isinstance(other, Remote) and bool(_ask(self, "eq", self, other))

    def __hash__(self) -> int:
        return hash(object.__getattribute__(self, "_number"))

    def __repr__(self) -> str:
        return f"<{object.__getattribute__(self, '_name')} object of the program>"

    def __instancecheck__(self, value: object) -> bool:
        return isinstance(value, Remote) and bool(_ask(self, "isinstance", value, self))


def _ask(remote: Remote, operation: str, *arguments: Any, **named: Any) -> Any:
    return object.__getattribute__(remote, "_peer").ask(operation, *arguments, **named)


def _order(operation: str) -> Callable[[Remote, object], bool]:
    def compare(self: Remote, other: object) -> bool:
        if not isinstance(other, Remote):
            raise TypeError(f"the program returned {self!r} where plain data is compared")
        return bool(_ask(self, operation, self, other))

    return compare


def _forward(operation: str) -> Callable[..., Any]:
    return lambda self, *arguments: _ask(self, operation, self, *arguments)


for _name in ("lt", "le", "gt", "ge"):
    setattr(Remote, f"__{_name}__", _order(_name))
for _name in (
    "len",
    "iter",
    "next",
    "bool",
    "str",
    "int",
    "float",
    "abs",
    "round",
    "contains",
    "getitem",
    "setitem",
    "delitem",
):
    setattr(Remote, f"__{_name}__", _forward(_name))
for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "neg", "index", "reversed", "format"):
    setattr(Remote, f"__{_name}__", _forward(_name))
