"""What is known of models by name: how to reach them, their price, what they can do, when they end and who follows.

The rows that come with CoThink stand in ``catalogue.toml``, with their sources. A user's settings add rows and change
fields.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from importlib.resources import files
from typing import Any, Literal

import msgspec

from cothink.core.engine import Capabilities, Modality, Zone
from cothink.core.errors import SettingError, UnknownModel
from cothink.core.price import Price

EngineKind = Literal["chat_completions", "responses", "llamacpp"]
ReasoningMode = Literal["standard", "pro"]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One model.

    Args:
        name: The name that a user writes and the vendor understands.
        engine: Which way leads to it.
        zone: Where it stands: ``site`` or ``hosted``.
        aliases: Other names of the same model.
        priced: Whether ``price`` is known. A row without one must say ``priced = false``.
        currency: What the vendor bills in. Only dollars are counted, so a row in another currency is not priced.
        context_tokens: The most tokens of prompt and answer; None is not known, and a careful default holds.
        efforts: The reasoning efforts that it takes, none at all if empty; None is not known, and any is passed on.
        reasoning_modes: The values of ``reasoning.mode`` that it takes; empty: it knows no such field.
        native_streaming: Whether it can send its answer word by word.
        background: Whether it can work on after the connection is closed, to be asked later.
        shutdown_date: The first day on which it does not answer any more.
        successor: The model to call from that day on.
        note: What a reader of the price or the sizes should know.
    """

    name: str
    engine: EngineKind
    zone: Zone
    aliases: tuple[str, ...] = ()
    price: Price | None = None
    priced: bool = True
    currency: str = "USD"
    context_tokens: int | None = None
    max_output_tokens: int | None = None
    modalities: frozenset[Modality] = frozenset({"text"})
    tools: bool = True
    json_schema: bool = True
    logprobs: bool = True
    sampling: bool = True
    native_streaming: bool = True
    background: bool = True
    efforts: tuple[Effort, ...] | None = None
    reasoning_modes: tuple[ReasoningMode, ...] = ()
    shutdown_date: date | None = None
    successor: str | None = None
    note: str = ""

    def is_alive(self, today: date) -> bool:
        """Whether it answers on that day, as far as is known."""
        return self.shutdown_date is None or today < self.shutdown_date

    @property
    def capabilities(self) -> Capabilities:
        """What it can do, in the words that every room shares."""
        known = {
            name: value
            for name in ("context_tokens", "max_output_tokens")
            if (value := getattr(self, name)) is not None
        }
        return Capabilities(
            modalities=self.modalities,
            tools=self.tools,
            json_schema=self.json_schema,
            logprobs=self.logprobs,
            sampling=self.sampling,
            zone=self.zone,
            **known,
        )


