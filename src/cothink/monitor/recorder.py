"""Records a share of the requests with their answers, beside the traffic: a bounded queue, one writer, drops counted.

A request that is not drawn costs one comparison of integers; a chunk of it costs nothing, since the model's own stream
is handed on as it is.
"""

import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any

from cothink.core.answer import Answer
from cothink.core.chunk import Chunk
from cothink.core.engine import Engine, Seen, Whole, whole_of
from cothink.core.events import Event, RunEnded
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.monitor.config import RecordsConfig
from cothink.monitor.record import Tape
from cothink.monitor.series import Count

MOST_OPEN = 10_000  # recorded requests that run at once


class Recorder:
    """Draws requests, listens to what becomes of them, and hands them to the writer.

    Args:
        config: The share, and the limits.
        hand_on: Takes a finished tape; False where it has no room.
        dropped: Counts what was drawn and could not be kept.
        chance: Returns 0 to 1.
    """

    def __init__(
        self,
        config: RecordsConfig,
        hand_on: Callable[[Tape], bool],
        dropped: Count,
        *,
        chance: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._config = config
        self._hand_on = hand_on
        self._dropped = dropped
        self._chance = chance
        self._clock = clock
        self._wall = wall
        self.left = self._gap()  # requests until one is drawn
        self._tapes: dict[str, list[Tape]] = {}  # by the run's id: a client may give one id to several
        self._open = 0
        self._allowed = float(config.per_second)
        self._counted_at = clock()

    def around(self, engine: Engine) -> "Recorded":
        """Return an engine of the same answers, of which a share is recorded."""
        return Recorded(engine, self)

    def __call__(self, event: Event) -> None:
        """Hear how a run ended."""
        if isinstance(event, RunEnded):
            self._end(event)

    @property
    def hears(self) -> Mapping[type, Callable[[Any], None]]:
        """What it is told of: only how runs ended. See `core.events.fan_out`."""
        return {RunEnded: self._end}

    def _end(self, event: RunEnded) -> None:
        if self._open:
            tapes = self._tapes.get(event.run_id)
            if tapes:
                tape = next((one for one in tapes if not one.open), tapes[0])
                tapes.remove(tape)
                if not tapes:
                    del self._tapes[event.run_id]
                self._open -= 1
                tape.event = event
                if not self._hand_on(tape):
                    self._dropped.value += 1

    def is_drawn(self) -> bool:
        """Draw: the one thing that is done for every request."""
        self.left -= 1
        if self.left > 0:
            return False
        self.left = self._gap()
        return True

    def tape(self, request: Request) -> Tape | None:
        """Return the tape of a request that was drawn; None where too many are kept already."""
        tapes = self._tapes.get(request.run.id, ())
        for tape in tapes:
            if tape.run is request.run:  # a further answer to the same request
                return tape
        if self._open >= MOST_OPEN or not self._may():
            self._dropped.value += 1
            return None
        tape = Tape(request, self._wall(), self._config.most_chars)
        self._tapes.setdefault(request.run.id, []).append(tape)
        self._open += 1
        return tape

    def taped(self, run: Run) -> bool:
        """Say whether a run is recorded already: then all its answers are."""
        return bool(self._open) and any(tape.run is run for tape in self._tapes.get(run.id, ()))

    def _gap(self) -> int:
        """How many requests to let go until the next: each is drawn by chance, without a number drawn for each."""
        share = self._config.share
        if share >= 1:
            return 1
        if share <= 0:
            return 1 << 62
        gap = 1
        while self._chance() >= share:
            gap += 1
        return gap

    def _may(self) -> bool:
        """Hold the records of a second to their cap."""
        now, most = self._clock(), float(self._config.per_second)
        self._allowed = min(most, self._allowed + (now - self._counted_at) * most)
        self._counted_at = now
        if self._allowed < 1:
            return False
        self._allowed -= 1
        return True


class Recorded:
    """An Engine that hands on another one's stream, and takes down those that were drawn."""

    def __init__(self, inner: Engine, recorder: Recorder) -> None:
        self._inner = inner
        self._recorder = recorder
        self._whole = whole_of(inner)
        self.whole: Whole | None = self._answer if self._whole is not None else None

    def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """Answer as the engine inside does, with its errors."""
        recorder = self._recorder
        if recorder.taped(request.run) if request.sample else recorder.is_drawn():
            tape = self._recorder.tape(request)
            if tape is not None:
                return _taped(self._inner.stream(request), tape, request.sample)
        return self._inner.stream(request)

    def _answer(self, request: Request, seen: Seen) -> Awaitable[Answer]:
        """Answer in one piece, where the engine inside can."""
        assert self._whole is not None  # noqa: S101 - it is offered only then
        recorder = self._recorder
        if recorder.left > 1:  # nearly always: what `is_drawn` does, without a call
            recorder.left -= 1
        elif recorder.is_drawn() and (tape := recorder.tape(request)) is not None:
            return _taped_whole(self._whole(request, seen), tape)
        return self._whole(request, seen)


async def _taped(inner: AsyncGenerator[Chunk, None], tape: Tape, number: int) -> AsyncGenerator[Chunk, None]:
    heard = tape.hear(number)
    tape.open += 1
    try:
        async with aclosing(inner):
            async for chunk in inner:
                if tape.has_room(chunk):
                    heard.append(chunk)
                yield chunk
    finally:
        tape.open -= 1


async def _taped_whole(answer: Awaitable[Answer], tape: Tape) -> Answer:
    tape.hear(0)  # an answer that never comes is one without words
    tape.open += 1
    try:
        said = await answer
    finally:
        tape.open -= 1
    tape.take(said)
    return said
