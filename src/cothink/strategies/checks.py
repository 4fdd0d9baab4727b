"""The cascade's table of checks: for each kind of task what is checked, and what "unsure" leads to.

A verdict is made by code from the draft and the question, never read from what a model says of itself.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from cothink.core.answer import Answer
from cothink.core.request import Request
from cothink.core.run import Verification
from cothink.core.verdict import Verdict
from cothink.routing.kind import KindName, TaskKind, kind_of
from cothink.strategies.code import check_syntax
from cothink.strategies.config import OnUnsure, StrategiesConfig
from cothink.strategies.exact import (
    STEPS,
    check_maths,
    check_quoted,
    check_shape,
    check_sureness,
    check_tools,
    check_whole,
)
from cothink.strategies.learned import LEARNED, LearnedCheck
from cothink.verify.agreement import Kind as AgreementKind
from cothink.verify.agreement import check_agreement
from cothink.verify.puzzles.check import CHECK as PUZZLE
from cothink.verify.puzzles.check import check_puzzle

Ask = Callable[[int], Awaitable[Answer | None]]
"""Gets R1's answer number n to the same question; None where no more can be had, which is said elsewhere."""


class CodeCheck(Protocol):
    """Runs the code of an answer against the examples or tests of the question."""

    async def __call__(self, question: str, answer: str) -> Verdict:
        """Return ``unsure`` where nothing can be run; it raises for nothing that the code does."""
        ...


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table.

    Args:
        unsure: What follows where the exact check cannot tell.
        samples: How further answers of R1 are compared; None takes none.
    """

    unsure: OnUnsure
    samples: AgreementKind | None = None


# An answer that is cut, unsure, differs from another or looks like wrong ones may still be right.
_NO_PROOF = frozenset({"completeness", "confidence", "agreement", LEARNED})
_EXACT = frozenset({PUZZLE, "recomputation", "equations"})  # these prove; the learned check was shown such verdicts
_WEIGHED: frozenset[KindName] = frozenset({"arithmetic", "equation", "closed", "open"})
TABLE: dict[KindName, Row] = {
    "json_schema": Row("repair_once"),
    "arithmetic": Row("sample", "maths"),
    "equation": Row("sample", "maths"),
    "code": Row("pro"),
    "quoting": Row("pro"),
    "closed": Row("sample", "closed"),
    "open": Row("stand_unverified"),
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the checks say of a draft together.

    Args:
        verdict: The verdict that decides.
        unsure: What follows where it is unsure.
        kind: The kind of task that chose the checks.
        is_refuted: An exact check found fault, though another verdict decides.
    """

    verdict: Verdict
    unsure: OnUnsure
    kind: TaskKind
    is_refuted: bool = False

    @property
    def stands(self) -> bool:
        """The draft may be given to the client."""
        return self.verdict.stands or (self.verdict.unsure and self.unsure == "stand_unverified")

    @property
    def is_repairable(self) -> bool:
        """R1 may try once more with what was found."""
        return self.unsure == "repair_once" and not self.verdict.stands

    @property
    def verification(self) -> Verification:
        """The word for the client. Right steps may be the wrong ones, so by themselves they verify nothing."""
        if self.verdict.stands:
            return "unverified" if self.verdict.check == STEPS else "verified"
        fault = self.is_refuted or (self.verdict.falls and self.verdict.check not in _NO_PROOF)
        return "refuted" if fault else "unverified"


@dataclass(frozen=True, slots=True)
class Drafted:
    """R1's answer with what the checks say of it; whether it is given, where that does not follow from them alone."""

    answer: Answer
    judged: Judgement
    is_given: bool | None = None

    @property
    def holds(self) -> bool:
        """R1's answer is the one to give."""
        return self.judged.stands if self.is_given is None else self.is_given


