"""What the commands for keys, teams and spend share: the store that the settings name, and limits as options and words.

They work on the store itself, so no gateway needs to run; one that runs learns of a change within a second or two.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from cothink.store.desk import KeyDesk
    from cothink.store.key import Quota

T = TypeVar("T")
Models = Annotated[
    list[str] | None, typer.Option("--model", help="A model or a pattern that is allowed; again for more.")
]
Requests = Annotated[int | None, typer.Option("--requests", help="The most requests a minute.")]
Tokens = Annotated[int | None, typer.Option("--tokens", help="The most tokens a minute, prompts and answers.")]
Day = Annotated[float | None, typer.Option("--day", help="The most dollars a day (UTC).")]
Month = Annotated[float | None, typer.Option("--month", help="The most dollars a month (UTC).")]
AtOnce = Annotated[int | None, typer.Option("--at-once", help="The most requests at the same time.")]


def at_desk(config: Path | None, work: "Callable[[KeyDesk], Awaitable[T]]") -> T:
    """Do some work at the desk of the store that the settings name."""
    from cothink.settings import load
    from cothink.store.desk import KeyDesk
    from cothink.store.open import open_store

    settings = load(config)

    async def run() -> T:
        store = open_store(settings.store)
        try:
            return await work(KeyDesk(store))
        finally:
            await store.aclose()

    return asyncio.run(run())


def settings_ask_for_keys(config: Path | None) -> bool:
    """Say whether a gateway with these settings lets in stored keys only."""
    from cothink.settings import load

    return load(config).gateway.stored_keys


def limits_in_words(quota: "Quota") -> str:
    """Return limits for people."""
    from cothink.core.price import usd

    parts = [
        f"{quota.requests:,} requests/min" if quota.requests is not None else "",
        f"{quota.tokens:,} tokens/min" if quota.tokens is not None else "",
        f"${usd(quota.day_nanousd):,.2f}/day" if quota.day_nanousd is not None else "",
        f"${usd(quota.month_nanousd):,.2f}/month" if quota.month_nanousd is not None else "",
        f"{quota.at_once:,} at once" if quota.at_once is not None else "",
    ]
    return ", ".join(part for part in parts if part) or "none"
