"""What stands behind a role or a model's name: a server by URL, a vendor by key, or a file.

A table such as `[r1]` holds the engine's own settings beside `engine`, `zone` and `catalogue`; where these are not
given, the catalogue's row of the model says them, else the role.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from cothink.core.engine import Zone
from cothink.core.errors import SettingError
from cothink.engines.catalogue import Catalogue, EngineKind, Row
from cothink.engines.chat_config import ChatCompletionsConfig
from cothink.engines.llamacpp_config import LlamaConfig
from cothink.engines.responses_config import ResponsesConfig
from cothink.settings.build import Sources, Tree, build, refuse_unknown

EngineConfig = ChatCompletionsConfig | ResponsesConfig | LlamaConfig
CONFIGS: dict[EngineKind, type[Any]] = {
    "chat_completions": ChatCompletionsConfig,
    "responses": ResponsesConfig,
    "llamacpp": LlamaConfig,
}
OURS = ("engine", "zone", "catalogue", "fallback")
DEFAULT_MODEL = {"r1": "deepseek-ai/DeepSeek-R1-0528", "pro": "gpt-6.1-sol"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What answers for one name.

    Args:
        engine: How it is reached.
        zone: ``site`` may see raw data; ``hosted`` is outside.
        row: What the catalogue knows of the model; None where it knows nothing.
        replicas: The engine's own settings, once for each server of the model.
        fallback: The names that answer in its place, in order, where its servers cannot.
    """

    engine: EngineKind
    zone: Zone
    row: Row | None
    replicas: tuple[EngineConfig, ...]
    fallback: tuple[str, ...] = ()

    @property
    def config(self) -> EngineConfig:
        """The settings of the first replica: all but the address is the same for all."""
        return self.replicas[0]


class Binder:
    """Makes bindings from tables.

    Args:
        catalogue: The rows, the user's own among them.
        sources: Where each value came from, for the words of an error.
    """

    def __init__(self, catalogue: Catalogue, sources: Sources) -> None:
        self._catalogue = catalogue
        self._sources = sources

    def role(self, name: str, table: Mapping[str, Any] | None) -> Binding | None:
        """Bind `r1` or `pro`; None where nothing is set."""
        return None if table is None else self.model(name, {"model": DEFAULT_MODEL[name], **table}, path=name)

    def model(self, name: str, table: Mapping[str, Any], *, path: str | None = None) -> Binding:
        """Bind a name.

        Raises:
            SettingError: An unknown setting, a wrong value, or a model that nothing says how to reach.
        """
        path = path or f"models.{name}"
        row = self._row(path, table)
        engine = self._engine(path, table, row)
        kind = CONFIGS[engine]
        names = [field.name for field in dataclasses.fields(kind)]
        many = ("urls",) if "url" in names else ()
        refuse_unknown(table, (*OURS, *many, *names), path)
        is_outside = engine == "responses" or path == "pro"
        zone = table.get("zone", row.zone if row else "hosted" if is_outside else "site")
        if zone not in ("site", "hosted"):
            raise SettingError(
                f"The setting {path}.zone is {zone!r}; allowed are site and hosted.", param=f"{path}.zone"
            )
        replicas = tuple(build(kind, own, self._sources, path) for own in _tables(path, table))
        fallback = _names(path, table.get("fallback", []))
        return Binding(engine=engine, zone=zone, row=row, replicas=replicas, fallback=fallback)

    def _row(self, path: str, table: Mapping[str, Any]) -> Row | None:
        named = table.get("catalogue")
        row = self._catalogue.find(str(named or table.get("model", "")))
        if named and row is None:
            near = self._catalogue.near(str(named))
            hint = f" Did you mean {near}?" if near else ""
            raise SettingError(f"The setting {path}.catalogue is {named!r}, which the catalogue does not know.{hint}")
        return row

    def _engine(self, path: str, table: Mapping[str, Any], row: Row | None) -> EngineKind:
        named = table.get("engine")
        if named is not None:
            if named not in CONFIGS:
                raise SettingError(f"The setting {path}.engine is {named!r}; allowed are {', '.join(CONFIGS)}.")
            return named  # type: ignore[no-any-return]  # it is a key of CONFIGS
        if "path" in table:
            return "llamacpp"
        if row is not None and not (("url" in table or "urls" in table) and row.engine == "llamacpp"):
            return row.engine
        if "url" in table or "urls" in table:
            return "chat_completions"
        if path == "pro":
            return "responses"
        raise SettingError(
            f"Nothing says how to reach {path}: give it a `url`, a `path` to a GGUF file, or an `engine`."
        )


def _names(path: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
        raise SettingError(
            f'The setting {path}.fallback is {value!r}; a list of names is allowed, such as ["r1-small"].',
            param=f"{path}.fallback",
        )
    return tuple(value)


def _tables(path: str, table: Mapping[str, Any]) -> list[Tree]:
    """The engine's own settings, once for each of the `urls`, else once."""
    own: Tree = {key: value for key, value in table.items() if key not in (*OURS, "urls")}
    urls = table.get("urls")
    if urls is None:
        return [own]
    if "url" in table or not isinstance(urls, list) or not urls or len(set(urls)) < len(urls):
        raise SettingError(f"{path}.urls is {urls!r}: give one or more different addresses, and no `url` beside them.")
    return [{**own, "url": url} for url in urls]
