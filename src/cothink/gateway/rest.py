"""The endpoints that are seldom called: models, health, metrics, the API's own description."""

from http import HTTPStatus

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cothink.core.errors import CoThinkError, Unsupported
from cothink.core.run import Caller
from cothink.gateway.admin import admin_routes
from cothink.gateway.auth import Keys
from cothink.gateway.edge.faults import Fault, encode_error, status_of
from cothink.gateway.models import ModelList, model_answer
from cothink.gateway.openapi import describe_api
from cothink.gateway.parts import Parts
from cothink.gateway.responses.body import STATELESS
from cothink.gateway.risk.reviews import review_routes, schema_route

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"  # Prometheus asks for it by this version


def build_rest(parts: Parts, keys: Keys) -> Starlette:
    """Return the application for everything but the hot endpoints."""
    rest = _Rest(parts, keys)
    routes = [
        Route("/v1/models", rest.list_models),
        Route("/v1/models/{id:path}", rest.show_model),
        Route("/healthz", rest.say_alive),
        Route("/readyz", rest.say_ready),
        Route("/openapi.json", rest.describe),
        Route("/v1/responses/{id:path}", rest.refuse_state, methods=["GET", "POST", "DELETE"]),
    ]
    routes.append(schema_route(rest.let_in))
    if parts.reviews is not None:
        routes += review_routes(parts.reviews, rest.let_in)
    if parts.desk is not None:
        routes += admin_routes(parts.desk, rest.let_in)
    if parts.metrics is not None:
        routes.append(Route("/metrics", rest.show_metrics))
    return Starlette(
        routes=routes,
        exception_handlers={
            HTTPException: _answer_http,
            CoThinkError: _answer_error,
            Exception: _answer_error,  # raised on after it, so the edge above logs it
            Fault: _answer_error,
        },
    )


class _Rest:
    def __init__(self, parts: Parts, keys: Keys) -> None:
        self._parts = parts
        self._keys = keys
        self._created = int(parts.wall())
        self._description: bytes | None = None  # made when first asked for

    async def list_models(self, request: Request) -> Response:
        caller = await self.let_in(request)
        models = [model for model in self._parts.directory.models() if _may_use(caller, model.name)]
        return _json(ModelList(tuple(model_answer(model, self._created) for model in models)))

    async def show_model(self, request: Request) -> Response:
        await self.let_in(request)
        name = request.path_params["id"]
        for model in self._parts.directory.models():
            if model.name == name:
                return _json(model_answer(model, self._created))
        found = self._parts.directory.find(name)  # raises UnknownModel with the near names
        return _json(model_answer(found.model, self._created))

    async def say_alive(self, _request: Request) -> Response:
        return _json({"status": "alive"})

    async def say_ready(self, _request: Request) -> Response:
        missing = self._parts.readiness.missing
        if missing is None:
            return _json({"status": "ready"})
        return _json({"status": "not ready", "reason": missing}, 503)

    async def show_metrics(self, request: Request) -> Response:
        """Show the counters, to whoever may use the API: they tell who spends what."""
        await self.let_in(request)
        assert self._parts.metrics is not None  # noqa: S101 - the route is there only with it
        text = await self._parts.metrics()
        return Response(text, media_type=_METRICS_TYPE, headers={"cache-control": "no-store"})

    async def describe(self, _request: Request) -> Response:
        if self._description is None:
            self._description = msgspec.json.encode(describe_api())
        return Response(self._description, media_type="application/json")

    async def refuse_state(self, request: Request) -> Response:
        await self.let_in(request)
        raise Unsupported(f"There is no response to look up. {STATELESS}", code="stateless")

    async def let_in(self, request: Request) -> Caller:
        """Return who asks, or raise Unauthorized."""
        value = request.headers.get("authorization")
        return await self._keys.caller(None if value is None else value.encode("latin-1"))


def _may_use(caller: Caller, name: str) -> bool:
    return caller.account is None or caller.account.may_use(name, name)


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")


async def _answer_error(_request: Request, error: Exception) -> Response:
    return Response(encode_error(error), status_of(error), media_type="application/json")


async def _answer_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 404:
        fault = Fault(404, "unknown_path", f"There is nothing at {request.url.path[:200]}.")
    elif status == 405:
        allow = (error.headers or {}).get("Allow", "GET") if isinstance(error, HTTPException) else "GET"
        fault = Fault(405, "method_not_allowed", f"{request.url.path[:200]} takes {allow} only.", {"allow": allow})
    else:
        fault = Fault(status, "http_error", HTTPStatus(status).phrase)
    return Response(encode_error(fault), fault.status, fault.headers, media_type="application/json")
