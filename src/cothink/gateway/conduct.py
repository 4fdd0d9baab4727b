"""The life of a run at the HTTP edge, the same for both APIs: read, find, guard, answer, and exactly one outcome.

A direct call holds its 200 back until the first content; a team sends it with its first word of progress.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from typing import Any, Protocol

import msgspec

from cothink.core.answer import Answer, collect
from cothink.core.chunk import Usage
from cothink.core.deadline import Times
from cothink.core.engine import Stream
from cothink.core.errors import BadRequest, CoThinkError, Forbidden, LimitReached, NotReady, Unauthorized
from cothink.core.events import Outcome, RunEnded, RunStarted
from cothink.core.ledger import Limits
from cothink.core.price import NANOS_PER_DOLLAR
from cothink.core.request import Request
from cothink.core.run import Caller, Run
from cothink.gateway.auth import Keys
from cothink.gateway.faults import ClientLeft, Fault, describe, encode_error, retry_headers, status_of
from cothink.gateway.http1.exchange import HANG_UP
from cothink.gateway.intake import check_head, read_body, request_id
from cothink.gateway.parts import Found, Parts
from cothink.gateway.pump import pump
from cothink.gateway.report import report_headers, used
from cothink.gateway.sse import Headers, Outlet, Send, flushing
from cothink.gateway.watch import Patrol, Receive, Watch, has_left
from cothink.gateway.wire import name_ignored

log = logging.getLogger(__name__)

Scope = Any  # an ASGI scope: a dict whose values are typed by their keys

_JSON = (b"content-type", b"application/json")
_EVENTS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),  # nginx passes it on at once
]
_TURNED_AWAY = (BadRequest, Unauthorized, Forbidden, LimitReached, NotReady)


class Writer(Protocol):
    """Writes one answer in the form of one API."""

    @property
    def usage(self) -> Usage | None:
        """The tokens of the answer so far."""
        ...

    def whole(self, answers: list[Answer]) -> bytes:
        """Return the JSON of a call without streaming."""
        ...

    def frame(self, chunk: Any, number: int = 0) -> bytes:
        """Return the frames of a chunk."""
        ...

    def end(self) -> bytes:
        """Return the last frames. Raises UpstreamBroken where an answer has no finish."""
        ...

    def fail(self, error: Exception) -> bytes:
        """Return the frames of an error in mid-stream."""
        ...


class Asked(Protocol):
    """One body, understood."""

    @property
    def model(self) -> str:
        """The name that the client asked for."""
        ...

    @property
    def is_stream(self) -> bool:
        """The client reads word by word."""
        ...

    @property
    def n(self) -> int:
        """How many answers."""
        ...

    @property
    def ignored(self) -> tuple[str, ...]:
        """The fields that were dropped."""
        ...

    def request(self, run: Run, dial: float | None) -> Request:
        """Return what the engines read."""
        ...

    def writer(self, run: Run, found: Found, created: int) -> Writer:
        """Return who writes the answer."""
        ...


class Turn:
    """What is known of one request so far."""

    __slots__ = ("id", "is_started", "key", "model", "outlet", "run", "send", "started_at", "status", "writer")

    def __init__(self, id: str, send: Send, started_at: float) -> None:
        self.id = id
        self.send = send
        self.started_at = started_at
        self.key = ""
        self.model = ""
        self.status = 0
        self.is_started = False
        self.run: Run | None = None
        self.writer: Writer | None = None
        self.outlet: Outlet | None = None


class Endpoint:
    """An ASGI callable that answers POST requests of one API.

    Args:
        parts: What the gateway is given.
        keys: Who is let in.
        read: Understands a body, or raises BadRequest.
    """

    def __init__(self, parts: Parts, keys: Keys, read: Callable[[bytes], Asked]) -> None:
        config = parts.config
        self._parts = parts
        self._keys = keys
        self._read = read
        self._whole_times = Times(whole_s=config.whole_s)  # an engine may fetch such an answer in one piece
        self._stream_times = Times(whole_s=config.whole_s, first_s=config.first_s, idle_s=config.idle_s)
        self._patrol = Patrol(self._whole_times, self._stream_times)
        cost_usd = config.run_cost_usd
        self._limits = Limits(
            calls=config.run_calls,
            tokens=config.run_tokens,
            cost_nanousd=None if cost_usd is None else round(cost_usd * NANOS_PER_DOLLAR),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        parts = self._parts
        turn = Turn(request_id(headers, parts.make_id), send, parts.clock())
        outcome: Outcome = "completed"
        failure: Exception | None = None
        try:
            await self._serve(turn, scope, headers, receive)
        except ClientLeft:
            outcome, turn.status = "cut", turn.status or 499  # nginx's number for it, seen in logs only
        except (CoThinkError, Fault) as error:
            failure = error
        except asyncio.CancelledError:  # by the server: its client left, or its time to drain is over
            if has_left(receive):
                outcome, turn.status = "cut", turn.status or 499
            else:
                outcome, failure = "failed", NotReady("The gateway stopped before the answer was whole.")
        except Exception as error:  # the HTTP edge, one of the two places that catch broadly
            log.exception("Request %s failed inside the gateway.", turn.id)
            failure = error
        if failure is not None:
            if outcome == "completed":
                outcome = _outcome(turn, failure)
            await self._fail(turn, failure)
        self._tell(turn, outcome, failure)

    async def _serve(self, turn: Turn, scope: Scope, headers: dict[bytes, bytes], receive: Receive) -> None:
        parts = self._parts
        caller = self._keys.caller(headers.get(b"authorization"))
        turn.key = caller.key
        check_head(headers, parts.config)
        asked = self._read(await read_body(receive, parts.config))
        turn.model = asked.model
        found = parts.directory.find(asked.model)
        run = turn.run = self._new_run(turn, caller, asked.is_stream)
        if found.note:
            run.warn(found.note)
            log.info("Request %s: %s", run.id, found.note)
        if not found.team:
            run.strategy = "direct"
        request = asked.request(run, found.dial)
        parts.guard(request, found.model)
        turn.writer = asked.writer(run, found, int(parts.wall()))
        turn.is_started = True
        parts.emit(RunStarted(run_id=run.id, model=asked.model, key=caller.key))
        streams = _streams(found, request, asked.n)
        with Watch(receive, run.deadline, self._patrol, scope.get(HANG_UP)) as watch:
            if asked.is_stream:
                await self._stream(turn, asked, found, streams, watch)
                return
            answers = [await collect(streams[0])] if len(streams) == 1 else await _collect_all(streams)
        more = report_headers(run, is_over=True)
        if asked.ignored:
            more.append((b"x-cothink-ignored", name_ignored(asked.ignored)))
        await _send_json(turn, 200, turn.writer.whole(answers), more)

    def _new_run(self, turn: Turn, caller: Caller, is_stream: bool) -> Run:
        parts = self._parts
        return Run(
            turn.id,
            caller=caller,
            limits=self._limits,
            times=self._stream_times if is_stream else self._whole_times,
            emit=parts.emit,
            clock=parts.clock,
        )

    async def _stream(self, turn: Turn, asked: Asked, found: Found, streams: list[Stream], watch: Watch) -> None:
        run, writer, config = turn.run, turn.writer, self._parts.config
        assert run is not None  # noqa: S101 - set by our only caller, one call above
        assert writer is not None  # noqa: S101 - as above

        def head() -> Headers:
            turn.status = 200
            headers = [*_EVENTS, (b"x-request-id", turn.id.encode()), *report_headers(run, is_over=False)]
            if asked.ignored:
                headers.append((b"x-cothink-ignored", name_ignored(asked.ignored)))
            return headers

        outlet = turn.outlet = Outlet(
            turn.send,
            head,
            heartbeat_s=config.heartbeat_s,
            open_after_s=config.team_head_s if found.team else None,
        )
        try:
            if found.team or len(streams) > 1:
                await flushing(_copy_pumped(streams, run, writer, outlet), outlet)
            else:
                await flushing(_copy(streams[0], run, writer, outlet), outlet)
            outlet.add(writer.end())
            watch.stop_listening()  # the server says that the client left once the answer is whole
            await outlet.end()
        finally:
            outlet.close()

    async def _fail(self, turn: Turn, error: Exception) -> None:
        turn.status = turn.status or status_of(error)
        outlet = turn.outlet
        if outlet is None or not outlet.has_begun:
            await _send_json(turn, status_of(error), encode_error(error), retry_headers(error, turn.run))
            return
        assert turn.writer is not None  # noqa: S101 - an outlet has its writer
        try:
            async with asyncio.timeout(self._parts.last_words_s):
                outlet.add(turn.writer.fail(error))
                await outlet.end()
        except TimeoutError:
            log.warning("Request %s failed, and its client did not read the error.", turn.id)

    def _tell(self, turn: Turn, outcome: Outcome, failure: Exception | None) -> None:
        run, parts = turn.run, self._parts
        code = None if failure is None else describe(failure).code
        if outcome == "failed":
            log.warning("Request %s failed: %s (%s).", turn.id, code, type(failure).__name__)
        parts.emit(
            RunEnded(
                run_id=turn.id,
                model=turn.model,
                key=turn.key,
                strategy=run.strategy if run else "",
                outcome=outcome,
                status=turn.status,
                usage=used(run, turn.writer.usage if turn.writer else None) if run else Usage(),
                cost_nanousd=run.ledger.cost_nanousd if run else 0,
                seconds=parts.clock() - turn.started_at,
                calls=len(run.ledger.entries) if run else 0,
                verification=run.verification if run else None,
                error=code,
            )
        )


def _streams(found: Found, request: Request, n: int) -> list[Stream]:
    """Return n streams; a seed moves with each, so that n answers differ and can still be repeated."""
    engine = found.model.engine
    if n == 1:
        return [engine.stream(request)]
    return [engine.stream(_resampled(request, sample)) for sample in range(n)]


def _resampled(request: Request, sample: int) -> Request:
    sampling = request.sampling
    if sampling.seed is not None:
        sampling = msgspec.structs.replace(sampling, seed=sampling.seed + sample)
    return msgspec.structs.replace(request, sampling=sampling, sample=sample)


async def _copy(stream: Stream, run: Run, writer: Writer, outlet: Outlet) -> None:
    frame, add, touch = writer.frame, outlet.add, run.deadline.touch
    async with aclosing(stream):
        async for chunk in stream:
            data = frame(chunk)
            if data:
                touch()
                outlet.is_open = True
                add(data)
                if outlet.is_full:
                    await outlet.flush()


async def _copy_pumped(streams: list[Stream], run: Run, writer: Writer, outlet: Outlet) -> None:
    async with aclosing(pump(streams, run)) as numbered:
        async for number, chunk in numbered:
            data = writer.frame(chunk, number)
            if data:
                run.deadline.touch()
                outlet.is_open = True
                outlet.add(data)
                if outlet.is_full:
                    await outlet.flush()


async def _collect_all(streams: list[Stream]) -> list[Answer]:
    """Fold all streams at once; the first failure ends the others."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(collect(stream)) for stream in streams]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


def _outcome(turn: Turn, failure: Exception) -> Outcome:
    """Tell a request that was turned away before any work from one that failed in it."""
    if not turn.is_started:
        is_ours = isinstance(failure, CoThinkError | Fault)
        return "refused" if is_ours else "failed"
    has_work = (turn.run is not None and turn.run.ledger.entries) or (turn.outlet is not None and turn.outlet.has_begun)
    return "refused" if not has_work and isinstance(failure, _TURNED_AWAY) else "failed"


async def _send_json(turn: Turn, status: int, body: bytes, more: Headers) -> None:
    turn.status = status
    headers = [_JSON, (b"content-length", b"%d" % len(body)), (b"x-request-id", turn.id.encode()), *more]
    await turn.send({"type": "http.response.start", "status": status, "headers": headers})
    await turn.send({"type": "http.response.body", "body": body, "more_body": False})
