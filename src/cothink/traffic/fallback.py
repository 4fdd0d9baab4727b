"""Another model answers where the first one's servers fail before the first chunk; the client is told so."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import msgspec

from cothink.core.engine import Engine, Model, Stream, Zone
from cothink.core.errors import CoThinkError, SettingError
from cothink.core.request import Request
from cothink.traffic.config import FallbackConfig
from cothink.traffic.retry import is_replicas_fault

log = logging.getLogger(__name__)
Unfit = Callable[[Request, Model], str | None]
"""In words why a model cannot answer a request, or None where it can."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that may answer. ``unfit`` says in words why it cannot answer a request, or None where it can."""

    name: str
    engine: Engine
    zone: Zone
    unfit: Callable[[Request], str | None] = field(default=lambda request: None)


class Fallback:
    """An Engine that goes on to the next model.

    Args:
        choices: In the order of asking, at least one.
        allow_hosted: A request that began on the site may go on to a hosted model. Where it may not, hosted choices
            after a site one are never asked.

    Raises:
        SettingError: There is no choice, or two have one name.
    """

    def __init__(self, choices: Sequence[Choice], *, allow_hosted: bool = False) -> None:
        names = [choice.name for choice in choices]
        if not names or len(set(names)) < len(names):
            raise SettingError(f"choices are {names}; allowed is one or more, each with its own name.", param="choices")
        keeps_in = choices[0].zone == "site" and not allow_hosted
        self.choices = tuple(choice for choice in choices if not keeps_in or choice.zone == "site")
        self._kept_out = [choice.name for choice in choices if choice not in self.choices]

    async def stream(self, request: Request) -> Stream:
        """Answer from the first model whose servers do.

        Raises:
            CoThinkError: What the last one raised; at once where the request itself is at fault, a limit of ours is
                reached, or a chunk has left.
        """
        choice, left = self.choices[0], self.choices[1:]
        while True:
            has_begun = False
            try:
                async with aclosing(choice.engine.stream(request)) as inner:
                    async for chunk in inner:
                        has_begun = True
                        yield chunk
            except CoThinkError as error:
                if has_begun or not is_replicas_fault(error):
                    raise
                following, left = self._next(request, left)
                if following is None:
                    raise
                self._tell(request, choice, following, error)
                choice = following
            else:
                return

    def _next(self, request: Request, left: tuple[Choice, ...]) -> tuple[Choice | None, tuple[Choice, ...]]:
        """Return the next model that can answer, and those after it."""
        for number, choice in enumerate(left):
            why = choice.unfit(request)
            if why is None:
                return choice, left[number + 1 :]
            request.run.trace.note("fallback_unfit", {"model": choice.name, "why": why})
        if self._kept_out:
            request.run.trace.note("fallback_kept_in", {"not_asked": self._kept_out})
        return None, ()

    @staticmethod
    def _tell(request: Request, failed: Choice, following: Choice, error: CoThinkError) -> None:
        run = request.run
        run.trace.note("fallback", {"from": failed.name, "to": following.name, "error": error.code})
        run.warn(f"{failed.name} could not be asked ({error.code}); {following.name} answers in its place.")
        log.warning("Request %s: %s fails (%s), %s answers.", run.id, failed.name, error.code, following.name)


def with_fallbacks(
    models: Mapping[str, Model], chains: Mapping[str, Sequence[str]], unfit: Unfit, config: FallbackConfig
) -> dict[str, Model]:
    """Return the models, each with those that answer in its place.

    A model that stands in answers without its own fallbacks, so no chain is a circle.

    Args:
        models: By name.
        chains: For a name, the names that stand in for it, in order.
        unfit: See `Unfit`.
        config: Whether a request may leave the site.

    Raises:
        SettingError: A name that is no model, that stands twice, or that is hosted where the first stands on the site.
    """
    return {name: _with(model, models, chains.get(name, ()), unfit, config) for name, model in models.items()}


def _with(
    model: Model, models: Mapping[str, Model], names: Sequence[str], unfit: Unfit, config: FallbackConfig
) -> Model:
    if not names:
        return model
    where = f"{model.name}.fallback" if model.name in ("r1", "pro") else f"models.{model.name}.fallback"
    for name in names:
        if name not in models or name == model.name or list(names).count(name) > 1:
            others = ", ".join(sorted(set(models) - {model.name})) or "none"
            raise SettingError(
                f"{where} names {name!r}; allowed are other models that are bound, each once: {others}.", param=where
            )
        zone = models[name].capabilities.zone
        if model.capabilities.zone == "site" and zone == "hosted" and not config.allow_hosted:
            raise SettingError(
                f"{where} names {name}, which is hosted: a request for {model.name} would leave the site. Name a model "
                "of the zone site, or set traffic.fallback.allow_hosted = true if that is meant.",
                param=where,
            )
    choices = [
        Choice(one.name, one.engine, one.capabilities.zone, lambda request, one=one: unfit(request, one))  # type: ignore[misc]
        for one in (model, *(models[name] for name in names))
    ]
    return msgspec.structs.replace(model, engine=Fallback(choices, allow_hosted=config.allow_hosted))
