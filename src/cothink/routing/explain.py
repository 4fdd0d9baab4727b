"""Says who would answer a request and why, without any model bound: for people who set the dial."""

from cothink.core.chunk import Chunk
from cothink.core.engine import Capabilities, Model, Stream
from cothink.core.price import Price
from cothink.core.request import Request
from cothink.routing.config import RoutingConfig
from cothink.routing.difficulty import Scorer
from cothink.routing.kind import kind_of
from cothink.routing.policy import Policy


class _Nobody:
    async def stream(self, request: Request) -> Stream:
        """End at once: nothing is asked."""
        yield Chunk(finish="stop")


def explained(request: Request, scorer: Scorer) -> str:
    """Return the decision on a request in words, one line a reason."""
    able = Capabilities(context_tokens=1_000_000, logprobs=True)
    r1, pro = (Model(name=name, engine=_Nobody(), capabilities=able, price=Price()) for name in ("r1", "pro"))
    policy = Policy(r1, pro, count=lambda _: 0, config=RoutingConfig(), scorer=scorer)
    decision = policy.decide(request)
    kind = kind_of(request)
    return "\n".join(
        [
            f"who answers   {decision.strategy}",
            f"why           {decision.reason}",
            f"kind of task  {kind.name}: {kind.reason}",
            *(f"{name:13} {value:.2f}" for name, value in decision.parts.items()),
        ]
    )
