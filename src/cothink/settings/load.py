"""Reads the file and the environment. Nobody else reads the environment.

Later wins: what a part's own `config.py` says, then the TOML file, then the environment. `COTHINK_R1_URL` sets
`r1.url`, `COTHINK_GATEWAY_PORT` sets `gateway.port`, and so on. A text such as `env:NAME` or
`file:/run/secrets/name` stands for what lies there, so that no secret needs to be in the file.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cothink.core.errors import SettingError
from cothink.engines.catalogue import Catalogue
from cothink.gateway.config import GatewayConfig
from cothink.monitor.config import RecordsConfig
from cothink.privacy.config import PrivacyConfig
from cothink.risk.config import RiskConfig
from cothink.routing.config import RoutingConfig
from cothink.settings.bindings import Binder, Binding
from cothink.settings.build import Sources, Tree, build, leaves, merge, refuse_unknown
from cothink.store.config import SQLITE, StoreConfig
from cothink.strategies.config import StrategiesConfig
from cothink.traffic.config import TrafficConfig
from cothink.verify.sandbox.config import SandboxConfig

PREFIX = "COTHINK_"
NOT_SETTINGS = {"CONFIG", "KEY", "DATA"}  # read by the command line and by the benchmarks


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set.

    ``models`` binds more names than the two roles; ``catalogue`` adds rows or changes them; ``cache`` is the folder of
    model files; ``sources`` says where each value came from.
    """

    r1: Binding | None = None
    pro: Binding | None = None
    models: Mapping[str, Binding] = field(default_factory=dict)
    catalogue: Mapping[str, Any] = field(default_factory=dict)
    gateway: GatewayConfig = field(default_factory=GatewayConfig)
    routing: RoutingConfig = field(default_factory=RoutingConfig)
    traffic: TrafficConfig = field(default_factory=TrafficConfig)
    strategies: StrategiesConfig = field(default_factory=StrategiesConfig)
    sandbox: SandboxConfig = field(default_factory=SandboxConfig)
    records: RecordsConfig = field(default_factory=RecordsConfig)
    privacy: PrivacyConfig = field(default_factory=PrivacyConfig)
    risk: RiskConfig = field(default_factory=RiskConfig)
    store: StoreConfig = field(default_factory=StoreConfig)
    cache: Path
    sources: Mapping[str, str] = field(default_factory=dict)

    def bound(self) -> dict[str, Binding]:
        """Return every binding by its name, the roles first."""
        roles = {name: role for name, role in (("r1", self.r1), ("pro", self.pro)) if role is not None}
        return roles | dict(self.models)


PARTS: dict[str, type[Any]] = {
    "gateway": GatewayConfig,
    "routing": RoutingConfig,
    "traffic": TrafficConfig,
    "strategies": StrategiesConfig,
    "sandbox": SandboxConfig,
    "records": RecordsConfig,
    "privacy": PrivacyConfig,
    "risk": RiskConfig,
    "store": StoreConfig,
}
# Settings that an environment variable lists with commas.
LISTS = ("cors_origins", "trust_proxy_headers", "urls", "redact", "fallback", "keep", "near_cutoff")


def load(
    config: Path | None = None, environment: Mapping[str, str] | None = None, given: Tree | None = None
) -> Settings:
    """Read file and environment.

    Args:
        config: A TOML file; without it `COTHINK_CONFIG`, else `cothink.toml` in this folder where there is one.
        environment: The variables; the process's own by default.
        given: What the command line said, in a file's form; it wins.

    Raises:
        SettingError: A setting is unknown (the nearest name is given), of a wrong type or out of range.
    """
    variables = os.environ if environment is None else environment
    sources: Sources = {}
    values: Tree = {}
    path = config or _default_file(variables)
    layers = (
        (_read(path), f"file {path}"),
        (_from_environment(variables), "environment"),
        (given or {}, "command line"),
    )
    for layer, origin in layers:
        values = merge(values, layer)
        sources |= {where: origin for where, _ in leaves(layer)}
    refuse_unknown(values, ("r1", "pro", "models", "catalogue", "cache", *PARTS), "")
    values = _revealed(values, variables, "")
    values["records"] = _placed(values.get("records", {}), variables)
    values["store"] = _stored(values.get("store", {}), variables)
    bind = Binder(Catalogue(values.get("catalogue")), sources)
    return Settings(
        r1=bind.role("r1", values.get("r1")),
        pro=bind.role("pro", values.get("pro")),
        models={name: bind.model(name, table) for name, table in values.get("models", {}).items()},
        catalogue=values.get("catalogue", {}),
        cache=_cache(values.get("cache"), variables),
        sources=sources,
        **{name: build(kind, values.get(name, {}), sources, name) for name, kind in PARTS.items()},
    )


