"""`/v1/risk/reviews`: cases that wait for a person, and what the person decided. Each tenant sees its own alone.

A tenant is a team of keys, or a key without a team; an admin key sees every tenant's.
"""

import math
from typing import get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cothink.core.errors import BadRequest, Forbidden
from cothink.core.run import Caller
from cothink.gateway.admin import LetIn
from cothink.gateway.json_body import read_json, write_json
from cothink.risk.application import Value
from cothink.risk.assessment import Assessment, schemas
from cothink.risk.cases import Decided, ScoreRecord
from cothink.risk.desk import ReviewDesk, WantedDecision
from cothink.store.cases import Case, State
from cothink.strategies.risk import NAME


class CaseAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One case."""

    object: str = "risk.review"
    id: str
    state: str
    created_at: float
    key: str
    trace_id: str
    assessment: Assessment
    form: dict[str, Value]
    texts: dict[str, str]
    decisions: tuple[Decided, ...]


class CaseList(msgspec.Struct, frozen=True, kw_only=True):
    """Cases, newest first. ``next`` is the ``before`` of the next page; null where this is the last."""

    object: str = "list"
    data: tuple[CaseAnswer, ...]
    next: float | None


def review_routes(desk: ReviewDesk, let_in: LetIn) -> list[Route]:
    """Return the routes; each wants a key that may use `cothink-risk`."""
    reviews = _Reviews(desk, let_in)
    return [
        Route("/v1/risk/reviews", reviews.list_cases, methods=["GET"]),
        Route("/v1/risk/reviews/{id}", reviews.show_case, methods=["GET"]),
        Route("/v1/risk/reviews/{id}", reviews.decide, methods=["POST"]),
    ]


def schema_route(let_in: LetIn) -> Route:
    """Return the route of the public schema."""

    async def show(request: Request) -> Response:
        await let_in(request)
        return write_json(schemas())

    return Route("/v1/risk/schema", show, methods=["GET"])


class _Reviews:
    def __init__(self, desk: ReviewDesk, let_in: LetIn) -> None:
        self._desk = desk
        self._let_in = let_in

    async def list_cases(self, request: Request) -> Response:
        caller = await self._check(request)
        query = request.query_params
        state = query.get("state", "open")
        if state not in get_args(State):
            raise BadRequest(f"state is {state[:40]!r}; {', '.join(get_args(State))} are allowed.", param="state")
        limit, before = int(_number(query.get("limit", "100"), "limit")), query.get("before")
        last = None if before is None else _number(before, "before")
        found = await self._desk.newest(_tenant(caller), state, limit, last)  # type: ignore[arg-type]  # checked above
        more = found[-1][0].at if len(found) == limit else None
        return write_json(CaseList(data=tuple(_case(*one) for one in found), next=more))

    async def show_case(self, request: Request) -> Response:
        caller = await self._check(request)
        return write_json(_case(*await self._desk.find(_tenant(caller), request.path_params["id"])))

    async def decide(self, request: Request) -> Response:
        caller = await self._check(request)
        wanted = await read_json(request, WantedDecision)
        decided = await self._desk.decide(_tenant(caller), request.path_params["id"], wanted, caller.key)
        return write_json(_case(*decided))

    async def _check(self, request: Request) -> Caller:
        caller = await self._let_in(request)
        if caller.account is not None and not caller.account.may_use(NAME, NAME):
            raise Forbidden(f"The key {caller.key} may not use the model {NAME}.", code="model_not_found")
        return caller


def _tenant(caller: Caller) -> str | None:
    return None if caller.admin else caller.tenant


def _number(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadRequest(f"{name} is {text[:40]!r}; a number is needed.", param=name)
    return value


def _case(case: Case, record: ScoreRecord) -> CaseAnswer:
    return CaseAnswer(
        id=case.id,
        state=case.state,
        created_at=case.at,
        key=record.key,
        trace_id=record.trace_id,
        assessment=record.assessment,
        form=record.form,
        texts=record.texts,
        decisions=record.decisions,
    )
