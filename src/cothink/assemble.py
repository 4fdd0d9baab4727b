"""Models out of settings: the one place where engines are built.

Every engine stands inside its `Book`, so that no call goes unbooked.
"""

import dataclasses
import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import date

import msgspec

from cothink.core.engine import Capabilities, Engine, Model
from cothink.core.errors import SettingError
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
from cothink.routing.directory import Alias, Directory
from cothink.routing.policy import Policy
from cothink.settings import Binding, Settings
from cothink.strategies.auto import Auto
from cothink.strategies.cascade import Cascade
from cothink.strategies.checks import Checks, CodeCheck
from cothink.strategies.direct import Direct
from cothink.strategies.review import Review
from cothink.traffic.book import Book

log = logging.getLogger(__name__)
COUNTER = EstimatedTokens()
Servers = dict[LlamaConfig, LlamaServer]


def count(request: Request) -> int:
    """Estimate the tokens of a prompt."""
    return prompt_tokens(request, COUNTER)


async def build(
    settings: Settings, stack: AsyncExitStack, servers: Servers, code: CodeCheck | None, today: date
) -> Directory:
    """Build every model that the settings bind, and the teams where both roles are bound.

    Args:
        settings: What is bound.
        stack: Closes the connections that are opened here.
        servers: The embedded servers that run; those that are started here are added. The caller stops them.
        code: Runs code, where there is a sandbox.
        today: Models that are switched off by then are answered by their successors.

    Raises:
        SettingError: A binding cannot be made; the message says what to set.
        ModelFileError: A model file is damaged.
    """
    catalogue = Catalogue(settings.catalogue)
    bindings = {name: _alive(name, binding, catalogue, today) for name, binding in settings.bound().items()}
    builder = Builder(stack, servers, ModelStore(settings.cache))
    models = {name: await builder.model(name, binding) for name, binding in bindings.items()}
    teams = _teams(models["r1"], models["pro"], settings, code) if {"r1", "pro"} <= models.keys() else []
    aliases = _aliases(bindings, {*models, *(team.name for team in teams)}, catalogue)
    return Directory([*teams, *models.values()], teams=[team.name for team in teams], aliases=aliases, today=today)


class Builder:
    """Builds one model at a time."""

    def __init__(self, stack: AsyncExitStack, servers: Servers, store: ModelStore) -> None:
        self._stack = stack
        self._servers = servers
        self._store = store

    async def model(self, name: str, binding: Binding) -> Model:
        """Bind a name: engine, capabilities, price, books."""
        capabilities = _capabilities(binding)
        price = (binding.row.price if binding.row else None) or Price()
        engine = Book(
            await self._engine(name, binding),
            model=name,
            zone=binding.zone,
            price=price,
            max_output_tokens=capabilities.max_output_tokens,
            count=count,
        )
        shutdown = binding.row.shutdown_date if binding.row else None
        return Model(
            name=name,
            engine=engine,
            capabilities=capabilities,
            price=price,
            shutdown_date=shutdown.isoformat() if shutdown else None,
        )

    async def _engine(self, name: str, binding: Binding) -> Engine:
        config = binding.config
        engine: ChatCompletions | Responses | LlamaCpp
        if isinstance(config, ChatCompletionsConfig):
            engine = ChatCompletions(config)
        elif isinstance(config, ResponsesConfig):
            engine = _responses(name, config, binding.row)
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
    return dataclasses.replace(binding, row=after, config=dataclasses.replace(config, model=after.name))


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
    policy = Policy(r1, pro, count=count, config=settings.routing)
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
    both = _either(r1.capabilities, pro.capabilities)
    return [Model(name=name, engine=engine, capabilities=both, price=pro.price) for name, engine in engines.items()]


def _either(one: Capabilities, other: Capabilities) -> Capabilities:
    """What at least one of two models can do. Log-probs belong to one model's answer, so a team gives none."""
    return Capabilities(
        context_tokens=max(one.context_tokens, other.context_tokens),
        max_output_tokens=max(one.max_output_tokens, other.max_output_tokens),
        modalities=one.modalities | other.modalities,
        tools=one.tools or other.tools,
        json_schema=True,  # a member without it is told the schema in words, and the check holds it to it
        logprobs=False,
        sampling=one.sampling or other.sampling,
        zone="hosted" if "hosted" in (one.zone, other.zone) else "site",
    )


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
