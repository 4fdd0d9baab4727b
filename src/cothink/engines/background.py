"""The life of a background answer: begun, remembered, asked for until it is over, cancelled when nobody waits any more.

Whatever ends the waiting early (a client that left, a deadline, a store that fails) lets the vendor know: a paid answer
must not go on for nobody. Source: https://platform.openai.com/docs/guides/background (read 2026-11-24).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from cothink.core.errors import CoThinkError, UpstreamError, UpstreamRefused, UpstreamTimeout
from cothink.core.run import Run
from cothink.engines.responses_answer import WireResponse
from cothink.engines.responses_api import ResponsesApi
from cothink.engines.responses_config import ResponsesConfig

log = logging.getLogger(__name__)

Remember = Callable[[str, str], Awaitable[None]]
"""Told the run's id and the response's id before the first look, so that a restart can resume a paid answer."""
Sleep = Callable[[float], Awaitable[None]]

GROWTH = 1.5
MAX_WAIT_S = 60.0
HOPELESS = frozenset({"upstream_auth", "upstream_quota"})


class Background:
    """Background answers of one binding.

    Args:
        clock: Seconds that only grow.
        sleep: Waits that many seconds.
    """

    def __init__(
        self,
        api: ResponsesApi,
        config: ResponsesConfig,
        *,
        remember: Remember,
        clock: Callable[[], float],
        sleep: Sleep,
    ) -> None:
        self._api = api
        self._config = config
        self._remember = remember
        self._clock = clock
        self._sleep = sleep
        self._farewells: set[asyncio.Task[None]] = set()

    async def answer(self, body: dict[str, Any], run: Run) -> WireResponse:
        """Begin an answer and return it when it is over, however it ended.

        Raises:
            CoThinkError: It could not be begun or followed; then it was cancelled as well as that went.
        """
        beginning = asyncio.create_task(self._api.create({**body, "background": True}))
        try:
            response = await asyncio.shield(beginning)
        except asyncio.CancelledError:
            await self._say_farewell(self._cancel_begun(beginning))
            raise
        return await self._followed(response, run, remember=True)

    async def resume(self, response_id: str, run: Run) -> WireResponse:
        """Go on waiting for an answer that was begun before.

        Raises:
            UpstreamError: The vendor does not keep it any more (``response_expired``), or fails.
        """
        return await self._followed(WireResponse(response_id, "in_progress"), run, remember=False)

    async def close(self) -> None:
        """Wait for the cancels that are still on their way; each has its own time limit."""
        while self._farewells:
            await asyncio.wait(self._farewells)

    async def _followed(self, response: WireResponse, run: Run, *, remember: bool) -> WireResponse:
        try:
            if remember and response.is_working:
                await self._remember(run.id, response.id)
                run.progress.note("The pro has begun.")
            response = await self._polled(response, run)
        finally:
            if response.is_working:  # left early, by whatever way
                await self._say_farewell(self._cancel(response.id))
        return response

    async def _polled(self, response: WireResponse, run: Run) -> WireResponse:
        begun = noted = self._clock()
        wait_s, failures = self._config.poll_first_s, 0
        while response.is_working:
            await self._sleep(wait_s)
            wait_s = min(wait_s * GROWTH, self._config.poll_most_s)
            now = self._clock()
            if now - noted >= self._config.heartbeat_s:
                noted = now
                run.progress.note(f"The pro is thinking, {now - begun:.0f} s.")
            try:
                response = await self._look(response.id)
                failures = 0
            except UpstreamError as error:
                failures += 1
                self._give_up_or_go_on(error, failures)
                wait_s = min(max(wait_s, error.retry_after_s or 0.0), MAX_WAIT_S)
        return response

    async def _look(self, response_id: str) -> WireResponse:
        try:
            async with asyncio.timeout(self._config.look_s):
                return await self._api.look(response_id)
        except TimeoutError as error:
            raise UpstreamTimeout(f"A look at the pro's answer took more than {self._config.look_s:g} s.") from error

    def _give_up_or_go_on(self, error: UpstreamError, failures: int) -> None:
        """A look costs nothing and loses nothing, so it is tried again where an answer itself would not be."""
        if error.code == "upstream_not_found":
            gone = "The pro's answer is no longer kept on its server."
            raise UpstreamError(gone, code="response_expired") from error
        hopeless = isinstance(error, UpstreamRefused) or error.code in HOPELESS
        if hopeless or failures >= self._config.poll_failures:
            raise error
        log.warning("A look at the pro's answer failed (%s), %d in a row", error.code, failures)

    async def _cancel_begun(self, beginning: asyncio.Task[WireResponse]) -> None:
        """Wait for the id of an answer that is just being begun, and cancel it."""
        try:
            async with asyncio.timeout(self._config.cancel_s):
                response = await beginning
                if response.is_working:
                    await self._api.cancel(response.id)
        except TimeoutError:
            log.warning("An answer of the pro may go on unseen: its id did not come in %g s", self._config.cancel_s)
        except CoThinkError as error:
            log.warning("An answer of the pro was left while it began, and it failed: %s", error.code)

    async def _cancel(self, response_id: str) -> None:
        try:
            async with asyncio.timeout(self._config.cancel_s):
                await self._api.cancel(response_id)
        except TimeoutError:
            log.warning("The cancel of %s got no answer within %g s", response_id, self._config.cancel_s)
        except CoThinkError as error:
            log.warning("The cancel of %s failed: %s", response_id, error.code)

    async def _say_farewell(self, cancel: Coroutine[Any, Any, None]) -> None:
        """Run a cancel to its end, even if this task is cancelled once more while it waits."""
        task = asyncio.create_task(cancel)
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)
        await asyncio.shield(task)
