"""The one place where parts are joined: settings in, models that answer out.

`hosted` and `site` engines are built here and nowhere else, each inside its `Book`, so that no call goes unbooked.
"""

import dataclasses
import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from cothink.core.engine import Capabilities, Engine, Model
from cothink.core.errors import SettingError
from cothink.core.price import Price
from cothink.core.request import Request
from cothink.engines.catalogue import Catalogue, Row
from cothink.engines.chat_completions import ChatCompletions
from cothink.engines.chat_config import ChatCompletionsConfig
from cothink.engines.http import HttpClient
from cothink.engines.llamacpp import LlamaServer
from cothink.engines.llamacpp_config import LlamaConfig
from cothink.engines.model_files.store import ModelStore
from cothink.engines.responses import Responses
from cothink.engines.responses_config import ResponsesConfig
from cothink.engines.tokens import EstimatedTokens, prompt_tokens
from cothink.routing.capability import check
from cothink.routing.directory import Alias, Directory
from cothink.routing.policy import Policy
from cothink.settings import Binding, Settings
from cothink.strategies.auto import Auto
from cothink.strategies.cascade import Cascade
from cothink.strategies.checks import Checks
from cothink.strategies.direct import Direct
from cothink.strategies.review import Review
from cothink.traffic.book import Book
from cothink.verify.sandbox import Sandbox

log = logging.getLogger(__name__)
COUNTER = EstimatedTokens()


def count(request: Request) -> int:
    """Estimate the tokens of a prompt."""
    return prompt_tokens(request, COUNTER)


class Builder:
    """Builds models from settings; what it opened is closed with the stack that it was given.

    Args:
        settings: What is bound.
        stack: Closes connections and ends child processes.
        kept: Embedded servers that run already, by their settings: after a reload they go on as they are.
    """

    def __init__(self, settings: Settings, stack: AsyncExitStack, kept: Mapping[LlamaConfig, LlamaServer]) -> None:
        self._settings = settings
        self._stack = stack
        self._kept = kept
        self._store = ModelStore(settings.cache)
        self.servers: dict[LlamaConfig, LlamaServer] = {}

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
        if isinstance(config, ChatCompletionsConfig):
            engine = ChatCompletions(config)
            self._stack.push_async_callback(engine.aclose)
            return engine
        if isinstance(config, ResponsesConfig):
            return self._responses(name, config, binding.row)
        return await self._llama(name, config)

    def _responses(self, name: str, config: ResponsesConfig, row: Row | None) -> Engine:
        if row is None:
            row = Row(name=config.model, engine="responses", zone="hosted", priced=False)
        if not config.key:
            raise SettingError(f"The model behind {name} needs a key: set {name}.key, for example to env:OPENAI_API_KEY.")
        http = HttpClient(config.url, headers={"authorization": f"Bearer {config.key}"} | dict(config.headers))
        self._stack.push_async_callback(http.aclose)
        engine = Responses(config, row, http)
        self._stack.push_async_callback(engine.close)
        return engine

    async def _llama(self, name: str, config: LlamaConfig) -> Engine:
        server = self._kept.get(config) or self.servers.get(config)
        if server is None:
            server = LlamaServer(dataclasses.replace(config, path=self._file(name, config)))
            await server.start()
        self.servers[config] = server
        place = server.endpoint()
        engine = ChatCompletions(ChatCompletionsConfig(url=place.url, model=place.model, key=place.key), places=server)
        self._stack.push_async_callback(engine.aclose)
        return engine

    def _file(self, name: str, config: LlamaConfig) -> Path:
        """The file that a setting names: a path, or a name of the registry that was pulled before."""
        plan = self._store.plan(str(config.path))
        if plan.download_bytes:
            raise SettingError(f"The file behind {name} is not here yet: cothink models pull {config.path}.")
        return plan.path


async def build(
    settings: Settings, stack: AsyncExitStack, kept: Mapping[LlamaConfig, LlamaServer], today: date
) -> tuple[Directory, dict[LlamaConfig, LlamaServer]]:
    """Build every model that the settings bind, and the teams where both roles are bound.

    Returns:
        The directory of all names, and the embedded servers that it needs; the caller stops them.

    Raises:
        SettingError: A binding cannot be made; the message says what to set.
        ModelFileError: A model file is damaged.
    """
    builder = Builder(settings, stack, kept)
    catalogue = Catalogue(settings.catalogue)
    bindings = {name: _alive(name, binding, catalogue, today) for name, binding in settings.bound().items()}
    models = {name: await builder.model(name, binding) for name, binding in bindings.items()}
    plain = [msgspec.structs.replace(model, engine=Direct(model.engine, name)) for name, model in models.items()]
    teams = _teams(models["r1"], models["pro"], settings) if {"r1", "pro"} <= models.keys() else []
    aliases = _aliases(bindings, {model.name for model in (*plain, *teams)}, catalogue)
    directory = Directory([*teams, *plain], teams=[team.name for team in teams], aliases=aliases, today=today)
    return directory, builder.servers


def _capabilities(binding: Binding) -> Capabilities:
    """What the catalogue says, less what the setting or the embedded engine cannot."""
    known = binding.row.capabilities if binding.row else Capabilities()
    known = msgspec.structs.replace(known, zone=binding.zone)
    if isinstance(binding.config, LlamaConfig):
        context = binding.config.context_tokens
        return msgspec.structs.replace(known, context_tokens=context, max_output_tokens=context)
    return known


def _alive(name: str, binding: Binding, catalogue: Catalogue, today: date) -> Binding:
    """Where a bound model is switched off, its successor takes the place, and the log says so."""
    if binding.row is None or binding.row.is_alive(today) or not isinstance(binding.config, ResponsesConfig):
        return binding
    row = catalogue.successor(binding.row.name, today)
    log.warning("%s was switched off on %s; %s takes its place as %s", binding.row.name, binding.row.shutdown_date, row.name, name)
    return dataclasses.replace(binding, row=row, config=dataclasses.replace(binding.config, model=row.name))


def _teams(r1: Model, pro: Model, settings: Settings) -> list[Model]:
    """The virtual models: what either member can do, since the pro answers alone where R1 cannot."""
    config = settings.strategies
    checks = Checks(config, code=_code_check(settings))
    cascade = Cascade(r1, pro, checks=checks, count=count, config=config)
    review = Review(r1, pro, checks=checks, count=count, config=config)
    policy = Policy(r1, pro, count=count, config=settings.routing)
    auto = Auto(policy, {"r1": Direct(r1.engine), "pro": Direct(pro.engine), "cascade": cascade, "review": review})
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
        if binding.row:
            aliases |= {other: Alias(name) for other in (binding.row.name, *binding.row.aliases)}
        aliases.setdefault(str(getattr(binding.config, "model", name)), Alias(name))
    for row in catalogue:
        target = row
        while target.successor and target.name not in answers_for and (after := catalogue.find(target.successor)):
            target = after
        if row.shutdown_date and target is not row and target.name in answers_for:
            aliases[row.name] = Alias(answers_for[target.name], row.shutdown_date.isoformat())
    return {name: alias for name, alias in aliases.items() if name not in taken}
