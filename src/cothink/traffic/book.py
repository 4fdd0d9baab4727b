"""Enters every attempt at a model in the run's ledger, holds it to the run's limits and tells listeners how it ended.

Without limits nothing is estimated: this stands on the way of every call.
"""

import time
from collections.abc import Callable
from contextlib import aclosing
from functools import partial

from msgspec.structs import replace

from cothink.core.account import Account, Hold
from cothink.core.answer import Answer
from cothink.core.chunk import Chunk, Finish, Usage
from cothink.core.engine import Engine, Seen, Stream, Whole, Zone, whole_of
from cothink.core.errors import (
    BadRequest,
    CoThinkError,
    Forbidden,
    LimitReached,
    NotReady,
    RateReached,
    StoreAway,
    Unauthorized,
    UpstreamBusy,
    UpstreamRefused,
    UpstreamUnreachable,
)
from cothink.core.events import CallEnded, Outcome
from cothink.core.ledger import Entry
from cothink.core.price import Price
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.traffic.config import BookConfig
from cothink.traffic.reserve import Count, most_prompt_tokens, reserve

# Turned away before any work, so no vendor bills it. A time-out or a broken answer may well be billed.
UNBILLED = (
    BadRequest,
    Unauthorized,
    Forbidden,
    LimitReached,
    NotReady,
    StoreAway,
    UpstreamRefused,
    UpstreamBusy,
    UpstreamUnreachable,
)
_REFUSALS = (BadRequest, Unauthorized, Forbidden, LimitReached, StoreAway, UpstreamRefused)
_CHARS_A_TOKEN = 4
_COMPLETED: Outcome = "completed"


