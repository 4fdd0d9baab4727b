"""Whom `cothink eval run` asks: models behind a URL, or those that your settings bind."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from cothink.cli.workshop import workshop
from cothink.core.errors import SettingError
from cothink.core.price import Price
from cothink.engines.catalogue import Catalogue
from cothink.engines.chat_config import ChatCompletionsConfig
from cothink.engines.http import HttpClient
from cothink.engines.llamacpp_config import LlamaConfig
from cothink.engines.model_files.store import ModelStore
from cothink.evaluation.live.endpoint import Endpoint
from cothink.evaluation.live.target import TEAM_CALLS, Target
from cothink.settings import Settings


@asynccontextmanager
async def behind(
    url: str, key: str | None, models: Sequence[str], prices: Mapping[str, Price], settings: Settings
) -> AsyncIterator[list[Target]]:
    """Give models of one OpenAI-compatible server; a price that is not given is the catalogue's, if it has one.

    Raises:
        SettingError: The URL cannot be used.
    """
    base = url if urlsplit(url).path.strip("/") else url.rstrip("/") + "/v1"
    configs = [ChatCompletionsConfig(url=base, model=name, key=key or "") for name in models]
    headers = {"authorization": f"Bearer {key}"} if key else None
    http = HttpClient(base, limits=configs[0].limits, headers=headers)
    catalogue = Catalogue(settings.catalogue)
    targets = []
    for config in configs:
        row = catalogue.find(config.model)
        price = prices.get(config.model) or (row.price if row is not None and row.priced else None)
        targets.append(Target(config.model, Endpoint(config, http, price), prices=(price,) if price else ()))
    try:
        yield targets
    finally:
        await http.aclose()


@asynccontextmanager
async def bound(settings: Settings, models: Sequence[str], most_usd: float | None) -> AsyncIterator[list[Target]]:
    """Give models of your own settings: roles, single models, teams.

    Raises:
        SettingError: Nothing is bound, or there is a cap on cost and a hosted model has no price.
        UnknownModel: There is none of that name.
    """
    bindings = settings.bound()
    unpriced = {name for name, one in bindings.items() if one.zone == "hosted" and not (one.row and one.row.priced)}
    if most_usd is not None and unpriced:
        raise SettingError(
            f"--most-usd is set, but no price of {', '.join(sorted(unpriced))} is known: add a row to [catalogue].",
            param="most_usd",
        )
    async with workshop(settings) as shop:
        price = {name: shop.directory.find(name).model.price for name in bindings}
        targets = []
        for name in models:
            found = shop.directory.find(name)
            asked = [*bindings] if found.team else [found.model.name]
            targets.append(
                Target(
                    name,
                    found.model.engine,
                    dial=found.dial,
                    prices=[price[one] for one in asked if one in price],
                    calls=TEAM_CALLS if found.team else 1,
                    is_held=True,
                    unpriced=frozenset(unpriced),
                    files=_weights(settings, asked),
                )
            )
        yield targets


def _weights(settings: Settings, names: Sequence[str]) -> frozenset[str]:
    """The files of the embedded models among those bound."""
    store, bindings = ModelStore(settings.cache), settings.bound()
    configs = [bindings[name].config for name in names if name in bindings]
    return frozenset(store.plan(one.path).path.name for one in configs if isinstance(one, LlamaConfig))
