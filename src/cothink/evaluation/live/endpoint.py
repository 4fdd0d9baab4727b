"""An Engine for any OpenAI-style server, for live runs: it books its own calls, with the server's word for the cost.

A CoThink gateway says in its answer which models it asked and what that cost; other servers say tokens only, and the
price must be known.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import msgspec

from cothink.core.chunk import Chunk, Usage
from cothink.core.engine import Stream
from cothink.core.price import NANOS_PER_DOLLAR, Price
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.engines.chat_body import encode_body
from cothink.engines.chat_config import ChatCompletionsConfig
from cothink.engines.chat_errors import from_status
from cothink.engines.chat_stream import ChatStream
from cothink.engines.http import HttpClient, HttpResponse

PATH = "/chat/completions"
ERROR_BYTES = 65_536
TAIL_BYTES = 1_048_576
UNPRICED = "unpriced"
"""The step of a trace that says: what this call cost is not known."""


class Endpoint:
    """One model of one server.

    Args:
        config: Where it is and how it is asked.
        http: The connections, shared by all models of the server.
        price: What its tokens cost; None is not known.
    """

    def __init__(self, config: ChatCompletionsConfig, http: HttpClient, price: Price | None) -> None:
        self._config = config
        self._http = http
        self._price = price

    async def stream(self, request: Request) -> Stream:
        """Answer in pieces, and enter the call in the run's ledger.

        Raises:
            CoThinkError: As `ChatCompletions.stream`.
        """
        config, run = self._config, request.run
        clock = run.deadline.clock
        began = clock()
        usage: Usage | None = None
        tail = b""
        try:
            response = await self._http.request("POST", PATH, encode_body(request, config, config.model, config.rules))
            async with response:
                if response.status != 200:
                    body = await response.read(ERROR_BYTES)
                    raise from_status(response.status, body, response.headers.get("retry-after"))
                answer = ChatStream(config.model, run.warn, think_open=config.think_open)
                async with aclosing(_chunks(response, answer)) as pieces:
                    async for chunk, data in pieces:
                        tail = (tail + data)[-TAIL_BYTES:]
                        if chunk is not None:
                            usage = chunk.usage or usage
                            yield chunk
        finally:
            self._book(run, usage, report_in(tail), clock() - began)

    def _book(self, run: Run, usage: Usage | None, report: Mapping[str, Any] | None, seconds: float) -> None:
        if report is not None and _booked(run, report, seconds):
            return
        if usage is None:
            return  # nothing came, or nobody counted: there is nothing to enter
        entry = run.ledger.open(self._config.model, "hosted")
        if self._price is None:
            run.trace.note(UNPRICED, self._config.model)
        cost = 0 if self._price is None else self._price.cost_nanousd(usage)
        run.ledger.close(entry, usage=usage, cost_nanousd=cost, seconds=seconds, outcome="completed")


async def _chunks(response: HttpResponse, answer: ChatStream) -> AsyncGenerator[tuple[Chunk | None, bytes], None]:
    """Pair each chunk with the bytes that it came in; bytes without a chunk come with None."""
    said = response.headers.raw(b"content-type") or b""
    if b"json" in said:
        body = await response.read()
        yield answer.whole(body), b"data: " + body
        return
    async for piece in response:
        yield None, piece
        for chunk in answer.feed(piece):
            yield chunk, b""
        if answer.is_done:
            break
    for chunk in answer.end():
        yield chunk, b""


def report_in(tail: bytes) -> Mapping[str, Any] | None:
    """Return the field ``cothink`` of the last frame that has it; None where there is none."""
    for line in reversed(tail.split(b"\n")):
        if line.startswith(b"data:") and b'"cothink"' in line:
            try:
                found = msgspec.json.decode(line[5:].strip())
            except msgspec.DecodeError:
                continue
            report = found.get("cothink") if isinstance(found, dict) else None
            if isinstance(report, dict):
                return report
    return None


def _booked(run: Run, report: Mapping[str, Any], seconds: float) -> bool:
    """Enter the calls of a gateway's report; False where it is not one."""
    try:
        read = msgspec.convert(report, _Report, strict=False)
    except msgspec.ValidationError:
        return False
    run.verification = read.verification  # type: ignore[assignment]  # the gateway's own words for it
    run.strategy = read.strategy
    for call in read.calls:
        usage = Usage(call.usage.prompt_tokens, call.usage.completion_tokens) if call.usage else None
        entry = run.ledger.open(call.model, "hosted")
        run.ledger.close(
            entry,
            usage=usage or Usage(),
            cost_nanousd=round(call.cost_usd * NANOS_PER_DOLLAR),
            seconds=call.seconds or seconds,
            outcome="completed",
        )
    return bool(read.calls)


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Call(msgspec.Struct):
    model: str
    cost_usd: float = 0.0
    seconds: float = 0.0
    usage: _Usage | None = None


class _Report(msgspec.Struct):
    calls: list[_Call]
    strategy: str = ""
    verification: str | None = None