def _cache(given: str | None, variables: Mapping[str, str]) -> Path:
    """The folder of model files: the one that was given, else the user's cache by the XDG rule."""
    base = Path(variables.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(given).expanduser() if given else base / "cothink" / "models"


def _data(variables: Mapping[str, str]) -> Path:
    """The folder of the user's data by the XDG rule."""
    return Path(variables.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "cothink"


def _stored(store: Tree, variables: Mapping[str, str]) -> Tree:
    """Say where keys rest, where nothing else does."""
    has_none = isinstance(store, dict) and not store.get("url")
    return {**store, "url": f"{SQLITE}{_data(variables) / 'cothink.db'}"} if has_none else store


def _placed(records: Tree, variables: Mapping[str, str]) -> Tree:
    """Say where records rest, where nothing else does: in the folder of the user's data."""
    path = records.get("path") or _data(variables) / "records.db"
    return {**records, "path": str(Path(path).expanduser())} if isinstance(path, str | Path) else records


def _default_file(variables: Mapping[str, str]) -> Path | None:
    if named := variables.get(PREFIX + "CONFIG"):
        return Path(named)
    here = Path("cothink.toml")
    return here if here.is_file() else None


def _read(path: Path | None) -> Tree:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(f"The settings file {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise SettingError(f"The settings file {path} is no TOML: {error}.") from error


def _from_environment(variables: Mapping[str, str]) -> Tree:
    """`COTHINK_R1_URL=x` -> {"r1": {"url": "x"}}; a variable that no setting is behind is refused."""
    values: Tree = {}
    for variable, text in variables.items():
        name = variable.removeprefix(PREFIX)
        if name == variable or name in NOT_SETTINGS or name.startswith("TEST"):
            continue
        table, _, setting = name.lower().partition("_")
        if table == "cache" and not setting:
            values["cache"] = text
            continue
        if table not in ("r1", "pro", *PARTS) or not setting:
            raise SettingError(
                f"The environment variable {variable} is not known. Variables look like {PREFIX}R1_URL or "
                f"{PREFIX}GATEWAY_PORT: the name of a table ({', '.join(('r1', 'pro', *PARTS))}), then of a setting.",
                param=variable,
            )
        values.setdefault(table, {})[setting] = _listed(setting, text)
    return values


def _listed(setting: str, text: str) -> Any:
    """A variable that stands for several values has commas; keys get numbers as names."""
    if setting == "keys":
        return {f"key{number}": key for number, key in enumerate(text.split(","), 1)}
    return text.split(",") if setting in LISTS else text


def _revealed(value: Any, variables: Mapping[str, str], where: str) -> Any:
    """Put what lies behind `env:NAME` and `file:PATH` in their place."""
    if isinstance(value, dict):
        return {name: _revealed(one, variables, f"{where}.{name}".lstrip(".")) for name, one in value.items()}
    if isinstance(value, list):
        return [_revealed(one, variables, where) for one in value]
    if isinstance(value, str) and value.startswith("env:"):
        if value[4:] not in variables:
            raise SettingError(f"The setting {where} wants the environment variable {value[4:]}, which is not set.")
        return variables[value[4:]]
    if isinstance(value, str) and value.startswith("file:"):
        try:
            return Path(value[5:]).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingError(f"The setting {where} wants the file {value[5:]}: {error.strerror}.") from error
    return value
