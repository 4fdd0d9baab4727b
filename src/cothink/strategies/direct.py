"""One model answers alone."""

from contextlib import aclosing

from cothink.core.engine import Model, Stream
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
