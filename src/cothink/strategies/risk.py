"""`cothink-risk`: R1 reads the words on the site, the pro judges closed features, a scorecard says the probability.

What the parts do stands in `risk/`; this is their order, and what happens where one of them fails.
"""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Protocol

import msgspec

from cothink.core.answer import Answer, replay
from cothink.core.engine import Model, Stream
from cothink.core.errors import BadRequest, DeadlinePassed, Unsupported
from cothink.core.request import Request, Sampling
from cothink.risk.application import Application, Batch, read_batch
from cothink.risk.assessment import Assessment, Assessments, Refused, schemas
from cothink.risk.brief import Brief
from cothink.risk.combine import Parts, combine
from cothink.risk.config import RiskConfig
from cothink.risk.opinion import Asking, Given
from cothink.risk.reading import Heard, Understood, understand
from cothink.risk.scored import Inputs, Score, Scoring
from cothink.strategies.expert import within
from cothink.strategies.finish import finish

NAME = "cothink-risk"
NO_SCORECARD = (
    f"{NAME} needs a scorecard: train one with `cothink risk train`, and name its folder in the setting risk.model."
)


class WritesCases(Protocol):
    """Records what was said, and holds what a person is to decide."""

    async def keep(self, request: Request, application: Application, said: Assessment, inputs: Inputs) -> Assessment:
        """Return the assessment with the id of its record.

        Raises:
            StoreAway: It cannot be written.
        """
        ...


