"""The life of a run at the HTTP edge, the same for both APIs: read, find, guard, answer, and exactly one outcome.

A direct call holds its 200 back until the first content; a team sends it with its first word of progress.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing

import msgspec

from cothink.core.answer import Answer, collect
from cothink.core.chunk import Chunk
from cothink.core.deadline import Times
from cothink.core.engine import Stream
from cothink.core.errors import CoThinkError, NotReady
from cothink.core.events import Outcome, RunStarted
from cothink.core.ledger import Limits
from cothink.core.price import NANOS_PER_DOLLAR
from cothink.core.request import Request
from cothink.core.run import Caller, Run
from cothink.gateway.auth import Keys
from cothink.gateway.caching import cache_rule
from cothink.gateway.edge.faults import ClientLeft, Fault, Headers, describe, encode_error, retry_headers, status_of
from cothink.gateway.edge.intake import HeadOfRequest, check_head, read_body, take_body
from cothink.gateway.edge.pump import pump
from cothink.gateway.edge.sse import Outlet, Send, flushing
from cothink.gateway.edge.watch import Patrol, Receive, Watch, has_left
from cothink.gateway.http1.exchange import EXCHANGE, HANG_UP, Exchange
from cothink.gateway.parts import Parts
from cothink.gateway.report import report_lines
from cothink.gateway.turn import Asked, Line, Plan, Scope, Turn, Work

log = logging.getLogger(__name__)

_JSON = (b"content-type", b"application/json")
_EVENTS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),  # nginx passes it on at once
]
_AS_LINE = b"%b: %b\r\n".__mod__
_MOST_PLANS = 1000
_LEFT = 499  # nginx's number for a client that left; it stands in logs only


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
        self._plans: dict[str, Plan] = {}
        cost_usd = config.run_cost_usd
        self._limits = Limits(
            calls=config.run_calls,
            tokens=config.run_tokens,
            cost_nanousd=None if cost_usd is None else round(cost_usd * NANOS_PER_DOLLAR),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        exchange: Exchange | None = scope.get(EXCHANGE)  # our own server's; nothing may stand between it and us
        if exchange is not None and (receive != exchange.receive or send != exchange.send):
            exchange = None
        await self._attend(HeadOfRequest.of(scope), Line(receive, send, scope.get(HANG_UP), exchange))

    def short(self, head: HeadOfRequest, exchange: Exchange) -> Awaitable[None]:
        """Answer a request of our own server whose head was looked at before."""
        return self._attend(head, Line(exchange.receive, exchange.send, None, exchange))

    async def _attend(self, head: HeadOfRequest, line: Line) -> None:
        parts = self._parts
        turn = Turn(head.id or parts.make_id(), line, parts.clock())
        outcome: Outcome = "completed"
        failure: Exception | None = None
        try:
            await self._serve(turn, head)
        except ClientLeft:
            outcome, turn.status = "cut", turn.status or _LEFT
        except (CoThinkError, Fault) as error:
            failure, outcome = error, turn.outcome_of(error)
        except asyncio.CancelledError:  # by the server: its client left, or its time to drain is over
            if has_left(line.receive):
                outcome, turn.status = "cut", turn.status or _LEFT
            else:
                failure, outcome = NotReady("The gateway stopped before the answer was whole."), "failed"
        except Exception as error:  # the HTTP edge, one of the two places that catch broadly
            log.exception("Request %s failed inside the gateway.", turn.id)
            failure, outcome = error, "failed"
        try:
            if failure is not None:
                await self._fail(turn, failure)
        finally:
            if outcome == "failed" and failure is not None:
                log.warning("Request %s failed: %s (%s).", turn.id, describe(failure).code, type(failure).__name__)
            if turn.is_inside and turn.account is not None:
                turn.account.leave()
            parts.emit(turn.ended(outcome, failure, parts.clock()))

    async def _serve(self, turn: Turn, head: HeadOfRequest) -> None:
        parts, line = self._parts, turn.line
        exchange, authorization = line.exchange, head.authorization
        caller = self._keys.known(authorization) or await self._keys.caller(authorization)
        turn.key = caller.key
        if head.checked_by is not self:
            check_head(head.headers, parts.config)
            head.checked_by = self
        body = await read_body(line.receive, parts.config) if exchange is None else take_body(exchange, parts.config)
        asked = self._read(body)
        turn.model = asked.model
        work = turn.work = self._begin(turn, asked, caller, head.headers)
        account = caller.account
        if account is not None and not turn.enter(account, work.found.model.name):
            await turn.enter_slowly(account)
        parts.emit(RunStarted(run_id=turn.id, model=asked.model, key=caller.key))
        with Watch(line.receive, work.run.deadline, self._patrol, line.on_hang_up, exchange) as watch:
            if asked.is_stream:
                await self._stream(turn, work, watch)
                return
            whole = work.whole
            if whole is None or asked.n > 1:
                answers = await _answers(work)
            else:
                answers = [await whole(work.request, _nobody_sees)]
        await _send_whole(turn, work, work.writer.whole(answers), exchange)

    def _begin(self, turn: Turn, asked: Asked, caller: Caller, headers: Mapping[bytes, bytes]) -> Work:
        """Find the model, make the run and check the request against both."""
        parts = self._parts
        plan = self._plans.get(asked.model) or self._plan(asked.model)
        found = plan.found
        run = Run(
            turn.id,
            caller=caller,
            limits=self._limits,
            times=self._stream_times if asked.is_stream else self._whole_times,
            emit=parts.emit,
            clock=parts.clock,
            strategy=plan.strategy,
        )
        said = headers.get(b"cache-control")
        if said is not None or asked.cache is not None:
            run.cache_rule = cache_rule(said, asked.cache)
        if found.note:
            run.warn(found.note)
            log.info("Request %s: %s", run.id, found.note)
        request = asked.request(run, found.dial)
        parts.guard(request, found.model)
        return Work(asked, run, asked.writer(run, found, int(parts.wall())), request, plan)

    def _plan(self, name: str) -> Plan:
        """Look a model up once for each name that has one; the directory of an endpoint never changes.

        Raises:
            UnknownModel: No model has it.
        """
        plan = Plan(self._parts.directory.find(name))
        if len(self._plans) >= _MOST_PLANS:  # clients write dials into names
            self._plans.clear()
        self._plans[name] = plan
        return plan

    async def _stream(self, turn: Turn, work: Work, watch: Watch) -> None:
        config = self._parts.config

        def head() -> Headers:
            turn.status = 200
            return [*_EVENTS, (b"x-request-id", turn.id.encode()), *work.headers(is_over=False), *turn.limits()]

        outlet = work.outlet = Outlet(
            turn.line.send,
            head,
            heartbeat_s=config.heartbeat_s,
            open_after_s=config.team_head_s if work.is_team else None,
        )
        is_pumped = work.is_team or work.asked.n > 1
        try:
            await flushing(_copy_pumped(work, outlet) if is_pumped else _copy(work, outlet), outlet)
            outlet.add(work.writer.end())
            watch.stop_listening()  # the server says that the client left once the answer is whole
            await outlet.end()
        finally:
            outlet.close()

    async def _fail(self, turn: Turn, error: Exception) -> None:
        work = turn.work
        if work is None or work.outlet is None or not work.outlet.has_begun:
            run = work.run if work is not None else None
            await _send_json(turn, status_of(error), encode_error(error), [*retry_headers(error, run), *turn.limits()])
            return
        try:
            async with asyncio.timeout(self._parts.last_words_s):
                work.outlet.add(work.writer.fail(error))
                await work.outlet.end()
        except TimeoutError:
            log.warning("Request %s failed, and its client did not read the error.", turn.id)


def _streams(work: Work) -> list[Stream]:
    """Return n streams; a seed moves with each, so that n answers differ and can still be repeated."""
    engine, request, n = work.engine, work.request, work.asked.n
    if n == 1:
        return [engine.stream(request)]
    return [engine.stream(_resampled(request, sample)) for sample in range(n)]


async def _answers(work: Work) -> list[Answer]:
    """Return what a call without streaming asked for, where it does not come in one piece."""
    if work.asked.n > 1:
        return await _collect_all(_streams(work))
    return [await collect(work.engine.stream(work.request))]


def _nobody_sees(chunk: Chunk) -> None:
    """Let a piece go: who waits for the whole answer reads none."""


def _resampled(request: Request, sample: int) -> Request:
    sampling = request.sampling
    if sampling.seed is not None:
        sampling = msgspec.structs.replace(sampling, seed=sampling.seed + sample)
    return msgspec.structs.replace(request, sampling=sampling, sample=sample)


async def _copy(work: Work, outlet: Outlet) -> None:
    """Write one stream. What is per request stands outside the loop."""
    frame, add, deadline, clock = work.writer.frame, outlet.add, work.run.deadline, work.run.deadline.clock
    async with aclosing(work.engine.stream(work.request)) as stream:
        async for chunk in stream:
            data = frame(chunk)
            if data:
                if outlet.is_open:
                    deadline.last_content_at = clock()
                else:
                    deadline.touch()
                    outlet.is_open = True
                if add(data):
                    await outlet.flush()


async def _copy_pumped(work: Work, outlet: Outlet) -> None:
    """Write a team's words of progress and its answer, or n answers."""
    async with aclosing(pump(_streams(work), work.run)) as numbered:
        async for number, chunk in numbered:
            data = work.writer.frame(chunk, number)
            if data:
                work.run.deadline.touch()
                outlet.is_open = True
                if outlet.add(data):
                    await outlet.flush()


