"""Models out of settings: the one place where engines are built.

Every engine stands inside its `Book`, so that no call goes unbooked.
"""

import asyncio
import dataclasses
import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import date

import msgspec

from cothink.core.engine import Capabilities, Engine, Model
from cothink.core.errors import SettingError, UpstreamError
from cothink.core.events import Emit
from cothink.core.price import Price
from cothink.core.request import Request
from cothink.engines.catalogue import Catalogue, Row
from cothink.engines.chat_completions import ChatCompletions
from cothink.engines.chat_config import ChatCompletionsConfig
from cothink.engines.llamacpp import LlamaServer
from cothink.engines.llamacpp_config import LlamaConfig
from cothink.engines.llamacpp_engine import LlamaCpp
from cothink.engines.model_files.store import ModelStore
from cothink.engines.responses import Responses
from cothink.engines.responses_config import ResponsesConfig
from cothink.engines.tokens import EstimatedTokens, prompt_tokens
from cothink.routing.capability import joined
from cothink.routing.directory import Alias, Directory
from cothink.routing.policy import Policy
from cothink.routing.scorers import scorer_of
from cothink.settings import Binding, Settings
from cothink.settings.bindings import EngineConfig
from cothink.strategies import registry
from cothink.strategies.auto import Auto
from cothink.strategies.cascade import Cascade
from cothink.strategies.checks import Checks, CodeCheck
from cothink.strategies.direct import Direct
from cothink.strategies.review import Review
from cothink.traffic.book import Book
from cothink.traffic.health import HealthChecks
from cothink.traffic.hedge import Hedge
from cothink.traffic.limit import Limit
from cothink.traffic.pool import Pool, replica
from cothink.traffic.replica import Replica

log = logging.getLogger(__name__)
COUNTER = EstimatedTokens()
Servers = dict[LlamaConfig, LlamaServer]


def count(request: Request) -> int:
    """Estimate the tokens of a prompt."""
    return prompt_tokens(request, COUNTER)


async def build(
    settings: Settings, stack: AsyncExitStack, servers: Servers, code: CodeCheck | None, emit: Emit, today: date
) -> Directory:
    """Build every model that the settings bind, and the teams where both roles are bound.

    Args:
        settings: What is bound.
        stack: Closes the connections that are opened here.
        servers: The embedded servers that run; those that are started here are added. The caller stops them.
        code: Runs code, where there is a sandbox.
        emit: Told when a replica goes out or comes in.
        today: Models that are switched off by then are answered by their successors.

    Raises:
        SettingError: A binding cannot be made; the message says what to set.
        ModelFileError: A model file is damaged.
    """
    catalogue = Catalogue(settings.catalogue)
    bindings = {name: _alive(name, binding, catalogue, today) for name, binding in settings.bound().items()}
    builder = Builder(settings, stack, servers, emit)
    models = {name: await builder.model(name, binding) for name, binding in bindings.items()}
    teams = _teams(models["r1"], models["pro"], settings, code) if {"r1", "pro"} <= models.keys() else []
    aliases = _aliases(bindings, {*models, *(team.name for team in teams)}, catalogue)
    return Directory([*teams, *models.values()], teams=[team.name for team in teams], aliases=aliases, today=today)


class Builder:
    """Builds one model at a time."""

    def __init__(self, settings: Settings, stack: AsyncExitStack, servers: Servers, emit: Emit) -> None:
        self._traffic = settings.traffic
        self._store = ModelStore(settings.cache)
        self._stack = stack
        self._servers = servers
        self._emit = emit

    async def model(self, name: str, binding: Binding) -> Model:
        """Bind a name: engine, capabilities, price, books, and the traffic over its replicas."""
        capabilities = _capabilities(binding)
        price = (binding.row.price if binding.row else None) or Price()
        if binding.zone == "hosted" and not (binding.row and binding.row.priced):
            log.warning("No price is known for the model behind %s: what it costs is booked as 0.", name)
        replicas, servers = [], {}
        for number, config in enumerate(binding.replicas, 1):
            server = await self._engine(name, config, binding.row)
            book = Book(
                server,
                model=name,
                zone=binding.zone,
                price=price,
                max_output_tokens=capabilities.max_output_tokens,
                count=count,
                config=self._traffic.book,
            )
            place = name if len(binding.replicas) == 1 else f"{name}#{number}"
            replicas.append(replica(place, book, self._traffic.pool, zone=binding.zone, emit=self._emit))
            servers[place] = server
        self._watch(replicas, servers)
        engine = self._surrounded(Pool(replicas, self._traffic.pool))
        shutdown = binding.row.shutdown_date if binding.row else None
        return Model(
            name=name,
            engine=engine,
            capabilities=capabilities,
            price=price,
            shutdown_date=shutdown.isoformat() if shutdown else None,
        )

    def _watch(self, replicas: list[Replica], servers: Mapping[str, Engine]) -> None:
        """Check servers that can be asked for nothing: those that list their models."""
        config = self._traffic.health
        if config is None:
            return

        async def probe(one: Replica) -> None:
            server = servers[one.name]
            if isinstance(server, ChatCompletions):
                async with await server.http.request("GET", "/models") as response:
                    if response.status >= 500:
                        raise UpstreamError(f"{one.name} answers its health check with {response.status}.")

        checks = HealthChecks(replicas, probe, config, emit=self._emit)
        self._stack.callback(asyncio.create_task(checks.run()).cancel)

    def _surrounded(self, pool: Pool) -> Engine:
        """Put around the replicas of one model what the settings ask for."""
        traffic = self._traffic
        engine: Engine = Hedge(pool, traffic.hedge) if traffic.hedge.enabled else pool
        return Limit(engine, traffic.limit) if traffic.limit is not None else engine

    async def _engine(self, name: str, config: EngineConfig, row: Row | None) -> Engine:
        engine: ChatCompletions | Responses | LlamaCpp
        if isinstance(config, ChatCompletionsConfig):
            engine = ChatCompletions(config)
        elif isinstance(config, ResponsesConfig):
            engine = _responses(name, config, row)
        else:
            engine = LlamaCpp(config, await self._server(name, config))
        self._stack.push_async_callback(engine.aclose)
        return engine

    async def _server(self, name: str, config: LlamaConfig) -> LlamaServer:
        """The server of one file. Two names with equal settings share it, and a reload finds it again."""
        if config not in self._servers:
            plan = self._store.plan(config.path)
            if plan.download_bytes:
                raise SettingError(f"The file behind {name} is not here yet: cothink models pull {config.path}")
            server = LlamaServer(dataclasses.replace(config, path=str(plan.path)))
            await server.start()
            self._servers[config] = server
        return self._servers[config]