class Checks:
    """Judges drafts by the table.

    Args:
        config: See `StrategiesConfig`.
        code: Runs code in the sandbox, where there is one.
        learned: Weighs answers that no exact check settles, where it is on.
    """

    def __init__(
        self,
        config: StrategiesConfig | None = None,
        *,
        code: CodeCheck | None = None,
        learned: LearnedCheck | None = None,
    ) -> None:
        self._config = config or StrategiesConfig()
        self._code = code
        self._learned = learned

    async def judge(self, request: Request, draft: Answer, ask: Ask) -> Judgement:
        """Judge a draft; where the exact check is unsure and the table says so, R1 is asked for more answers.

        Raises:
            BadRequest: The client's JSON schema is invalid.
        """
        first = await self.inspect(request, draft)
        if self._learned is not None and is_weighed(first, draft):
            return await self._weigh(self._learned, request, draft, ask, first)
        row = TABLE[first.kind.name]
        if row.samples is None or first.unsure != "sample" or first.verdict.falls or _is_settled(first):
            return first
        agreed = await self._sample(request, draft, ask, row.samples) if self._config.agree > 1 else first.verdict
        unsure: OnUnsure = self._by_dial(request) if first.kind.name == "closed" else "pro"
        if agreed.falls and unsure == "stand_unverified":
            agreed = Verdict(agreed.check, "unsure", agreed.evidence, agreed.score)
        return Judgement(agreed, unsure, first.kind)

    async def inspect(self, request: Request, answer: Answer, step: str = "check") -> Judgement:
        """Judge an answer by exact checks alone, without asking any model.

        Args:
            request: The client's request.
            answer: Somebody's answer to it.
            step: The name of the trace's steps; ``check_pro`` where the pro answered while R1 is judged, too.
        """
        kind = kind_of(request)
        row = TABLE[kind.name]
        if answer.tool_calls:
            return Judgement(_noted(request, check_tools(request, answer), step), "pro", kind)
        whole = _noted(request, check_whole(request, answer, kind), step)
        if whole.falls:
            # a JSON that was cut or refused may still be mended by R1; nothing else is
            return Judgement(whole, "repair_once" if kind.name == "json_schema" else "pro", kind)
        puzzle = check_puzzle(request.question, answer.text) if kind.name != "json_schema" else None
        if puzzle is not None and not puzzle.unsure:
            return Judgement(_noted(request, puzzle, step), "pro", kind)
        if kind.name == "open":
            words = "There is no exact check for this kind of task; the answer is whole."
            return Judgement(Verdict("completeness", "unsure", words), "stand_unverified", kind)
        return Judgement(_noted(request, await self._exact(request, answer, kind), step), row.unsure, kind)

    async def report(self, request: Request, answer: Answer) -> None:
        """Write into the run what exact checks say of an answer that has gone out, where nothing is written yet."""
        run = request.run
        if run.verification is not None:
            return
        judged = await self.inspect(request, answer)
        run.verification = judged.verification
        run.trace.note("reported", judged.verdict)
        if judged.verdict.falls:
            run.warn(f"The check finds fault with the pro's answer too. {judged.verdict.evidence}")

    async def _exact(self, request: Request, answer: Answer, kind: TaskKind) -> Verdict:
        if kind.name == "json_schema":
            return check_shape(request, answer)
        if kind.name in {"arithmetic", "equation"}:
            return check_maths(request.question, answer.text, kind.name)
        if kind.name == "quoting":
            return check_quoted(request, answer.text)
        if kind.name == "closed":
            return check_sureness(answer, self._config.verify)
        if self._code is None:
            return check_syntax(request.question, answer.text)
        return await self._code(request.question, answer.text)

    async def _weigh(
        self, learned: LearnedCheck, request: Request, draft: Answer, ask: Ask, first: Judgement
    ) -> Judgement:
        """Let the expected gain decide; where that is in doubt, R1 answers again, up to the answers that must agree."""
        exact = exact_of(first)
        others: list[str] = []
        verdict, in_doubt = learned.judge(request.question, draft, exact)
        for number in range(1, self._config.agree):
            if not in_doubt:
                break
            request.run.progress.note(f"The check is in doubt; asking R1 again ({number + 1} of {self._config.agree})")
            answer = await ask(number)
            if answer is None:
                break
            others.append(answer.text)
            verdict, in_doubt = learned.judge(request.question, draft, exact, others)
        _noted(request, verdict)
        if verdict.falls:
            return first if exact.falls else Judgement(verdict, "pro", first.kind)
        if exact.falls:
            request.run.warn(f"The check finds fault, and the pro is not expected to do better. {exact.evidence}")
        return Judgement(verdict, "stand_unverified", first.kind, is_refuted=exact.falls)

    async def _sample(self, request: Request, draft: Answer, ask: Ask, kind: AgreementKind) -> Verdict:
        """Take further answers until enough agree or one differs."""
        texts = [draft.text]
        for number in range(1, self._config.agree):
            request.run.progress.note(f"The check is unsure; asking R1 again ({number + 1} of {self._config.agree})")
            answer = await ask(number)
            if answer is None:
                break
            texts.append(answer.text)
            agreement = check_agreement(texts, kind=kind, config=self._config.verify)
            if agreement.unread or len(agreement.groups) > 1:
                evidence = f"R1's answers to the same question differ: {agreement.verdict.evidence}"
                return _noted(request, Verdict("agreement", "falls", evidence, agreement.verdict.score))
        if len(texts) < self._config.agree:
            words = f"{len(texts)} of the {self._config.agree} answers of R1 that must agree could be had."
            return _noted(request, Verdict("agreement", "unsure", words))
        return _noted(request, check_agreement(texts, kind=kind, config=self._config.verify).verdict)

    def _by_dial(self, request: Request) -> OnUnsure:
        dial = self._config.dial if request.dial is None else request.dial
        return "pro" if dial >= 0.5 else "stand_unverified"


def _is_settled(judgement: Judgement) -> bool:
    """An exact check that stands settles it; right steps may still be the wrong ones, so they are sampled."""
    return judgement.verdict.stands and judgement.verdict.check != STEPS


def exact_of(judgement: Judgement) -> Verdict:
    """What an exact check says of an answer; unsure where none had a say."""
    return judgement.verdict if judgement.verdict.check in _EXACT else Verdict(PUZZLE, "unsure", "")


def is_weighed(judgement: Judgement, draft: Answer) -> bool:
    """The learned check has a say: of whole answers in words whose exact check did not settle them."""
    verdict = judgement.verdict
    if draft.tool_calls or _is_settled(judgement) or (verdict.check == "completeness" and verdict.falls):
        return False
    return judgement.kind.name in _WEIGHED or verdict.check == PUZZLE


def _noted(request: Request, verdict: Verdict, step: str = "check") -> Verdict:
    request.run.trace.note(step, verdict)
    return verdict
