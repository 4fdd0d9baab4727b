"""The cell of the tests: runs them against the program in the other cell and reports each check on its own line.

The tests see the program's functions as stand-ins. Nothing of the program's code runs here, so it cannot change
``assert``, a built-in, an expected value or a verdict.
"""

import builtins
import importlib
import json
import os
import re
import socket
import sys
import types
from collections.abc import Mapping
from typing import Any

from cothink.verify.sandbox.inside import examples, probes, suites
from cothink.verify.sandbox.inside.peer import Garbled, Gone, Peer

TESTS = "tests"
DETAIL_CHARACTERS = 600


class Report:
    """The line to the outside: which check began, how each ended."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line

    def begin(self, name: str) -> None:
        """A check begins; if nothing follows, the outside knows which one hung."""
        self._write({"begin": name})

    def end(self, name: str, status: str, detail: str) -> None:
        """A check has ended."""
        self._write({"name": name, "status": status, "detail": detail[:DETAIL_CHARACTERS]})

    def tell(self, event: Mapping[str, Any]) -> None:
        """Something that is no check: what came of a call on a made input."""
        self._write(event)

    def close(self, reason: str = "") -> None:
        """All that could be checked was checked; a reason says why the rest was not."""
        self._write({"done": True, "reason": reason[:DETAIL_CHARACTERS]})

    def _write(self, event: Mapping[str, Any]) -> None:
        self._line.sendall(json.dumps(event).encode() + b"\n")


def main(work: Mapping[str, Any]) -> None:
    """Wait for the program, then run its examples and its tests.

    Args:
        work: ``sessions`` (examples: lists of steps), ``tests`` (source text or None), ``entry_point`` (or None), and
            where made inputs are to be tried ``probes`` (the text of a tuple for each).
    """
    line, report_line = (int(number) for number in os.environ["CHANNELS"].split(","))
    report = Report(socket.socket(fileno=report_line))
    peer = Peer(socket.socket(fileno=line), may_serve=_may_serve, printed=str)
    report.begin("load")
    try:
        names = _loaded(peer.receive(), work["entry_point"], peer, report)
    except Gone as gone:
        report.end("load", "fail", str(gone))
        names = None
    except Exception:  # noqa: BLE001 - whatever is wrong with the greeting, the program has written it itself
        report.end("load", "fail", str(Garbled()))
        names = None
    if names is None:
        report.close()
    else:
        _judge(work, names, peer, report)


def _loaded(greeting: Mapping[str, Any], entry_point: str | None, peer: Peer, report: Report) -> dict[str, Any] | None:
    """The program's names as the tests see them; None where it was not loaded, which is then reported."""
    if not greeting["loaded"]:
        missing = greeting["missing"]
        absent = missing is not None and missing.partition(".")[0] not in sys.stdlib_module_names
        words = f"the program needs the package {missing!r}, which is not in the sandbox"
        report.end("load", "not_run" if absent else "fail", words if absent else str(greeting["error"]))
        return None
    # Only the function that is asked for may stand in front of a built-in that the tests use.
    described = greeting["names"].items()
    own = {name: how for name, how in described if name == entry_point or not hasattr(builtins, name)}
    names = {name: _name(name, how, peer) for name, how in own.items()}
    report.end("load", "pass", "the program was loaded")
    return names


def _judge(work: Mapping[str, Any], names: dict[str, Any], peer: Peer, report: Report) -> None:
    entry_point = work["entry_point"]
    if entry_point is not None and entry_point in names:
        names["candidate"] = names[entry_point]
    elif entry_point is not None:
        asked = bool(work["sessions"]) or _mentions(work["tests"], entry_point)
        words = f"the program defines no {entry_point!r}"
        report.end("entry point", *(("fail", words) if asked else ("not_run", f"{words}, and the tests use none")))
        if asked:
            report.close()
            return
        entry_point = None
    try:
        for session in work["sessions"]:
            examples.run(session, dict(names), peer, report)
        if work["tests"] is not None:
            suites.run(work["tests"], _namespace(names), report, entry_point)
        if entry_point is not None and callable(names["candidate"]):
            probes.run(work.get("probes", ()), names["candidate"], report.tell, peer.take_heard)
    except Gone as gone:
        report.close(str(gone))
    else:
        report.close()


def _mentions(tests: str | None, entry_point: str) -> bool:
    """Whether the entry point is what is tested; without tests it is all that can be asked for."""
    return tests is None or re.search(rf"\b(?:candidate|{re.escape(entry_point)})\b", tests) is not None


def _namespace(names: Mapping[str, Any]) -> dict[str, Any]:
    module = types.ModuleType(TESTS)
    sys.modules[TESTS] = module
    module.__dict__.update(names)
    return module.__dict__


def _name(name: str, how: Mapping[str, Any], peer: Peer) -> Any:
    """What the tests see under a name of the program; a module of the standard library is always the real one."""
    module = how.get("module", name)
    if module.partition(".")[0] in sys.stdlib_module_names:
        try:
            return importlib.import_module(module)
        except ImportError:
            return None
    if "exception" in how:
        return peer.error_class(how["exception"], how["builtin"])
    if "module" in how:
        return None
    return peer.decode(how["value"])


def _may_serve(operation: str, arguments: list[Any]) -> bool:
    """Let the program call back what a test gave it, and read plain members of a test's own objects; nothing more."""
    if operation in ("call", "next", "iter", "len", "bool", "contains", "getitem", "str"):
        return True
    if operation != "getattr":
        return operation in ("eq", "lt", "le", "gt", "ge")
    target, name = arguments
    return type(target).__module__ == TESTS and isinstance(name, str) and not name.startswith("_")