class RiskTeam:
    """Scores applications: JSON in, JSON out.

    Args:
        r1: Reads the words. It must stand on the site, bare: a cache would keep the words, a fallback could take them
            elsewhere.
        pro: Judges closed features.
        scoring: The scorecard; None where the settings name none.
        config: See `RiskConfig`.
        cases: Records each score; None records nothing.
    """

    def __init__(
        self, r1: Model, pro: Model, *, scoring: Scoring | None, config: RiskConfig, cases: WritesCases | None = None
    ) -> None:
        self._r1 = r1
        self._pro = pro
        self._scoring = scoring
        self._config = config
        self._cases = cases
        if scoring is not None:
            self._brief = Brief(scoring.portrait)
            self._asking = Asking(self._brief, scoring.portrait.base_rate)

    async def stream(self, request: Request) -> Stream:
        """Answer with one assessment, or a list of them, as JSON by the schema of `assessment.schemas`.

        Where a model fails or money runs out, its part is missing from the assessment, and a person is called.

        Raises:
            Unsupported: There is no scorecard, or the request has tools, log-probs or a schema of its own.
            BadRequest: The last turn is no application, or there are more than the run's limits allow.
            StoreAway: A score could not be recorded, so it is not given.
        """
        if self._scoring is None:
            raise Unsupported(NO_SCORECARD, param="model", code="no_scorecard")
        _refuse(request)
        batch = read_batch(request.question, most=self._config.most, most_chars=self._config.most_chars)
        self._afford(request, batch)
        run = request.run
        run.strategy = "risk"
        if len(request.messages) > 1:
            run.warn("The application is the last user turn; other turns are not read.")
        said = await self._assessed(request, batch, self._scoring)
        good = [one for one in said if isinstance(one, Assessment)]
        whole = all(one.words.state in ("read", "no_words") and one.disagreement.pro_score is not None for one in good)
        run.verification = "verified" if whole else "unverified"
        value = Assessments(data=tuple(said)) if batch.is_list else said[0]
        answer = Answer(text=msgspec.json.encode(value).decode(), finish="stop")
        if request.sampling.stop:
            run.warn("Stop texts would cut the JSON, so they are not applied.")
        async with aclosing(finish(replay(answer), msgspec.structs.replace(request, sampling=Sampling()))) as chunks:
            async for chunk in chunks:
                yield chunk

    def _afford(self, request: Request, batch: Batch) -> None:
        """Refuse a list that the run's limit of calls surely cuts short, before anything is spent."""
        calls = request.run.ledger.limits.calls
        needed = sum(2 if one.words else 1 for one in batch.good)
        if batch.is_list and calls is not None and needed > calls:
            raise BadRequest(
                f"{len(batch.good)} applications need {needed} calls of models; a run may make {calls} "
                "(gateway.run_calls). Send them in several requests.",
                param="applications",
            )

    async def _assessed(self, request: Request, batch: Batch, scoring: Scoring) -> Sequence[Assessment | Refused]:
        """Each application at its place; the first failure that is nobody's own ends all."""
        places = asyncio.Semaphore(self._config.parallel)
        done = 0

        async def one(entry: Application | BadRequest, place: int) -> Assessment | Refused:
            nonlocal done
            async with places:
                said = await self._one(request, entry, scoring, place if batch.is_list else None)
            done += 1
            if batch.is_list:
                request.run.progress.note(f"{done} of {len(batch.entries)} applications are scored")
            return said

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(entry, i)) for i, entry in enumerate(batch.entries)]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _one(
        self, request: Request, entry: Application | BadRequest, scoring: Scoring, place: int | None
    ) -> Assessment | Refused:
        """One application; in a list, what is wrong with it is said at its place."""
        try:
            if isinstance(entry, BadRequest):
                raise entry
            return await self._score(request, entry, scoring)
        except BadRequest as error:
            if place is None:
                raise
            name, at = entry.id if isinstance(entry, Application) else "", f"applications[{place}]"
            param = error.param if error.param is None or error.param.startswith(at) else f"{at}.{error.param}"
            return Refused(application=name, error=error.message, code=error.code or "invalid_value", param=param)

    async def _score(self, request: Request, application: Application, scoring: Scoring) -> Assessment:
        run, config = request.run, self._config
        scoring.check(application)  # before anything is spent
        if application.words:
            run.progress.note("R1 reads the applicant's words")
        understood = await self._understood(request, application)
        score, inputs = await asyncio.to_thread(scoring.score, application, understood.heard, config.prior)
        features = self._brief.clear(application.form, understood.heard)
        run.progress.note("The pro judges the features")
        try:
            given = await within(run, self._asking.ask(self._pro, request, features, config))
        except DeadlinePassed as error:
            run.stopped_by = error.code
            given = Given("failed")
        said = combine(Parts(application, understood, score, given), scoring, config)
        run.trace.note("assessed", _noted(said, score))
        return said if self._cases is None else await self._cases.keep(request, application, said, inputs)

    async def _understood(self, request: Request, application: Application) -> Understood:
        try:
            understood = await within(request.run, understand(self._r1, request, application, self._config))
        except DeadlinePassed as error:
            request.run.stopped_by = error.code
            understood = Understood(Heard("failed"))
        heard = understood.heard
        if heard.state == "not_on_site":
            request.run.warn(
                "R1 does not stand on the site, so it may not see an applicant's words: they are not read."
            )
        request.run.trace.note(
            "read", {"state": heard.state, "spans": len(understood.spans), "rejected": heard.rejected}
        )
        return understood


def _refuse(request: Request) -> None:
    """Turn away what an assessment has not, before anything is spent."""
    if request.tools:
        raise Unsupported(f"{NAME} calls no tools.", param="tools")
    if request.logprobs:
        raise Unsupported(f"{NAME} is a team of models and gives no log-probs.", param="logprobs")
    form = request.response_format
    if form is not None and form.json_schema is not None and form.json_schema.schema != schemas()["assessment"]:
        raise Unsupported(
            f"{NAME} answers by its own schema, which GET /v1/risk/schema shows; it takes no other.",
            param="response_format",
        )


def _noted(said: Assessment, score: Score) -> dict[str, object]:
    """What the trace keeps: numbers and closed words."""
    return {"probability": score.probability, "band": score.band, "review": said.review.why, "versions": said.versions}