def _responses(name: str, config: ResponsesConfig, row: Row | None) -> Responses:
    if not config.key:
        raise SettingError(f'{name} needs a key: set {name}.key, for example to "env:OPENAI_API_KEY".')
    return Responses(config, row or Row(name=config.model, engine="responses", zone="hosted", priced=False))


def _alive(name: str, binding: Binding, catalogue: Catalogue, today: date) -> Binding:
    """Where a bound model is switched off, its successor takes the place, and the log says so."""
    row, config = binding.row, binding.config
    if row is None or row.is_alive(today) or not isinstance(config, ResponsesConfig):
        return binding
    after = catalogue.successor(row.name, today)
    log.warning("%s was switched off on %s; %s takes its place as %s", row.name, row.shutdown_date, after.name, name)
    return dataclasses.replace(binding, row=after, replicas=(dataclasses.replace(config, model=after.name),))


def _capabilities(binding: Binding) -> Capabilities:
    """What the catalogue says, in the zone of the setting; an embedded model has the context that it is given."""
    known = binding.row.capabilities if binding.row else Capabilities()
    known = msgspec.structs.replace(known, zone=binding.zone)
    if isinstance(binding.config, LlamaConfig):
        tokens = binding.config.context_tokens
        return msgspec.structs.replace(known, context_tokens=tokens, max_output_tokens=tokens)
    return known


def _teams(r1: Model, pro: Model, settings: Settings, code: CodeCheck | None) -> list[Model]:
    """The virtual models."""
    config = settings.strategies
    checks = Checks(config, code=code)
    cascade = Cascade(r1, pro, checks=checks, count=count, config=config)
    review = Review(r1, pro, checks=checks, count=count, config=config)
    policy = Policy(r1, pro, count=count, config=settings.routing, scorer=scorer_of(settings.routing))
    auto = Auto(
        policy,
        {
            "r1": Direct(r1, name="r1", count=count),
            "pro": Direct(pro, name="pro", count=count),
            "cascade": cascade,
            "review": review,
        },
    )
    engines: dict[str, Engine] = {"cothink-auto": auto, "cothink-cascade": cascade, "cothink-review": review}
    engines |= registry.build(registry.installed(), r1.engine, pro.engine)
    both = joined(r1, pro)
    return [Model(name=name, engine=engine, capabilities=both, price=pro.price) for name, engine in engines.items()]


def _aliases(bindings: Mapping[str, Binding], taken: set[str], catalogue: Catalogue) -> dict[str, Alias]:
    """The makers' names of what is bound, and the retired names that it answers for."""
    aliases: dict[str, Alias] = {}
    answers_for = {binding.row.name: name for name, binding in bindings.items() if binding.row}
    for name, binding in bindings.items():
        names = (binding.row.name, *binding.row.aliases) if binding.row else (binding.config.model,)
        aliases |= {other: Alias(name) for other in names}
    for row in catalogue:
        target = row
        while target.successor and target.name not in answers_for and (after := catalogue.find(target.successor)):
            target = after
        if row.shutdown_date and target is not row and target.name in answers_for:
            aliases[row.name] = Alias(answers_for[target.name], row.shutdown_date.isoformat())
    return {name: alias for name, alias in aliases.items() if name not in taken}
