"""Nothing leaves for a hosted model as it is: personal data is masked on the way out and put back into the answer.

`guarded` is the one way to build the engine of a hosted server: it stands inside the book, around the server.
"""

import asyncio
from contextlib import aclosing
from typing import Final

import msgspec

from cothink.core.chunk import Chunk, ToolCallDelta
from cothink.core.engine import Engine, Stream, Zone
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

    async def stream(self, request: Request) -> Stream:
        """Answer; the model behind never sees what the policy holds back.

        Raises:
            Unsupported: There is something that may not leave and cannot be masked.
            CoThinkError: What the engine inside raises.
        """
        if sum(len(message.text) for message in request.messages) > LONG:
            leaving, masked = await asyncio.to_thread(self._policy.mask_request, request)
        else:
            leaving, masked = self._policy.mask_request(request)
        counts = masked.counts
        if counts:
            request.run.trace.note("masked", MaskedCounts(counts))
        back = _Back(masked, in_json=request.wants_json) if counts else None
        async with aclosing(self._engine.stream(leaving)) as chunks:
            async for chunk in chunks:
                if back is None:
                    yield chunk
                elif (restored := back.chunk(chunk)) != _NOTHING:
                    yield restored


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
