"""`/v1/admin`: keys, teams and spend, for whoever has an admin key. A secret is only in the answer that makes it."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cothink.core.errors import BadRequest, Forbidden
from cothink.core.price import NANOS_PER_DOLLAR, usd
from cothink.core.run import Caller
from cothink.gateway.json_body import read_json, write_json
from cothink.store.desk import Changed, KeyDesk, Wanted, WantedTeam, summed
from cothink.store.key import KeyRecord, Quota, Team
from cothink.store.money import HeldMoney, Spend

LetIn = Callable[[Request], Awaitable[Caller]]
BY = ("key", "team", "model", "day")


class Limits(msgspec.Struct, frozen=True, omit_defaults=True):
    """The limits of a key or a team; what is not there is not limited."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    usd_per_day: float | None = None
    usd_per_month: float | None = None
    at_once: int | None = None


class KeyAnswer(msgspec.Struct, frozen=True):
    """One key. ``secret`` is there only where it was made just now."""

    id: str
    name: str
    prefix: str
    team: str
    models: tuple[str, ...]
    limits: Limits
    most_output_tokens: int | None
    priority: int
    cache: bool
    semantic_cache: bool
    admin: bool
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    secret: str | msgspec.UnsetType = msgspec.UNSET
    object: str = "key"


class TeamAnswer(msgspec.Struct, frozen=True):
    """One team."""

    name: str
    models: tuple[str, ...]
    limits: Limits
    created_at: int
    object: str = "team"


class SpendAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was spent, added up."""

    day: str = ""
    key: str = ""
    team: str = ""
    model: str = ""
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    cost_nanousd: int = 0


class HoldAnswer(msgspec.Struct, frozen=True):
    """Money that is set aside; ``is_kept``: its call ended, and only a person can say what it cost."""

    id: str
    key: str
    team: str
    model: str
    reserved_usd: float
    at: int
    is_kept: bool


class RotateBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For how many seconds the old secret stays good."""

    grace_s: float = 0.0


class ReconcileBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a call really cost."""

    usd: float


def admin_routes(desk: KeyDesk, let_in: LetIn) -> list[Route]:
    """Return the routes; each of them wants an admin key."""
    admin = _Admin(desk, let_in)
    return [
        Route("/v1/admin/keys", admin.list_keys, methods=["GET"]),
        Route("/v1/admin/keys", admin.create_key, methods=["POST"]),
        Route("/v1/admin/keys/{name}", admin.show_key, methods=["GET"]),
        Route("/v1/admin/keys/{name}", admin.change_key, methods=["PATCH"]),
        Route("/v1/admin/keys/{name}", admin.revoke_key, methods=["DELETE"]),
        Route("/v1/admin/keys/{name}/rotate", admin.rotate_key, methods=["POST"]),
        Route("/v1/admin/teams", admin.list_teams, methods=["GET"]),
        Route("/v1/admin/teams", admin.put_team, methods=["POST"]),
        Route("/v1/admin/spend", admin.list_spend, methods=["GET"]),
        Route("/v1/admin/holds", admin.list_holds, methods=["GET"]),
        Route("/v1/admin/holds/{id}/reconcile", admin.reconcile, methods=["POST"]),
    ]


class _Admin:
    def __init__(self, desk: KeyDesk, let_in: LetIn) -> None:
        self._desk = desk
        self._let_in = let_in

    async def list_keys(self, request: Request) -> Response:
        await self._check(request)
        return _listed([_key(record) for record in await self._desk.keys()])

    async def create_key(self, request: Request) -> Response:
        await self._check(request)
        record, secret = await self._desk.create(await read_json(request, Wanted))
        return write_json(_key(record, secret), 201)

    async def show_key(self, request: Request) -> Response:
        await self._check(request)
        return write_json(_key(await self._desk.find(request.path_params["name"])))

    async def change_key(self, request: Request) -> Response:
        await self._check(request)
        return write_json(_key(await self._desk.change(request.path_params["name"], await read_json(request, Changed))))

    async def rotate_key(self, request: Request) -> Response:
        await self._check(request)
        grace_s = (await read_json(request, RotateBody)).grace_s
        return write_json(_key(*await self._desk.rotate(request.path_params["name"], grace_s)))

    async def revoke_key(self, request: Request) -> Response:
        await self._check(request)
        return write_json(_key(await self._desk.revoke(request.path_params["name"])))

    async def list_teams(self, request: Request) -> Response:
        await self._check(request)
        return _listed([_team(team) for team in await self._desk.teams()])

    async def put_team(self, request: Request) -> Response:
        await self._check(request)
        return write_json(_team(await self._desk.put_team(await read_json(request, WantedTeam))))

    async def list_spend(self, request: Request) -> Response:
        await self._check(request)
        query = request.query_params
        by = tuple(query.get("by", "key").split(","))
        if unknown := [name for name in by if name not in BY]:
            raise BadRequest(f"by is {unknown[0]!r}; {', '.join(BY)} are allowed.", param="by")
        names = {record.id: record.name for record in await self._desk.keys()}
        spends = await self._desk.store.spent(query.get("since", ""), query.get("until", ""))
        return _listed([_spend(one, names) for one in summed(spends, by)])

    async def list_holds(self, request: Request) -> Response:
        await self._check(request)
        return _listed([_hold(one) for one in await self._desk.store.held()])

    async def reconcile(self, request: Request) -> Response:
        await self._check(request)
        dollars = (await read_json(request, ReconcileBody)).usd
        held = await self._desk.reconcile(request.path_params["id"], round(dollars * NANOS_PER_DOLLAR))
        return write_json(_hold(held))

    async def _check(self, request: Request) -> None:
        caller = await self._let_in(request)
        if not caller.admin:
            raise Forbidden(f"The key {caller.key} is no admin key.", code="admin_only")


def _key(record: KeyRecord, secret: str | msgspec.UnsetType = msgspec.UNSET) -> KeyAnswer:
    return KeyAnswer(
        id=record.id,
        name=record.name,
        prefix=record.prefix,
        team=record.team,
        models=record.models,
        limits=_limits(record.quota),
        most_output_tokens=record.most_output_tokens,
        priority=record.priority,
        cache=record.cache,
        semantic_cache=record.semantic_cache,
        admin=record.admin,
        created_at=int(record.created_at),
        expires_at=None if record.expires_at is None else int(record.expires_at),
        revoked_at=None if record.revoked_at is None else int(record.revoked_at),
        secret=secret,
    )


def _team(team: Team) -> TeamAnswer:
    return TeamAnswer(team.name, team.models, _limits(team.quota), int(team.created_at))


def _limits(quota: Quota) -> Limits:
    return Limits(
        quota.requests,
        quota.tokens,
        None if quota.day_nanousd is None else usd(quota.day_nanousd),
        None if quota.month_nanousd is None else usd(quota.month_nanousd),
        quota.at_once,
    )


def _spend(one: Spend, names: dict[str, str]) -> SpendAnswer:
    return SpendAnswer(
        one.day,
        names.get(one.key, one.key),
        one.team,
        one.model,
        one.calls,
        one.prompt_tokens,
        one.completion_tokens,
        usd(one.nanousd),
        one.nanousd,
    )


def _hold(one: HeldMoney) -> HoldAnswer:
    return HoldAnswer(one.id, one.key, one.team, one.model, usd(one.nanousd), int(one.at), one.is_kept)


def _listed(rows: list[Any]) -> Response:
    return write_json({"object": "list", "data": rows})
