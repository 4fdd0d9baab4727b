import io
import logging
import os

import msgspec
import pytest

from cothink.core.chunk import Usage
from cothink.core.events import RunEnded, RunStarted
from cothink.gateway.logs import JsonLines, WholeLines, access_lines, set_up_logs

ENDED = RunEnded(
    run_id="req-1",
    model="r1\n\x1b[31m",
    key="alice",
    strategy="cascade",
    outcome="failed",
    status=502,
    usage=Usage(10, 5),
    cost_nanousd=1_500_000,
    seconds=1.23456789,
    calls=2,
    error="upstream_broken",
)


def test_a_run_is_one_json_line() -> None:
    lines: list[str] = []
    listen = access_lines("json", lines.append, lambda: 1_800_000_000.25)
    listen(RunStarted(run_id="req-1", model="r1", key="alice"))
    listen(ENDED)
    assert len(lines) == 1
    assert lines[0].count("\n") == 1
    line = msgspec.json.decode(lines[0])
    assert line["time"] == "2027-01-15T08:00:00.250000Z"
    assert (line["request_id"], line["outcome"], line["status"], line["seconds"]) == ("req-1", "failed", 502, 1.234568)
    assert (line["prompt_tokens"], line["completion_tokens"], line["cost_usd"]) == (10, 5, 0.0015)
    assert line["error"] == "upstream_broken"


def test_a_run_is_one_text_line_that_a_client_cannot_break() -> None:
    lines: list[str] = []
    access_lines("text", lines.append, lambda: 1_800_000_000.25)(ENDED)
    assert lines == [
        "2027-01-15T08:00:00.250+00:00 req-1 r1\\n\\x1b[31m alice failed 502 1.235s 10+5 tokens $0.001500 "
        "upstream_broken\n"
    ]


@pytest.fixture
def root() -> logging.Logger:
    return logging.getLogger()


def test_the_programs_own_log_is_json_lines_too(root: logging.Logger) -> None:
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    try:
        set_up_logs("json", stream)
        try:
            int("two\nlines")
        except ValueError:
            logging.getLogger("cothink.test").exception("It %s.", "broke")
        set_up_logs("text", stream)
        logging.getLogger("cothink.test").info("plain")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    first, second = stream.getvalue().splitlines()
    line = msgspec.json.decode(first)
    assert (line["level"], line["logger"], line["message"]) == ("error", "cothink.test", "It broke.")
    assert "ValueError: invalid literal" in line["exception"]
    assert second.endswith("INFO cothink.test: plain")


def test_a_record_without_an_exception_has_none() -> None:
    record = logging.LogRecord("a", logging.INFO, "f", 1, "hi", None, None)
    assert "exception" not in msgspec.json.decode(JsonLines().format(record))


def test_lines_of_any_length_leave_in_pieces_that_are_never_parted_and_end_with_a_line() -> None:
    reader, writer = os.pipe2(os.O_DIRECT)  # a read gives one write
    text = "a" * 3_000 + "\n" + "b" * 3_000 + "\n" + "é" * 9_000 + "\n" + "end\n"
    WholeLines(writer).write(text)
    os.close(writer)
    pieces = []
    while piece := os.read(reader, 65_536):
        pieces.append(piece)
    os.close(reader)
    assert all(len(piece) <= 4_096 and piece.endswith(b"\n") for piece in pieces)
    lines = b"".join(pieces).split(b"\n")
    assert [line[:1] for line in lines] == [b"a", b"b", b"\xc3", b"e", b""]


def test_a_json_line_of_a_long_traceback_is_still_json_and_keeps_its_end() -> None:
    error = ValueError("\x00é" * 5_000 + "the end")
    record = logging.LogRecord("a", logging.ERROR, "f", 1, "m" * 9_000, None, (ValueError, error, None))
    line = JsonLines().format(record)
    assert len(line.encode()) < 4_096
    assert msgspec.json.decode(line)["exception"].endswith("the end")
