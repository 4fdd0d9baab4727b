"""One model answers alone."""

from contextlib import aclosing
from functools import partial

from cothink.core.answer import Answer
from cothink.core.engine import Model, Seen, Stream, Whole, whole_of
from cothink.core.request import Request
from cothink.routing.capability import check
from cothink.traffic.reserve import Count


class Direct:
    """Passes a request to one model, once it is known to be able to answer.

    Args:
        model: The model.
        name: The strategy's name in the run's report: ``r1``, ``pro`` or another role.
        count: Estimates a prompt's tokens.
    """

    def __init__(self, model: Model, *, name: str, count: Count) -> None:
        self._model = model
        self._name = name
        self._count = count
        inner = whole_of(model.engine)
        self.whole: Whole | None = None if inner is None else partial(self._answer, inner)

    async def stream(self, request: Request) -> Stream:
        """Answer with the one model.

        Raises:
            Unsupported: The model cannot do what is asked.
            ContextTooLong: The request does not fit.
            CoThinkError: What the model raises.
        """
        check(request, self._model, self._count)
        request.run.strategy = self._name
        async with aclosing(self._model.engine.stream(request)) as inner:
            async for chunk in inner:
                yield chunk

    async def _answer(self, inner: Whole, request: Request, seen: Seen) -> Answer:
        """Answer in one piece, as `stream` does in many."""
        check(request, self._model, self._count)
        request.run.strategy = self._name
        return await inner(request, seen)
