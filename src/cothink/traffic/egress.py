"""Nothing leaves for a hosted model as it is: personal data is masked on the way out and put back into the answer.

`guarded` is the one way to build the engine of a hosted server: it stands inside the book, around the server.
"""

import asyncio
from contextlib import aclosing
from functools import partial
from typing import Final

import msgspec

from cothink.core.answer import Answer, as_chunk, fold
from cothink.core.chunk import Chunk, ToolCallDelta
from cothink.core.engine import Engine, Seen, Stream, Whole, Zone, whole_of
from cothink.core.request import Request
from cothink.privacy.egress import EgressPolicy, Masked, MaskedCounts
from cothink.privacy.masking import Restorer

LONG: Final = 4_000  # characters; a longer request is read in a thread, so that others need not wait
_NOTHING: Final = Chunk()


def guarded(engine: Engine, zone: Zone, policy: EgressPolicy | None) -> Engine:
    """Return the engine of a server as it may be asked: a hosted one behind the policy, one of the site as it is."""
    return Egress(engine, policy) if zone == "hosted" and policy is not None else engine


class Egress:
    """An Engine that masks what goes in and restores what comes out.

    Args:
        engine: The engine of one hosted server.
        policy: What may leave.
    """

    def __init__(self, engine: Engine, policy: EgressPolicy) -> None:
        self._engine = engine
        self._policy = policy
        inner = whole_of(engine)
        self.whole: Whole | None = None if inner is None else partial(self._answer, inner)

    async def stream(self, request: Request) -> Stream:
        """Answer; the model behind never sees what the policy holds back.

        Raises:
            Unsupported: There is something that may not leave and cannot be masked.
            CoThinkError: What the engine inside raises.
        """
        leaving, masked = await self._masked(request)
        back = None if masked is None else _Back(masked, in_json=request.wants_json)
        async with aclosing(self._engine.stream(leaving)) as chunks:
            async for chunk in chunks:
                if back is None:
                    yield chunk
                elif (restored := back.chunk(chunk)) != _NOTHING:
                    yield restored

    async def _answer(self, inner: Whole, request: Request, seen: Seen) -> Answer:
        """Answer in one piece, as `stream` does in many."""
        leaving, masked = await self._masked(request)
        if masked is None:
            return await inner(leaving, seen)
        back = _Back(masked, in_json=request.wants_json)

        def told(chunk: Chunk) -> None:
            if (restored := back.chunk(chunk)) != _NOTHING:
                seen(restored)

        answer = await inner(leaving, told)
        return fold(_Back(masked, in_json=request.wants_json).chunk(as_chunk(answer)))

    async def _masked(self, request: Request) -> tuple[Request, Masked | None]:
        """Return what may leave, and what reads its answer, where anything was masked."""
        if sum(len(message.text) for message in request.messages) > LONG:
            leaving, masked = await asyncio.to_thread(self._policy.mask_request, request)
        else:
            leaving, masked = self._policy.mask_request(request)
        counts = masked.counts
        if not counts:
            return leaving, None
        request.run.trace.note("masked", MaskedCounts(counts))
        return leaving, masked


class _Back:
    """Restores one answer, piece by piece: its words, its thought and the arguments of each call."""

    def __init__(self, masked: Masked, *, in_json: bool) -> None:
        self._masked = masked
        self._text = masked.restorer(in_json=in_json)
        self._reasoning = masked.restorer()
        self._refusal = masked.restorer()
        self._calls: dict[int, Restorer] = {}

    def chunk(self, chunk: Chunk) -> Chunk:
        """Return the chunk with values; what may be the beginning of a placeholder waits for its end."""
        text = self._text.add(chunk.text)
        reasoning = self._reasoning.add(chunk.reasoning)
        refusal = self._refusal.add(chunk.refusal)
        calls = tuple([self._call(call) for call in chunk.tool_calls])
        if chunk.finish is not None:
            text += self._text.end()
            reasoning += self._reasoning.end()
            refusal += self._refusal.end()
            calls += tuple(
                [ToolCallDelta(i, arguments=left) for i, call in self._calls.items() if (left := call.end())]
            )
        return msgspec.structs.replace(chunk, text=text, reasoning=reasoning, refusal=refusal, tool_calls=calls)

    def _call(self, call: ToolCallDelta) -> ToolCallDelta:
        restorer = self._calls.setdefault(call.index, self._masked.restorer(in_json=True))
        return msgspec.structs.replace(call, arguments=restorer.add(call.arguments))
