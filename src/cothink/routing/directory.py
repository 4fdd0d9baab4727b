"""Finds the model that a client names: roles, virtual models with a dial, and names that were retired."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from cothink.core.engine import Model
from cothink.core.errors import BadRequest, SettingError, UnknownModel

AUTO = "cothink-auto"
WITH_DIAL = (AUTO, "cothink-route")


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name of a model.

    Args:
        target: The name that answers for it.
        retired_on: YYYY-MM-DD, the first day on which its maker no longer serves it; None for a mere second name.
    """

    target: str
    retired_on: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A model that a client asked for.

    Args:
        model: What answers.
        team: It is several models behind one name.
        dial: The dial that the name sets, if it does.
        note: In words, why the answer comes from another model than the one named, if it does.
    """

    model: Model
    team: bool = False
    dial: float | None = None
    note: str | None = None


class Directory:
    """All names that clients may use.

    Args:
        models: Roles, single models and teams; the order is that of ``models()``.
        teams: The names of those that are teams.
        aliases: Other names and what answers for them.
        today: The day, for the words about retired names.
        absent: Names of ours that nothing here can answer for, and in words why.

    Raises:
        SettingError: Two models of one name, or an alias without a target.
    """

    def __init__(
        self,
        models: Iterable[Model],
        *,
        teams: Iterable[str] = (),
        aliases: Mapping[str, Alias] = {},
        today: date,
        absent: Mapping[str, str] = {},
    ) -> None:
        self._models: dict[str, Model] = {}
        for model in models:
            if model.name in self._models:
                raise SettingError(
                    f"Two models are named {model.name}; each needs a name of its own.", param=model.name
                )
            self._models[model.name] = model
        self._teams = frozenset(teams)
        self._aliases = dict(aliases)
        self._today = today
        self._absent = dict(absent)
        for name, alias in self._aliases.items():
            if alias.target not in self._models:
                raise SettingError(f"{name} is to be answered by {alias.target}, which is no model here.", param=name)

    def models(self) -> tuple[Model, ...]:
        """Every model under its own name, in order."""
        return tuple(self._models.values())

    def find(self, name: str) -> Found:
        """Return what answers for a name.

        Raises:
            UnknownModel: There is none; the message gives the nearest names and all of them.
            BadRequest: A dial that is no number from 0 to 1, or on a model that has none.
        """
        model = self._models.get(name)
        if model is not None:
            return Found(model, name in self._teams)
        base, colon, dial = name.rpartition(":")
        if colon and base in self._models:
            return Found(self._models[base], base in self._teams, _dial(base, dial))
        alias = self._aliases.get(name)
        if alias is None:
            raise self._unknown(name)
        return Found(self._models[alias.target], alias.target in self._teams, note=self._note(name, alias))

    def _note(self, name: str, alias: Alias) -> str | None:
        if alias.retired_on is None:
            return None
        is_over = date.fromisoformat(alias.retired_on) <= self._today
        when = f"was switched off on {alias.retired_on}" if is_over else f"will be switched off on {alias.retired_on}"
        return f"{name} {when}; {alias.target} answers for it."

    def _unknown(self, name: str) -> UnknownModel:
        names = list(self._models)
        if name in self._absent:
            words = f"{self._absent[name]} Models here: {', '.join(names)}."
            return UnknownModel(words, param="model")
        known = {one.casefold(): one for one in [*self._aliases, *names]}
        near = [known[one] for one in get_close_matches(name.casefold(), known, n=3, cutoff=0.6)]
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        return UnknownModel(f"No model is named {name[:80]!r}.{hint} Models here: {', '.join(names)}.", param="model")


def _dial(name: str, text: str) -> float:
    if name not in WITH_DIAL:
        both = " and ".join(WITH_DIAL)
        raise BadRequest(f"Only {both} take a dial, as in {AUTO}:0.7; {name} takes none.", param="model")
    try:
        dial = float(text)
    except ValueError:
        dial = -1.0
    if not 0 <= dial <= 1:
        raise BadRequest(f"The dial of {name} is {text[:20]!r}; allowed is a number from 0 to 1.", param="model")
    return dial