async def _collect_all(streams: list[Stream]) -> list[Answer]:
    """Fold all streams at once; the first failure ends the others."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(collect(stream)) for stream in streams]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


async def _send_whole(turn: Turn, work: Work, body: bytes, exchange: Exchange | None) -> None:
    """Send an answer: by the server's short way where it has one and nothing unusual is to be said."""
    run, account = work.run, turn.account
    limits = account.headers() if account is not None else []
    is_usual = run.strategy and not (work.asked.ignored or run.warnings or run.cache_mark)
    if exchange is None or not is_usual:
        await _send_json(turn, 200, body, [*work.headers(is_over=True), *limits])
        return
    turn.status = 200
    lines, count = report_lines(run)
    fields = b"content-type: application/json\r\nx-request-id: %b\r\n%b" % (turn.id.encode(), lines)
    if limits:
        fields += b"".join(map(_AS_LINE, limits))
    await exchange.reply(200, fields, count + len(limits) + 2, body)


async def _send_json(turn: Turn, status: int, body: bytes, more: Headers) -> None:
    turn.status = status
    headers = [_JSON, (b"content-length", b"%d" % len(body)), (b"x-request-id", turn.id.encode()), *more]
    await turn.line.send({"type": "http.response.start", "status": status, "headers": headers})
    await turn.line.send({"type": "http.response.body", "body": body, "more_body": False})
