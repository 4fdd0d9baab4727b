"""The models of the settings inside a command, without a gateway: for work that needs more than the public API."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from cothink.assemble import build
from cothink.core.engine import Engine
from cothink.core.errors import SettingError
from cothink.core.events import ignore
from cothink.core.ledger import Limits
from cothink.core.messages import Message
from cothink.core.request import Request, Sampling
from cothink.core.run import Run
from cothink.engines.llamacpp_servers import OwnServers
from cothink.routing.directory import Directory
from cothink.settings import Settings
from cothink.strategies.coding.team import Coding
from cothink.verify.sandbox.sandbox import Sandbox

NO_TEAM = "cothink-code needs both roles: bind r1 and pro, or add --embedded pair."


@dataclass(frozen=True, slots=True)
class Workshop:
    """Models and sandbox of one command."""

    directory: Directory
    sandbox: Sandbox

    def engine(self, name: str) -> Engine:
        """The engine behind a name.

        Raises:
            UnknownModel: There is none of that name.
        """
        return self.directory.find(name).model.engine

    def coding(self) -> Coding:
        """The team that writes code.

        Raises:
            SettingError: It needs both roles, and one is not bound.
        """
        for model in self.directory.models():
            if isinstance(model.engine, Coding):
                return model.engine
        raise SettingError(NO_TEAM)


@asynccontextmanager
async def workshop(settings: Settings) -> AsyncIterator[Workshop]:
    """Build the models, and end embedded ones and the sandbox when the block ends.

    Raises:
        SettingError: Nothing is bound, or a binding cannot be made.
    """
    if not settings.bound():
        raise SettingError("No model is bound: write a cothink.toml, set COTHINK_R1_URL, or add --embedded pair.")
    servers = OwnServers()
    try:
        async with AsyncExitStack() as stack:
            sandbox = await stack.enter_async_context(Sandbox(settings.sandbox))
            today = datetime.now(UTC).date()
            yield Workshop(await build(settings, stack, servers, sandbox, ignore, today), sandbox)
    finally:
        await servers.stop()


def request(
    model: str, words: str, *, limits: Limits = Limits(), sampling: Sampling = Sampling(), tell: Callable[[str], None]
) -> Request:
    """One question on a run of its own, whose words of progress are told."""
    run = Run("command", limits=limits)
    run.progress.listener = tell
    return Request(model=model, messages=(Message("user", words),), run=run, sampling=sampling, stream=False)
