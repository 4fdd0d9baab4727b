"""Models out of settings: the one place where engines are built.

Every engine stands inside its `Book`, so that no call goes unbooked, and every hosted one behind the egress policy.
"""

import asyncio
import dataclasses
import logging
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path

import msgspec
from msgspec.structs import replace

from cothink.core.engine import Capabilities, Engine, Model
from cothink.core.errors import SettingError, UpstreamError
from cothink.core.events import Emit
from cothink.core.price import Price
from cothink.core.request import Request
from cothink.engines.catalogue import Catalogue, Row
from cothink.engines.chat_completions import ChatCompletions
from cothink.engines.chat_config import ChatCompletionsConfig
from cothink.engines.llamacpp_config import LlamaConfig
from cothink.engines.llamacpp_engine import LlamaCpp
from cothink.engines.llamacpp_servers import Servers
from cothink.engines.model_files.store import ModelStore
from cothink.engines.responses import Responses
from cothink.engines.responses_config import ResponsesConfig
from cothink.engines.tokens import EstimatedTokens, prompt_tokens
from cothink.privacy.egress import EgressPolicy
from cothink.routing.capability import able
from cothink.routing.directory import Alias, Directory
from cothink.settings import Binding, Settings
from cothink.settings.bindings import EngineConfig
from cothink.traffic.book import Book
from cothink.traffic.cache.shelf import open_shelf
from cothink.traffic.config import FallbackConfig
from cothink.traffic.egress import guarded
from cothink.traffic.fallback import with_fallbacks
from cothink.traffic.health import HealthChecks
from cothink.traffic.hedge import Hedge
from cothink.traffic.limit import Limit
from cothink.traffic.pool import Pool, replica
from cothink.traffic.replica import Replica
from cothink.verify.sandbox.sandbox import Sandbox

log = logging.getLogger(__name__)
COUNTER = EstimatedTokens()
_NO_LOCAL = (
    "cothink-local asks models of the zone site alone, and none is bound: give r1 a `url` or a `path`, and "
    '`zone = "site"`.'
)


def count(request: Request) -> int:
    """Estimate the tokens of a prompt."""
    return prompt_tokens(request, COUNTER)


def _unfit(request: Request, model: Model) -> str | None:
    return able(request, model, count)


async def build(
    settings: Settings,
    stack: AsyncExitStack,
    servers: Servers,
    sandbox: Sandbox,
    emit: Emit,
    today: date,
    around: Callable[[Engine], Engine] = lambda engine: engine,
) -> Directory:
    """Build every model that the settings bind, and the teams where both roles are bound.

    Args:
        settings: What is bound.
        stack: Closes the connections that are opened here.
        servers: Who holds the processes of embedded models; the caller ends them.
        sandbox: Where model-written code runs.
        emit: Told when a replica goes out or comes in.
        today: Models that are switched off by then are answered by their successors.
        around: Put around what answers a client, not around the members of a team.

    Raises:
        SettingError: A binding cannot be made; the message says what to set.
        ModelFileError: A model file is damaged.
    """
    catalogue = Catalogue(settings.catalogue)
    bindings = {name: _alive(name, binding, catalogue, today) for name, binding in settings.bound().items()}
    builder = Builder(settings, stack, servers, emit)
    # a cache stands inside the fallback, so that nobody's answer is kept as another's
    caches = Caches(settings, stack)
    bare = {name: await builder.model(name, binding) for name, binding in bindings.items()}
    models = {name: caches.around(model, bindings[name]) for name, model in bare.items()}
    chains = {name: binding.fallback for name, binding in bindings.items()}
    inside = _on_site(models, chains)
    models = with_fallbacks(models, chains, _unfit, settings.traffic.fallback)
    # what the teams are made of takes a third of the time to start, so it is imported where it is needed
    from cothink.teams import LOCAL, Teams

    makes = Teams(settings, sandbox, count, COUNTER)
    local = [makes.local(inside)] if inside else []
    both = {"r1", "pro"} <= models.keys()
    teams = [*(makes.pair(models["r1"], models["pro"]) if both else []), *local]
    teams = [caches.around_team(team, bindings) for team in teams]
    if both:
        # no cache keeps an applicant's words, and no fallback takes them elsewhere
        teams.append(makes.risk(bare["r1"], models["pro"], stack))
    aliases = _aliases(bindings, {*models, *(team.name for team in teams)}, catalogue)
    offered = [replace(model, engine=around(model.engine)) for model in (*teams, *models.values())]
    absent = {} if local else {LOCAL: _NO_LOCAL}
    return Directory(offered, teams=[team.name for team in teams], aliases=aliases, today=today, absent=absent)


class Builder:
    """Builds one model at a time."""

    def __init__(self, settings: Settings, stack: AsyncExitStack, servers: Servers, emit: Emit) -> None:
        self._traffic = settings.traffic
        self._egress = EgressPolicy.of(settings.privacy)
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
                guarded(server, binding.zone, self._egress),
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
        return Limit(engine, traffic.limit, priority=_priority) if traffic.limit is not None else engine

    async def _engine(self, name: str, config: EngineConfig, row: Row | None) -> Engine:
        engine: ChatCompletions | Responses | LlamaCpp
        if isinstance(config, ChatCompletionsConfig):
            engine = ChatCompletions(config)
        elif isinstance(config, ResponsesConfig):
            engine = _responses(name, config, row)
        else:
            path = locate(self._store, name, config)
            engine = LlamaCpp(config, await self._servers.provide(config, path))
        self._stack.push_async_callback(engine.aclose)
        return engine


def locate(store: ModelStore, name: str, config: LlamaConfig) -> Path:
    """Return the file of an embedded model.

    Raises:
        SettingError: It is not on this machine yet.
    """
    plan = store.plan(config.path)
    if plan.download_bytes:
        raise SettingError(f"The file behind {name} is not here yet: cothink models pull {config.path}")
    return plan.path


def _priority(request: Request) -> int:
    return request.run.caller.priority


class Caches:
    """Puts caches around models where the settings ask for them; all share one store."""

    def __init__(self, settings: Settings, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._config = settings.traffic.cache
        self._shelf = open_shelf(self._config, stack) if self._config.around else None

    def around(self, model: Model, binding: Binding) -> Model:
        """Return a bound model, in its cache if there is to be one."""
        return self._within(model, _behind(binding), is_team=False)

    def around_team(self, team: Model, bindings: Mapping[str, Binding]) -> Model:
        """Return a team, in its cache if there is to be one: its answers hang on its members and on how it works."""
        behind = {name: _behind(binding) for name, binding in bindings.items()}
        return self._within(team, (behind, self._settings.strategies, self._settings.routing), is_team=True)

    def _within(self, model: Model, behind: object, *, is_team: bool) -> Model:
        if self._shelf is None or not self._config.surrounds(model.name):
            return model
        return msgspec.structs.replace(model, engine=self._shelf.cache(model, behind, is_team=is_team))


def _behind(binding: Binding) -> tuple[object, ...]:
    """What gives a bound model's answers: not where it stands."""
    config = binding.config
    return binding.engine, config.path if isinstance(config, LlamaConfig) else config.model


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


def _on_site(models: Mapping[str, Model], chains: Mapping[str, tuple[str, ...]]) -> list[Model]:
    """The models of the site, R1 first, each with those of the site that stand in for it: nothing here goes out,
    whatever the settings allow elsewhere."""
    site = {name: model for name, model in models.items() if model.capabilities.zone == "site"}
    kept = {name: [one for one in chains[name] if one in site] for name in site}
    return list(with_fallbacks(site, kept, _unfit, FallbackConfig()).values())


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
