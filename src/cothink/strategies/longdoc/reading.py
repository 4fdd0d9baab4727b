"""R1 reads the segments of a document side by side; what is kept of its answers is places, not words."""

import asyncio
from collections.abc import Sequence

import msgspec

from cothink.core.answer import collect
from cothink.core.engine import Model
from cothink.core.errors import CoThinkError
from cothink.core.request import Request
from cothink.strategies.expert import RAN_OUT, within
from cothink.strategies.longdoc.config import LongdocConfig
from cothink.strategies.longdoc.document import Document
from cothink.strategies.longdoc.passages import Found, Passage, merged, passages_of
from cothink.strategies.longdoc.prompts import read_segment
from cothink.strategies.longdoc.segments import Segment
from cothink.strategies.prompts import Messages

HOPELESS = 3  # so many failures before the first success, and nobody else is asked


class Reading:
    """One document on its way through R1.

    Args:
        r1: The model that reads.
        request: The client's request.
        document: What is read.
        config: See `LongdocConfig`.
    """

    def __init__(self, r1: Model, request: Request, document: Document, config: LongdocConfig) -> None:
        self._r1 = r1
        self._request = request
        self._document = document
        self._config = config
        self._places = asyncio.Semaphore(config.parallel)
        self._passages: list[Passage] = []
        self._failed: list[CoThinkError] = []
        self._total = 0
        self.read = 0
        self.invented = 0

    @property
    def unread(self) -> int:
        """How many segments nobody read."""
        return self._total - self.read

    async def passages(self, cut: Sequence[Segment]) -> tuple[Passage, ...]:
        """Read all segments, as far as money and time reach.

        Raises:
            CoThinkError: Not one could be read: the first error.
        """
        self._total = len(cut)
        affordable = self._affordable(cut)
        async with asyncio.TaskGroup() as group:
            for segment in affordable:
                group.create_task(self._one(segment))
        if not self.read and self._failed:
            raise self._failed[0]
        return merged(self._passages)

    def _affordable(self, cut: Sequence[Segment]) -> Sequence[Segment]:
        """As many segments as the run has calls for, one call left for the answer."""
        ledger = self._request.run.ledger
        if ledger.limits.calls is None:
            return cut
        left = max(1, ledger.limits.calls - len(ledger.entries) - 1)
        if left < len(cut):
            self._request.run.stopped_by = "run_calls_limit"
        return cut[:left]

    async def _one(self, segment: Segment) -> None:
        async with self._places:
            if self._is_over:
                return
            found = await self._found(segment)
            if found is None:
                return
        run = self._request.run
        self.read += 1
        self.invented += found.invented
        self._passages += found.passages
        if found.passages or found.invented:
            place = {"piece": segment.piece, "start": segment.start, "end": segment.end}
            run.trace.note("segment", place | {"quotes": len(found.passages), "dropped": found.invented})
        run.progress.note(f"{self.read} of {self._total} segments read")

    @property
    def _is_over(self) -> bool:
        """Money or time is over, or R1's servers answer nobody."""
        hopeless = not self.read and len(self._failed) >= HOPELESS
        return hopeless or any(isinstance(error, RAN_OUT) for error in self._failed)

    async def _found(self, segment: Segment) -> Found | None:
        """What one segment gives; None where it could not be read. The answer itself is let go at once."""
        run = self._request.run
        text = self._document.pieces[segment.piece].text[segment.start : segment.end]
        sub = r1_request(self._request, read_segment(text, self._document.question), self._r1, self._config)
        try:
            answer = await within(run, collect(self._r1.engine.stream(sub)))
        except CoThinkError as error:
            self._failed.append(error)
            if isinstance(error, RAN_OUT):
                run.stopped_by = run.stopped_by or error.code
            run.trace.note("sub_call_failed", {"code": error.code, "start": segment.start, "end": segment.end})
            return None
        return passages_of(answer.text, self._document, segment, most=self._config.most_quotes)


def r1_request(request: Request, messages: Messages, r1: Model, config: LongdocConfig) -> Request:
    """R1's call about a segment: our form and length, not the client's."""
    sub = request.ask(messages, max_tokens=config.map_answer_tokens)
    if r1.capabilities.sampling:
        sampling = msgspec.structs.replace(sub.sampling, temperature=config.map_temperature)
        sub = msgspec.structs.replace(sub, sampling=sampling)
    return msgspec.structs.replace(sub, stream=False)
