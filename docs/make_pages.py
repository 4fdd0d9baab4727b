"""Writes the parts of the pages that follow from the code: settings, errors, fields, and the help of each command.

Run ``PYTHONPATH=src python docs/make_pages.py`` after a change; a test holds the pages to it. A part stands between
``<!-- from the code: NAME -->`` and ``<!-- end -->``, and everything around it is written by hand.
"""

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer
from msgspec import inspect as msgspec_inspect

from cothink.cli.main import app
from cothink.core import errors
from cothink.engines.catalogue import Row
from cothink.engines.chat_config import ChatCompletionsConfig
from cothink.engines.llamacpp_config import LlamaConfig
from cothink.engines.responses_config import ResponsesConfig
from cothink.gateway.chat.body import ChatBody
from cothink.gateway.config import GatewayConfig
from cothink.gateway.fields import EXTRAS, NO_OPS
from cothink.gateway.responses.body import ResponsesBody
from cothink.monitor.config import RecordsConfig
from cothink.privacy.config import PrivacyConfig
from cothink.privacy.spans import INDIRECT, TYPES
from cothink.risk.config import RiskConfig
from cothink.routing.config import RoutingConfig, Rule, Weights
from cothink.settings.bindings import DEFAULT_MODEL
from cothink.store.config import StoreConfig
from cothink.strategies.coding.config import CodingConfig
from cothink.strategies.config import StrategiesConfig
from cothink.strategies.early.config import EarlyConfig
from cothink.strategies.longdoc.config import LongdocConfig
from cothink.strategies.route.config import RouteConfig
from cothink.traffic.balance_config import AffinityConfig, BreakerConfig, PoolConfig, RetryConfig
from cothink.traffic.config import BookConfig, FallbackConfig, TrafficConfig
from cothink.traffic.queue_config import HealthConfig, HedgeConfig, LimitConfig
from cothink.verify.config import VerifyConfig
from cothink.verify.sandbox.config import Limits, SandboxConfig

DOCS = Path(__file__).parent
PART = re.compile(r"(<!-- from the code: (?P<name>[a-z.-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
KINDS = ("json_schema", "arithmetic", "equation", "code", "quoting", "closed", "open")
# One sentence of the docstring speaks for all seven kinds.
BY_KIND = {kind: f"The task is of the kind `{kind}`." for kind in KINDS}
HELP_WIDTH = 96


def filled(page: str) -> str:
    """Return a page with its parts made anew."""
    return PART.sub(lambda part: f"{part[1]}\n{PARTS[part['name']]().strip()}\n\n{part[3]}", page)


def settings_table(config: type[Any], meanings: dict[str, str] | None = None) -> str:
    """Return a row for each setting of a config: its name, default and meaning."""
    told = arguments(config) | (meanings or {})
    rows = [f"| `{one.name}` | {default_of(one)} | {cell(told[one.name])} |" for one in dataclasses.fields(config)]
    return "\n".join(["| setting | default | meaning |", "|---|---|---|", *rows])


def default_of(field: "dataclasses.Field[Any]") -> str:
    """Return a default as TOML has it."""
    if field.default is not dataclasses.MISSING:
        value = field.default
    elif field.default_factory is not dataclasses.MISSING:
        value = field.default_factory()
    else:
        return "needed"
    if value is None:
        return "none"
    if dataclasses.is_dataclass(value):
        return "a table, see below"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str):
        return f'`"{value}"`'
    if isinstance(value, tuple | dict):
        listed = ", ".join(f'"{one}"' for one in value)
        return f"`[{listed}]`" if isinstance(value, tuple) else "`{}`"
    return f"`{value:_}`" if isinstance(value, int) else f"`{value:g}`"


def arguments(config: type[Any]) -> dict[str, str]:
    """Return what the docstring says of each argument."""
    found: dict[str, str] = {}
    name = ""
    _, _, rest = inspect.cleandoc(config.__doc__ or "").partition("Args:\n")
    for line in rest.splitlines():
        if not line.startswith("    "):
            break
        if match := re.match(r" {4}(\w+): (.*)", line):
            name = match[1]
            found[name] = match[2]
        else:
            found[name] += " " + line.strip()
    return found


def cell(words: str) -> str:
    """Return docstring words for a cell of a Markdown table."""
    return words.replace("``", "`").replace("|", "\\|")


def type_table() -> str:
    """Return a row for each type of personal data."""
    rows = [f"| `{name}` | {words} | {'yes' if name in INDIRECT else ''} |" for name, words in TYPES.items()]
    return "\n".join(["| type | what | kept by default |", "|---|---|---|", *rows])


def error_table() -> str:
    """Return a row for each class of the error tree."""
    lines = ["| class | status | `type` | `code` | try again | meaning |", "|---|--:|---|---|---|---|"]
    for kind, depth in classes(errors.CoThinkError):
        again = "yes" if kind.retryable else "no"
        meaning = (kind.__doc__ or "").splitlines()[0]
        name = "· " * depth + f"`{kind.__name__}`"
        lines.append(f"| {name} | {kind.status} | `{kind.type}` | `{kind.code}` | {again} | {meaning} |")
    return "\n".join(lines)