class Catalogue:
    """All rows, found by name or alias.

    Args:
        own: A user's rows by name. A new name needs ``engine`` and ``zone``; a known one only what changes. A ``price``
            given here stands in whole for the old one.

    Raises:
        SettingError: A key is unknown (the nearest is named), a value is wrong, or a name stands for two models.
    """

    def __init__(self, own: Mapping[str, Any] | None = None) -> None:
        raw = _shipped()
        for name, fields in (own or {}).items():
            raw[name] = _merged(name, raw.get(name, {}), fields)
        self._rows = {name: _row(name, fields) for name, fields in raw.items()}
        self._names = _index(self._rows.values())

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def find(self, name: str) -> Row | None:
        """Return the row of a name or an alias; None where the catalogue knows no such model, which is no error."""
        return self._rows.get(self._names.get(name.casefold(), ""))

    def row(self, name: str) -> Row:
        """Return the row of a name or an alias.

        Raises:
            UnknownModel: The catalogue has no such row.
        """
        row = self.find(name)
        if row is None:
            near = self.near(name)
            hint = f" Did you mean {near!r}?" if near else ""
            raise UnknownModel(f"The catalogue has no model {name!r}.{hint}", param="model")
        return row

    def near(self, name: str) -> str | None:
        """Return the known name that looks most like this one, if any does."""
        matches = get_close_matches(name.casefold(), self._names, n=1, cutoff=0.6)
        return matches[0] if matches else None

    def successor(self, name: str, today: date) -> Row:
        """Return the model to call on that day: the named one while it is alive, else its first successor that is.

        Raises:
            UnknownModel: The name is unknown, or everything in its chain is switched off.
        """
        first = row = self.row(name)
        seen = set[str]()
        while not row.is_alive(today):
            seen.add(row.name)
            follower = self.find(row.successor) if row.successor else None
            if follower is None or follower.name in seen:
                raise UnknownModel(
                    f"{first.name} was switched off on {first.shutdown_date}, and none of its successors answers. "
                    f"Bind another model.",
                    param="model",
                )
            row = follower
        return row

    def price(self, name: str) -> Price | None:
        """Return the list price; None where it is not known.

        Raises:
            UnknownModel: The catalogue has no such row.
        """
        return self.row(name).price

    def capabilities(self, name: str) -> Capabilities:
        """Return what the model can do.

        Raises:
            UnknownModel: The catalogue has no such row.
        """
        return self.row(name).capabilities


def _shipped() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files(__package__).joinpath("catalogue.toml").read_text("utf-8"))


def _merged(name: str, old: Mapping[str, Any], new: Any) -> dict[str, Any]:
    """Lay a user's fields over the shipped ones; a price and the claim that there is none drive each other out."""
    if not isinstance(new, Mapping):
        raise SettingError(f"models.{name} is {new!r}; allowed is a table of fields.")
    fields = {**old, **new}
    if "price" in new and "priced" not in new:
        fields["priced"] = True
        fields["currency"] = new.get("currency", "USD")
    if new.get("priced") is False and "price" not in new:
        fields.pop("price", None)
    return fields


def _row(name: str, fields: Mapping[str, Any]) -> Row:
    _check_keys(f"models.{name}", fields, Row)
    price = fields.get("price")
    if isinstance(price, Mapping):
        _check_keys(f"models.{name}.price", price, Price)
    try:
        row = msgspec.convert({**fields, "name": name}, type=Row)
    except msgspec.ValidationError as error:
        raise SettingError(f"models.{name}: {error}.") from error
    _check(row)
    return row


def _check_keys(where: str, fields: Mapping[str, Any], shape: type[msgspec.Struct]) -> None:
    allowed = shape.__struct_fields__
    for key in fields:
        if key == "name" or key not in allowed:
            near = get_close_matches(key, allowed, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else f" Allowed are {', '.join(allowed)}."
            raise SettingError(f"{where} has no field {key!r}.{hint}")


def _check(row: Row) -> None:
    where = f"models.{row.name}"
    if row.priced != (row.price is not None):
        raise SettingError(f"{where}: give a `price`, or say `priced = false`, one of the two.")
    if row.price is not None:
        if row.currency != "USD":
            raise SettingError(f"{where}: the currency is {row.currency!r}, but a price is counted in USD only.")
        for name in row.price.__struct_fields__:
            value = getattr(row.price, name)
            if isinstance(value, int | float) and not 0 <= value < 1e9:
                raise SettingError(f"{where}.price.{name} is {value}; allowed is 0 or more.")
    for name in ("context_tokens", "max_output_tokens"):
        value = getattr(row, name)
        if value is not None and value < 1:
            raise SettingError(f"{where}.{name} is {value}; allowed is 1 or more.")


def _index(rows: Iterable[Row]) -> dict[str, str]:
    """Map every name and alias, in small letters, to the name of its row."""
    names: dict[str, str] = {}
    for row in rows:
        for name in (row.name, *row.aliases):
            taken = names.setdefault(name.casefold(), row.name)
            if taken != row.name:
                raise SettingError(f"models.{row.name}: the name {name!r} already stands for {taken}.")
    return names
