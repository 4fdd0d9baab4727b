"""Another model answers where the first one's servers fail before the first chunk; the client is told so."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

from cothink.core.engine import Engine, Stream, Zone
from cothink.core.errors import CoThinkError, SettingError
from cothink.core.request import Request
from cothink.traffic.retry import is_replicas_fault


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that may answer."""

    name: str
    engine: Engine
    zone: Zone


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
        last = len(self.choices) - 1
        for number, choice in enumerate(self.choices):
            has_begun = False
            try:
                async with aclosing(choice.engine.stream(request)) as inner:
                    async for chunk in inner:
                        has_begun = True
                        yield chunk
            except CoThinkError as error:
                if has_begun or not is_replicas_fault(error):
                    raise
                if number == last:
                    if self._kept_out:
                        request.run.trace.note("fallback_kept_in", {"not_asked": self._kept_out})
                    raise
                self._tell(request, choice, self.choices[number + 1], error)
            else:
                return

    @staticmethod
    def _tell(request: Request, failed: Choice, following: Choice, error: CoThinkError) -> None:
        run = request.run
        run.trace.note("fallback", {"from": failed.name, "to": following.name, "error": error.code})
        run.warn(f"{failed.name} could not be asked ({error.code}); {following.name} answers in its place.")
