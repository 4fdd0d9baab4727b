"""Engines that say what a test wrote down, and the request and team around them."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing

from cothink.core.answer import Answer, collect
from cothink.core.chunk import Chunk, Usage
from cothink.core.engine import Capabilities, Engine, Model, Stream, Zone
from cothink.core.ledger import Limits
from cothink.core.messages import JsonSchema, Message, ResponseFormat
from cothink.core.price import Price
from cothink.core.request import Request, Sampling
from cothink.core.run import Run
from cothink.traffic.book import Book

Said = str | Answer | Exception | Sequence[Chunk | Exception] | Callable[[Request], "str | Answer"]
USAGE = Usage(100, 20)
FREE = Price()
O1_PRO = Price(input_usd=150, output_usd=600)


class Scripted:
    """Says one thing a call, in order, the last again and again. It keeps each request and counts open streams."""

    def __init__(self, *says: Said) -> None:
        self.says = says
        self.requests: list[Request] = []
        self.open = 0

    @property
    def calls(self) -> int:
        return len(self.requests)

    async def stream(self, request: Request) -> Stream:
        said = self.says[min(self.calls, len(self.says) - 1)]
        self.requests.append(request)
        self.open += 1
        try:
            for step in _steps(said, request):
                if isinstance(step, Exception):
                    raise step
                await asyncio.sleep(0)
                yield step
        finally:
            self.open -= 1


class Silent:
    """Says a first chunk, if given, and then nothing."""

    def __init__(self, first: Chunk | None = None) -> None:
        self.first = first
        self.open = 0
        self.asked = asyncio.Event()

    async def stream(self, request: Request) -> Stream:
        self.open += 1
        self.asked.set()
        try:
            if self.first is not None:
                yield self.first
            await asyncio.Event().wait()
        finally:
            self.open -= 1


def model(
    name: str, engine: Engine, *, zone: Zone = "site", price: Price = FREE, booked: bool = True, **can: object
) -> Model:
    capabilities = Capabilities(zone=zone, **can)  # type: ignore[arg-type]
    if booked:
        engine = Book(
            engine, model=name, zone=zone, price=price, max_output_tokens=capabilities.max_output_tokens, count=count
        )
    return Model(name=name, engine=engine, capabilities=capabilities, price=price)


def count(request: Request) -> int:
    return sum(len(message.text) // 4 + 4 for message in request.messages)


def ask(
    question: str | tuple[Message, ...],
    *,
    limits: Limits = Limits(),
    sampling: Sampling = Sampling(),
    **fields: object,
) -> Request:
    messages = (Message("user", question),) if isinstance(question, str) else question
    return Request(
        model="cothink-cascade",
        messages=messages,
        run=Run("r", limits=limits),
        sampling=sampling,
        **fields,  # type: ignore[arg-type]
    )


def by_schema(schema: dict[str, object]) -> ResponseFormat:
    return ResponseFormat(type="json_schema", json_schema=JsonSchema(name="form", schema=schema))


async def answer_of(engine: Engine, request: Request) -> Answer:
    return await collect(engine.stream(request))


async def first_chunks(engine: Engine, request: Request, wanted: int) -> list[Chunk]:
    """Read some chunks and hang up."""
    got: list[Chunk] = []
    async with aclosing(engine.stream(request)) as stream:
        async for chunk in stream:
            got.append(chunk)
            if len(got) >= wanted:
                break
    return got


def heard(request: Request) -> list[str]:
    """The progress notes of a run, as they come."""
    notes: list[str] = []
    request.run.progress.listener = notes.append
    return notes


def steps_of(request: Request, name: str) -> list[object]:
    return [step.detail for step in request.run.trace.steps if step.name == name]


def _steps(said: Said, request: Request) -> Sequence[Chunk | Exception]:
    if callable(said):
        said = said(request)
    if isinstance(said, Exception):
        return (said,)
    if isinstance(said, Answer):
        return _chunks(said)
    if isinstance(said, str):
        return _chunks(Answer(text=said, finish="stop", usage=USAGE, model="scripted"))
    return said


def _chunks(answer: Answer) -> Sequence[Chunk]:
    from cothink.core.chunk import ToolCallDelta

    half = len(answer.text) // 2
    calls = tuple(
        ToolCallDelta(i, call.id, call.function.name, call.function.arguments)
        for i, call in enumerate(answer.tool_calls)
    )
    return (
        Chunk(reasoning=answer.reasoning, model=answer.model),
        Chunk(text=answer.text[:half], logprobs=answer.logprobs),
        Chunk(text=answer.text[half:], tool_calls=calls, refusal=answer.refusal),
        Chunk(finish=answer.finish, usage=answer.usage),
    )