def classes(kind: type[errors.CoThinkError], depth: int = 0) -> Iterator[tuple[type[errors.CoThinkError], int]]:
    """Yield a class and those below it that stand in the same tree, each with its depth."""
    yield kind, depth
    for below in kind.__subclasses__():
        if below.__module__ == errors.__name__:
            yield from classes(below, depth + 1)


def fields(body: type[Any]) -> str:
    """Return the fields of a body, the needed ones marked."""
    shape = msgspec_inspect.type_info(body)
    assert isinstance(shape, msgspec_inspect.StructType)  # noqa: S101 - bodies are structs
    return ", ".join(f"`{field.name}`" + (" (needed)" if field.required else "") for field in shape.fields)


def names(known: frozenset[str]) -> str:
    """Return names in a row."""
    return ", ".join(f"`{name}`" for name in sorted(known))


def roles() -> str:
    """Return the model that each role has where none is named."""
    lines = ["| table | model where none is named |", "|---|---|"]
    return "\n".join([*lines, *(f"| `[{role}]` | `{model}` |" for role, model in DEFAULT_MODEL.items())])


def row_fields() -> str:
    """Return the fields of a row of the catalogue."""
    return ", ".join(f"`{name}`" for name in Row.__struct_fields__ if name != "name") + "."


def help_of_all() -> str:
    """Return what each command says with ``--help``, without colour and frames."""
    return "\n\n".join(helps(typer.main.get_command(app), "cothink", None))


def helps(command: Any, name: str, parent: Any) -> Iterator[str]:
    """Yield the help of a command and of those below it."""
    command.rich_markup_mode = None
    context = command.context_class(command, info_name=name, parent=parent, terminal_width=HELP_WIDTH)
    path = context.command_path
    yield f"{'##' if parent is None else '###'} `{path}`\n\n```text\n{command.get_help(context).rstrip()}\n```"
    for below, one in getattr(command, "commands", {}).items():
        yield from helps(one, below, context)


PARTS: dict[str, Callable[[], str]] = {
    "settings.roles": roles,
    "settings.chat-completions": lambda: settings_table(ChatCompletionsConfig),
    "settings.responses": lambda: settings_table(ResponsesConfig),
    "settings.llamacpp": lambda: settings_table(LlamaConfig),
    "settings.gateway": lambda: settings_table(GatewayConfig),
    "settings.routing": lambda: settings_table(RoutingConfig),
    "settings.routing.rules": lambda: settings_table(Rule),
    "settings.routing.weights": lambda: settings_table(Weights, BY_KIND),
    "settings.traffic": lambda: settings_table(TrafficConfig),
    "settings.traffic.book": lambda: settings_table(BookConfig),
    "settings.traffic.pool": lambda: settings_table(PoolConfig),
    "settings.traffic.pool.affinity": lambda: settings_table(AffinityConfig),
    "settings.traffic.pool.breaker": lambda: settings_table(BreakerConfig),
    "settings.traffic.pool.retry": lambda: settings_table(RetryConfig),
    "settings.traffic.hedge": lambda: settings_table(HedgeConfig),
    "settings.traffic.fallback": lambda: settings_table(FallbackConfig),
    "settings.traffic.limit": lambda: settings_table(LimitConfig),
    "settings.traffic.health": lambda: settings_table(HealthConfig),
    "settings.strategies": lambda: settings_table(StrategiesConfig),
    "settings.strategies.coding": lambda: settings_table(CodingConfig),
    "settings.strategies.early": lambda: settings_table(EarlyConfig),
    "settings.strategies.route": lambda: settings_table(RouteConfig),
    "settings.strategies.longdoc": lambda: settings_table(LongdocConfig),
    "settings.strategies.verify": lambda: settings_table(VerifyConfig),
    "settings.records": lambda: settings_table(RecordsConfig),
    "settings.store": lambda: settings_table(StoreConfig),
    "settings.sandbox": lambda: settings_table(SandboxConfig),
    "settings.sandbox.limits": lambda: settings_table(Limits),
    "settings.privacy": lambda: settings_table(PrivacyConfig),
    "settings.risk": lambda: settings_table(RiskConfig),
    "privacy.types": type_table,
    "settings.catalogue": row_fields,
    "errors": error_table,
    "fields.chat": lambda: fields(ChatBody),
    "fields.responses": lambda: fields(ResponsesBody),
    "fields.no-ops": lambda: names(NO_OPS),
    "fields.extras": lambda: names(EXTRAS),
    "cli": help_of_all,
}


def main() -> None:
    """Write the parts into every page."""
    for path in sorted(DOCS.rglob("*.md")):
        page = path.read_text(encoding="utf-8")
        path.write_text(filled(page), encoding="utf-8")


if __name__ == "__main__":
    main()
