"""What the strategies over R1 and the pro are made of and how they end, once."""

from cothink.core.answer import Answer, replay
from cothink.core.engine import Model, Stream
from cothink.core.request import Request
from cothink.strategies.checks import Checks
from cothink.strategies.config import StrategiesConfig
from cothink.strategies.expert import Escalation, expert
from cothink.strategies.finish import finish
from cothink.strategies.members import Members
from cothink.traffic.reserve import Count


class Pair:
    """The parts of a strategy over the two models.

    Args:
        r1: The model that the user hosts.
        pro: The hosted expert.
        checks: The table of checks.
        count: Estimates a prompt's tokens.
        config: See `StrategiesConfig`.
    """

    def __init__(
        self, r1: Model, pro: Model, *, checks: Checks, count: Count, config: StrategiesConfig | None = None
    ) -> None:
        self._config = config or StrategiesConfig()
        self._team = Members(r1, pro, count, self._config)
        self._checks = checks

    def _told(self, decided: Answer | Escalation, request: Request) -> Stream:
        """The words for the client: an answer that is there, or the pro's as they come, reported on at their end."""
        if not isinstance(decided, Escalation):
            return finish(replay(decided), request)

        async def report(request: Request, answer: Answer) -> None:
            await self._checks.report(request, answer)
            if decided.at_end is not None:
                decided.at_end()

        return finish(expert(decided, self._team.pro), request, report)
