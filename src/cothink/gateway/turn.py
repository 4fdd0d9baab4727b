"""What one request is made of: what was asked, who writes the answer, and how far it got."""

from typing import Any, Protocol

from cothink.core.account import Account
from cothink.core.answer import Answer
from cothink.core.chunk import Chunk, Usage
from cothink.core.engine import Engine, Whole, whole_of
from cothink.core.errors import BadRequest, CoThinkError, Forbidden, LimitReached, NotReady, StoreAway, Unauthorized
from cothink.core.events import Outcome, RunEnded
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.gateway.caching import CacheBody
from cothink.gateway.edge.faults import Fault, Headers, describe
from cothink.gateway.edge.sse import Outlet, Send
from cothink.gateway.edge.watch import OnHangUp, Receive
from cothink.gateway.fields import name_ignored
from cothink.gateway.http1.exchange import Exchange
from cothink.gateway.parts import Found
from cothink.gateway.report import report_headers, used

Scope = Any  # an ASGI scope: a dict whose values are typed by their keys

_TURNED_AWAY = (BadRequest, Unauthorized, Forbidden, LimitReached, NotReady, StoreAway)


class Writer(Protocol):
    """Writes one answer in the form of one API."""

    @property
    def usage(self) -> Usage | None:
        """The tokens of the answer so far."""
        ...

    def whole(self, answers: list[Answer]) -> bytes:
        """Return the JSON of a call without streaming."""
        ...

    def frame(self, chunk: Chunk, number: int = 0) -> bytes:
        """Return the frames of a chunk of the ``number``-th answer; empty where there is nothing to show yet."""
        ...

    def end(self) -> bytes:
        """Return the last frames.

        Raises:
            UpstreamBroken: An answer has no finish, so it may be cut.
        """
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

    @property
    def cache(self) -> CacheBody | None:
        """What the body says to caches."""
        ...

    def request(self, run: Run, dial: float | None) -> Request:
        """Return what the engines read."""
        ...

    def writer(self, run: Run, found: Found, created: int) -> Writer:
        """Return who writes the answer."""
        ...


class Line:
    """The two ends of a request's connection, as ASGI has them, and our own server's side of it where nothing stands
    between."""

    __slots__ = ("exchange", "on_hang_up", "receive", "send")

    def __init__(
        self, receive: Receive, send: Send, on_hang_up: OnHangUp | None = None, exchange: Exchange | None = None
    ) -> None:
        self.receive = receive
        self.send = send
        self.on_hang_up = on_hang_up
        self.exchange = exchange


class Plan:
    """What a name of a model comes to, found out once."""

    __slots__ = ("found", "strategy", "whole")

    def __init__(self, found: Found) -> None:
        self.found = found
        self.whole: Whole | None = whole_of(found.model.engine)
        self.strategy = "" if found.team else "direct"


class Work:
    """A request that was understood and is being answered."""

    __slots__ = ("asked", "engine", "found", "is_team", "outlet", "request", "run", "whole", "writer")

    def __init__(self, asked: Asked, run: Run, writer: Writer, request: Request, plan: Plan) -> None:
        found = plan.found
        self.asked = asked
        self.run = run
        self.writer = writer
        self.request = request
        self.found = found
        self.engine: Engine = found.model.engine
        self.whole = plan.whole
        self.is_team = found.team
        self.outlet: Outlet | None = None

    @property
    def has_begun(self) -> bool:
        """The head of a stream is out: from here a failure is an event."""
        return self.outlet is not None and self.outlet.has_begun

    def headers(self, *, is_over: bool) -> Headers:
        """Return what is known of the run, and what was dropped, as headers."""
        headers = report_headers(self.run, is_over=is_over)
        if self.asked.ignored:
            headers.append((b"x-cothink-ignored", name_ignored(self.asked.ignored)))
        return headers


class Turn:
    """One request, from its first byte to its outcome."""

    __slots__ = ("account", "id", "is_inside", "key", "line", "model", "started_at", "status", "work")

    def __init__(self, id: str, line: Line, started_at: float) -> None:
        self.id = id
        self.line = line
        self.started_at = started_at
        self.key = ""
        self.model = ""
        self.status = 0
        self.work: Work | None = None
        self.account: Account | None = None
        self.is_inside = False

    def enter(self, account: Account, model: str) -> bool:
        """Count this request at its key's limits, until the account's `leave`. False: ask `enter_slowly`.

        Raises:
            Forbidden: The key may not use this model.
        """
        self.account = account
        if not account.may_use(self.model, model):
            raise Forbidden(
                f"The key {self.key} may not use the model {self.model}.", param="model", code="model_not_found"
            )
        self.is_inside = account.enter(self.started_at)
        return self.is_inside

    async def enter_slowly(self, account: Account) -> None:
        """Do what `enter` does, by asking the store.

        Raises:
            RateReached: Too many requests, in this minute or at once.
        """
        await account.enter_slowly()
        self.is_inside = True

    def limits(self) -> Headers:
        """Return what is left of the key's limits, as headers."""
        return [] if self.account is None else self.account.headers()

    def outcome_of(self, failure: Exception) -> Outcome:
        """Tell a request that was turned away before any work from one that failed in it."""
        work = self.work
        if work is None:
            return "refused" if isinstance(failure, CoThinkError | Fault) else "failed"
        is_untouched = not work.has_begun and all(entry.outcome == "refused" for entry in work.run.ledger.entries)
        return "refused" if is_untouched and isinstance(failure, _TURNED_AWAY) else "failed"

    def ended(self, outcome: Outcome, failure: Exception | None, now: float) -> RunEnded:
        """Return the event of its end."""
        error = None if failure is None else describe(failure).code
        seconds, work = now - self.started_at, self.work
        if work is None:
            return RunEnded(
                run_id=self.id,
                model=self.model,
                key=self.key,
                strategy="",
                outcome=outcome,
                status=self.status,
                usage=Usage(),
                cost_nanousd=0,
                seconds=seconds,
                calls=0,
                error=error,
            )
        run = work.run
        ledger = run.ledger
        entries = ledger.entries
        return RunEnded(
            run_id=self.id,
            model=self.model,
            key=self.key,
            strategy=run.strategy,
            outcome=outcome,
            status=self.status,
            usage=entries[0].usage or Usage() if len(entries) == 1 else used(run, work.writer.usage),
            cost_nanousd=ledger.cost_nanousd,
            seconds=seconds,
            calls=len(entries),
            verification=run.verification,
            error=error,
        )
