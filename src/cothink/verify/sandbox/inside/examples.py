"""Runs examples as a reader would: line by line, with what each line shows compared to what it should."""

import ast
import contextlib
import io
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from cothink.verify.sandbox.inside.compare import same, same_text
from cothink.verify.sandbox.inside.peer import Gone, LeftByExit, Peer

SHOWN = 200


class Report(Protocol):
    """Where the outcome of each check goes."""

    def begin(self, name: str) -> None:
        """A check begins."""

    def end(self, name: str, status: str, detail: str) -> None:
        """A check has ended."""


def run(session: Sequence[Mapping[str, Any]], names: dict[str, Any], peer: Peer, report: Report) -> None:
    """Run the steps of one session in one namespace.

    Args:
        session: Steps ``{"source", "want", "check"}``; ``want`` is the text shown below it, or None where nothing is
            compared; ``check`` names the check.
        names: The program's names; the session's own are added.
        peer: The line to the program.
        report: Where outcomes go.
    """
    for step in session:
        want = step["want"]
        if want is not None:
            report.begin(step["check"])
        try:
            status, detail = _step(step["source"], want, names, peer)
        except Gone as gone:
            report.end(step["check"], "fail", f"{step['source']}: {gone}")
            raise
        if want is not None:
            report.end(step["check"], status, detail)
        elif status == "fail":
            report.end(step["check"], status, detail)
            return


def _step(source: str, want: str | None, names: dict[str, Any], peer: Peer) -> tuple[str, str]:
    peer.heard = ""
    printed = io.StringIO()
    value: Any = None
    try:
        with contextlib.redirect_stdout(printed):
            try:
                code = compile(source, "example", "eval")
            except SyntaxError:
                exec(compile(source, "example", "exec"), names)  # noqa: S102 - the asker's example, in a cell of its own
            else:
                value = eval(code, names)  # noqa: S307 - the same
    except Gone:
        raise
    except (Exception, LeftByExit) as error:  # noqa: BLE001 - whatever it raises is the outcome of the example
        return _raised(source, want, error)
    if want is None:
        return "pass", ""
    return _compare(source, want, value, peer.heard + printed.getvalue())


def _raised(source: str, want: str | None, error: Exception) -> tuple[str, str]:
    got = f"{type(error).__name__}: {error}"
    if want is not None and want.startswith("Traceback"):
        expected = want.strip().splitlines()[-1].partition(":")[0].rpartition(".")[2]
        ok = expected == type(error).__name__
        return ("pass" if ok else "fail"), f"{source}: expected {expected}, got {got}"
    expected = "" if want is None else f"expected {shorten(want)}, "
    return "fail", f"{source}: {expected}got {shorten(got)}"


def _compare(source: str, want: str, value: Any, printed: str) -> tuple[str, str]:
    try:
        expected = ast.literal_eval(want.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        matches, text = False, want.strip()
    else:
        matches, text = same(value, expected), repr(expected)
        if want.strip().startswith("(") and not isinstance(expected, tuple):
            matches = matches or same(value, (expected,))  # ("x") in a text often means a tuple of one
    shown = printed + ("" if value is None else repr(value))
    got = repr(value) if value is not None or not printed else printed
    matches = matches or same_text(shown, want)
    return ("pass" if matches else "fail"), f"{source}: expected {shorten(text)}, got {shorten(got)}"


def shorten(text: str) -> str:
    """Cut a long text in the middle of a report."""
    text = text.strip()
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 20]}… ({len(text)} characters)"
