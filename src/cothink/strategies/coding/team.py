"""The virtual model `cothink-code`: R1 writes a skeleton, the pro fills what is slow, both are verified together."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing

from cothink.core.answer import Answer, replay
from cothink.core.engine import Model, Stream
from cothink.core.request import Request
from cothink.core.run import Verification
from cothink.routing.kind import kind_of
from cothink.strategies.coding.checker import Checker
from cothink.strategies.coding.config import CodingConfig
from cothink.strategies.coding.report import STEP, CodingReport
from cothink.strategies.coding.skeleton import without_marks
from cothink.strategies.coding.task import CodingTask, coding_task
from cothink.strategies.coding.work import Work
from cothink.strategies.config import StrategiesConfig
from cothink.strategies.direct import Direct
from cothink.strategies.finish import finish
from cothink.strategies.members import Members, refuse
from cothink.traffic.reserve import Count
from cothink.verify.sandbox.sandbox import Sandbox

WORDS: dict[str, Verification] = {"pass": "verified", "fail": "refuted", "unsure": "unverified"}
Done = Callable[[Request, CodingTask], Awaitable[CodingReport]]


class Coding:
    """Writes code and verifies it.

    Args:
        r1: The model that the user hosts.
        pro: The hosted expert.
        sandbox: Where programs run.
        count: Estimates a prompt's tokens.
        config: See `StrategiesConfig`; its part ``coding`` is this team's.
    """

    def __init__(
        self, r1: Model, pro: Model, *, sandbox: Sandbox, count: Count, config: StrategiesConfig | None = None
    ) -> None:
        own = config or StrategiesConfig()
        self._team = Members(r1, pro, count, own)
        self._config: CodingConfig = own.coding
        self._checker = Checker(sandbox, self._config)
        self._direct = Direct(r1, name="code", count=count)

    async def stream(self, request: Request) -> Stream:
        """Answer with code; a question that asks for none is R1's alone, and the report says so.

        Raises:
            Unsupported: The client asked for log-probs.
            CoThinkError: No model said anything.
        """
        refuse(request)
        request.run.strategy = "code"
        if kind_of(request).name != "code" or request.tools:
            request.run.decision = "no code is asked for, so R1 answers alone"
            answer = self._direct.stream(request)
        else:
            answer = finish(replay(self._words(await self.work(request, coding_task(request)))), request)
        async with aclosing(answer):
            async for chunk in answer:
                yield chunk

    async def work(self, request: Request, task: CodingTask) -> CodingReport:
        """Do the work of one task and note the report in the run.

        Raises:
            CoThinkError: No model said anything.
        """
        work = Work(request, task, self._team, self._checker, self._config)
        report = await work.done()
        run = request.run
        run.verification = WORDS[report.verdict]
        run.trace.note(STEP, report)
        if report.verdict == "fail":
            run.warn(f"No program passed; this is the best of {len(report.candidates)}. {report.checks_words}")
        return report

    def _words(self, report: CodingReport) -> Answer:
        """The client's answer: the program in a block."""
        code = without_marks(report.program) if report.language == "python" else report.program
        return Answer(text=f"```{report.language}\n{code.rstrip()}\n```\n", finish="stop", model=None)
