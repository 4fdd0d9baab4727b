"""The policy chooses who answers each request: R1, the pro, or a team of both."""

from collections.abc import Mapping
from contextlib import aclosing
from typing import get_args

from cothink.core.engine import Engine, Stream
from cothink.core.errors import SettingError
from cothink.core.request import Request
from cothink.routing.config import StrategyName
from cothink.routing.policy import Policy
from cothink.strategies.members import refuse


class Auto:
    """Asks the policy and hands the request on.

    Args:
        policy: Decides, with a reason in words.
        strategies: An engine for every name that the policy may decide for.

    Raises:
        SettingError: A strategy has no engine.
    """

    def __init__(self, policy: Policy, strategies: Mapping[StrategyName, Engine]) -> None:
        missing = [name for name in get_args(StrategyName) if name not in strategies]
        if missing:
            raise SettingError(f"cothink-auto needs an engine for {', '.join(missing)}.", param=missing[0])
        self._policy = policy
        self._strategies = dict(strategies)

    async def stream(self, request: Request) -> Stream:
        """Answer as the policy decides.

        Raises:
            BadRequest: Neither model can answer it, or the client asked for log-probs.
            CoThinkError: What the chosen strategy raises.
        """
        refuse(request)
        decision = self._policy.decide(request)
        run = request.run
        run.decision = decision.reason
        run.trace.note("decision", decision)
        run.progress.note(f"{decision.strategy}: {decision.reason}")
        async with aclosing(self._strategies[decision.strategy].stream(request)) as inner:
            async for chunk in inner:
                yield chunk