class Book:
    """An Engine that books each attempt at the engine inside it.

    Args:
        engine: The engine of one server of one model.
        model: The model's name, as the books show it.
        zone: Where it stands.
        price: What its tokens cost.
        max_output_tokens: The longest answer that it gives; reserved where the client named no length.
        count: Estimates the tokens of a prompt; called only where the run has a limit of tokens or dollars, and for a
            call without a usage.
        config: See `BookConfig`.
        clock: Seconds that only grow.
    """

    def __init__(  # noqa: PLR0913  # keyword arguments, each one fact of the model that is booked
        self,
        engine: Engine,
        *,
        model: str,
        zone: Zone,
        price: Price,
        max_output_tokens: int,
        count: Count,
        config: BookConfig | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._model = model
        self._zone = zone
        self._price = price
        self._is_free = not (price.input_usd or price.output_usd or price.cached_usd or price.long_from_tokens)
        self._most_tokens = max_output_tokens
        self._count = count
        self._config = config or BookConfig()
        self._clock = clock
        inner = whole_of(engine)
        self.whole: Whole | None = None if inner is None else partial(self._answer, inner)

    async def stream(self, request: Request) -> Stream:
        """Answer, booked.

        Raises:
            LimitReached: The run or the key has no more calls, tokens or dollars for this one; nothing was sent.
            StoreAway: The model is hosted, and nobody knows what the key has left; nothing was sent.
            CoThinkError: What the engine inside raises.
        """
        holder = self._holder(request)
        call, request = self._open(request, holder)
        see, deadline, clock = call.see, request.run.deadline, request.run.deadline.clock
        try:
            if holder is not None and call.hold is None:
                await self._hold(call, holder)
            async with aclosing(self._engine.stream(request)) as inner:
                async for chunk in inner:
                    words = chunk.text or chunk.reasoning
                    if words and chunk.finish is None and chunk.usage is None and call.contents:
                        call.contents += 1  # nearly every chunk: what `see` and `touch` do, without a call each
                        call.chars += len(words)
                        deadline.last_content_at = clock()
                    elif see(chunk):
                        deadline.touch()
                    yield chunk
            call.is_over = True
        except BaseException as error:
            call.error = error
            raise
        finally:
            self._settle(call, request)

    async def _answer(self, inner: Whole, request: Request, seen: Seen) -> Answer:
        """Answer in one piece, booked as `stream` books it."""
        account = request.run.caller.account
        holder = account if account is not None and account.must_hold(self._zone) else None  # as `_holder` says
        call, request = self._open(request, holder)

        def told(chunk: Chunk) -> None:
            if call.see(chunk):
                request.run.deadline.touch()
            seen(chunk)

        try:
            if holder is not None and call.hold is None:
                await self._hold(call, holder)
            answer = await inner(request, told)
            call.take(answer)
        except BaseException as error:
            call.error = error
            raise
        finally:
            self._settle(call, request)
        return answer

    def _holder(self, request: Request) -> Account | None:
        """The account that must set money or tokens aside before this call goes out; None where none must."""
        account = request.run.caller.account
        return account if account is not None and account.must_hold(self._zone) else None

    async def _hold(self, call: "_Call", holder: Account) -> None:
        """Set aside what the call may cost at most.

        Raises:
            LimitReached: The key has not that much left.
            StoreAway: Nobody knows what the key has left.
        """
        entry = call.entry
        call.hold = await holder.hold(
            self._model, self._zone, tokens=entry.reserved_tokens, nanousd=entry.reserved_nanousd
        )

    def _open(self, request: Request, holder: Account | None) -> tuple["_Call", Request]:
        run = request.run
        limits = run.ledger.limits
        if limits.tokens is None and limits.cost_nanousd is None and holder is None:
            return _Call(run.ledger.open(self._model, self._zone), self._clock), request
        if limits.tokens is None and limits.cost_nanousd is None and self._zone == "site" and holder is not None:
            drawn = self._draw(request, holder)
            if drawn is not None:
                return drawn
        prompt_tokens = self._count(request)
        most_tokens = self._most_tokens if holder is None else self._most_for(holder, prompt_tokens)
        held = reserve(
            request,
            self._price,
            model=self._model,
            prompt_tokens=prompt_tokens,
            most_tokens=most_tokens,
            floor_tokens=self._config.floor_tokens,
        )
        entry = run.ledger.open(self._model, self._zone, reserve_tokens=held.tokens, reserve_nanousd=held.nanousd)
        call = _Call(entry, self._clock)
        call.clipped_by = held.clipped_by
        if call.clipped_by is None and most_tokens < self._most_tokens:
            asked = request.sampling.max_tokens
            call.clipped_by = "key_answer_limit" if asked is None or asked > most_tokens else None
        return call, held.request

    def _draw(self, request: Request, holder: Account) -> tuple["_Call", Request] | None:
        """Open a call for which this process has all at hand, though it were as large as its bytes; else None."""
        prompt_tokens = most_prompt_tokens(request)
        if prompt_tokens is None:
            return None
        most = self._most_tokens
        if holder.most_output_tokens is not None and holder.most_output_tokens < most:
            most = holder.most_output_tokens
        asked = request.sampling.max_tokens
        is_cut = asked is None or asked > most
        given = most if asked is None or asked > most else asked
        tokens = prompt_tokens + given
        if holder.most_tokens is not None and tokens > holder.most_tokens:
            return None
        nanousd = 0 if self._is_free else self._price.cost_nanousd(Usage(prompt_tokens, given))
        hold = holder.draw(self._model, tokens=tokens, nanousd=nanousd)
        if hold is None:
            return None
        try:
            call = _Call(request.run.ledger.open(self._model, self._zone), self._clock)
        except LimitReached:
            hold.settle(Usage(), 0)
            raise
        call.hold = hold
        if is_cut:
            call.clipped_by = "key_answer_limit" if most < self._most_tokens else None
            request = replace(request, sampling=replace(request.sampling, max_tokens=given))
        return call, request

    def _most_for(self, holder: Account, prompt_tokens: int) -> int:
        """The longest answer of this model that a key may have beside such a prompt."""
        most = min(self._most_tokens, holder.most_output_tokens or self._most_tokens)
        if holder.most_tokens is None:
            return most
        left = holder.most_tokens - prompt_tokens
        if left < min(self._config.floor_tokens, most):
            raise RateReached(
                f"A call to {self._model} needs about {prompt_tokens} tokens of prompt and at least "
                f"{self._config.floor_tokens} of answer; {holder.most_tokens} tokens a minute are allowed."
            )
        return min(most, left)

    def _settle(self, call: "_Call", request: Request) -> None:
        run = request.run
        usage = call.usage
        if call.error is None and call.finish is not None:  # nearly every call
            outcome, code = _COMPLETED, None
        else:
            outcome, code = call.outcome, call.code
        if usage is None:
            usage = self._uncounted(call, request)
        seconds = self._clock() - call.started_at
        cost_nanousd = 0 if usage is None or self._is_free else self._price.cost_nanousd(usage)
        run.ledger.close(call.entry, usage=usage, cost_nanousd=cost_nanousd, seconds=seconds, outcome=outcome)
        if call.hold is not None:
            call.hold.settle(usage, cost_nanousd)
        elif usage is not None and (account := run.caller.account) is not None:
            account.spend(self._model, usage, cost_nanousd)
        if call.clipped_by is not None and call.finish == "length":
            run.stopped_by = run.stopped_by or call.clipped_by
            whose = "its key's" if call.clipped_by == "key_answer_limit" else "this run's"
            run.warn(f"The answer of {self._model} was cut at what {whose} limit affords.")
        run.emit(
            CallEnded(
                run_id=run.id,
                model=self._model,
                zone=self._zone,
                outcome=outcome,
                usage=usage,
                cost_nanousd=call.entry.cost_nanousd,
                seconds=seconds,
                first_chunk_s=call.first_chunk_s,
                error=code,
            )
        )
        call.error = None  # its traceback holds this call: a ring that only the collector would break

    def _uncounted(self, call: "_Call", request: Request) -> Usage | None:
        """What to book for a call whose server sent no usage; None keeps the reservation."""
        if not call.chunks and isinstance(call.error, UNBILLED):
            return Usage()
        if call.entry.reserved_tokens and (call.hold is None or call.hold.is_paid or self._zone == "hosted"):
            return None
        written = max(call.contents, call.chars // _CHARS_A_TOKEN)
        usage = Usage(self._count(request), written)
        _say_estimated(request.run, self._model, usage)
        return usage


def _say_estimated(run: Run, model: str, usage: Usage) -> None:
    run.trace.note(
        "estimated_usage", {"model": model, "prompt": usage.prompt_tokens, "answer": usage.completion_tokens}
    )
    run.warn(f"{model} did not count the tokens of a call; what is booked for it is an estimate.")


class _Call:
    """What was seen of one attempt."""

    __slots__ = (
        "_clock",
        "chars",
        "chunks",
        "clipped_by",
        "contents",
        "entry",
        "error",
        "finish",
        "first_chunk_s",
        "hold",
        "is_over",
        "started_at",
        "usage",
    )

    def __init__(self, entry: Entry, clock: Callable[[], float]) -> None:
        self.entry = entry
        self._clock = clock
        self.started_at = clock()
        self.first_chunk_s: float | None = None
        self.chunks = self.contents = self.chars = 0
        self.usage: Usage | None = None
        self.finish: Finish | None = None
        self.error: BaseException | None = None
        self.is_over = False
        self.clipped_by: str | None = None
        self.hold: Hold | None = None

    def see(self, chunk: Chunk) -> bool:
        """Take a chunk in; say whether it holds something to read."""
        self.chunks += 1
        if chunk.usage is not None:
            self.usage = chunk.usage
        if chunk.finish is not None:
            self.finish = chunk.finish
        if chunk.text:  # nearly every chunk
            self.chars += len(chunk.text)
        elif chunk.has_content:
            self.chars += len(chunk.reasoning)
        else:
            return False
        self.contents += 1
        if self.first_chunk_s is None:
            self.first_chunk_s = self._clock() - self.started_at
        return True

    def take(self, answer: Answer) -> None:
        """Take in a whole answer; where it came in pieces, all but its end was seen."""
        self.usage = answer.usage
        self.finish = answer.finish
        self.is_over = True
        if self.chunks:
            return
        self.chunks = 1
        self.chars = len(answer.text) or len(answer.reasoning)
        if self.chars or answer.tool_calls or answer.refusal:
            self.contents = 1
            self.first_chunk_s = self._clock() - self.started_at

    @property
    def outcome(self) -> Outcome:
        """Completed with a finish; refused or failed with an error; cut where the reader left."""
        if isinstance(self.error, CoThinkError):
            return "refused" if not self.chunks and isinstance(self.error, _REFUSALS) else "failed"
        if isinstance(self.error, Exception):
            return "failed"
        if self.finish is not None:
            return "completed"
        return "failed" if self.is_over else "cut"

    @property
    def code(self) -> str | None:
        """The error's code; a stream without a finish is broken, though it raised nothing."""
        if isinstance(self.error, CoThinkError):
            return self.error.code
        if isinstance(self.error, Exception):
            return CoThinkError.code
        return "upstream_broken" if self.is_over and self.finish is None else None
