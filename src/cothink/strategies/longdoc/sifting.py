"""Where all quotes are too many for one call, R1 sifts them batch by batch, again and again until they fit.

A batch leaves numbers, not a summary: what reaches the pro is still the source's own words.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence

from cothink.core.answer import collect
from cothink.core.engine import Model, TokenCounter
from cothink.core.errors import CoThinkError
from cothink.core.request import Request
from cothink.strategies.expert import RAN_OUT, within
from cothink.strategies.longdoc.citing import numbered
from cothink.strategies.longdoc.config import LongdocConfig
from cothink.strategies.longdoc.document import Document
from cothink.strategies.longdoc.passages import Passage
from cothink.strategies.longdoc.prompts import sift
from cothink.strategies.longdoc.reading import r1_request

ROUNDS = 6
LINE_TOKENS = 16  # number and place of a quote


class Sifting:
    """Brings passages down to a number of tokens.

    Args:
        r1: The model that sifts.
        request: The client's request.
        document: The source.
        counter: Counts tokens.
        config: See `LongdocConfig`.
        batch_tokens: The most tokens of quotes in one call to R1.
    """

    def __init__(
        self,
        r1: Model,
        request: Request,
        document: Document,
        counter: TokenCounter,
        config: LongdocConfig,
        batch_tokens: int,
    ) -> None:
        self._r1 = r1
        self._request = request
        self._document = document
        self._counter = counter
        self._config = config
        self._batch_tokens = batch_tokens
        self._places = asyncio.Semaphore(config.parallel)

    async def fit(self, passages: Sequence[Passage], most_tokens: int) -> tuple[Passage, ...]:
        """Return the passages that matter, in order, in at most so many tokens."""
        kept = tuple(passages)
        run = self._request.run
        for number in range(1, ROUNDS + 1):
            if self._tokens(kept) <= most_tokens or run.stopped_by is not None:
                break
            batches = list(self._batches(kept))
            run.progress.note(f"{len(kept)} quotes are too many; R1 sifts them in {len(batches)} batches")
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._sifted(batch)) for batch in batches]
            before, kept = kept, tuple(passage for task in tasks for passage in task.result())
            run.trace.note("sifted", {"round": number, "batches": len(batches), "quotes": len(kept)})
            if len(kept) == len(before):
                break
        return self._trimmed(kept, most_tokens)

    def _tokens(self, passages: Sequence[Passage]) -> int:
        return sum(self._cost(passage) for passage in passages)

    def _cost(self, passage: Passage) -> int:
        return LINE_TOKENS + self._counter.count(passage.text(self._document))

    def _batches(self, passages: Sequence[Passage]) -> Iterator[tuple[Passage, ...]]:
        batch: list[Passage] = []
        tokens = 0
        for passage in passages:
            cost = self._cost(passage)
            if batch and tokens + cost > self._batch_tokens:
                yield tuple(batch)
                batch, tokens = [], 0
            batch.append(passage)
            tokens += cost
        if batch:
            yield tuple(batch)

    async def _sifted(self, batch: tuple[Passage, ...]) -> tuple[Passage, ...]:
        """The passages that R1 names; the whole batch where it names none or fails."""
        run = self._request.run
        messages = sift(numbered(batch, self._document), self._document.question)
        sub = r1_request(self._request, messages, self._r1, self._config)
        async with self._places:
            try:
                answer = await within(run, collect(self._r1.engine.stream(sub)))
            except CoThinkError as error:
                if isinstance(error, RAN_OUT):
                    run.stopped_by = run.stopped_by or error.code
                run.trace.note("sub_call_failed", {"code": error.code})
                return batch
        if answer.text.strip().strip("\"'.").upper() == "NONE":
            return ()
        named = {int(number) for number in re.findall(r"\d{1,4}", answer.text)}
        return tuple(passage for number, passage in enumerate(batch, 1) if number in named) or batch

    def _trimmed(self, passages: tuple[Passage, ...], most_tokens: int) -> tuple[Passage, ...]:
        """What fits, spread over the document; what is left out is told."""
        kept = passages
        while kept and self._tokens(kept) > most_tokens:
            kept = tuple(passage for at, passage in enumerate(kept) if at % 8 != 7) if len(kept) > 8 else kept[:-1]
        if len(kept) < len(passages):
            words = f"{len(passages) - len(kept)} of {len(passages)} quotes did not fit and were left out."
            self._request.run.warn(words)
            self._request.run.trace.note("left_out", {"quotes": len(passages) - len(kept)})
        return kept
