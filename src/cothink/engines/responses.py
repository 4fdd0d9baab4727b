"""The pro: a hosted reasoning model over OpenAI's Responses API, as an Engine.

Three ways for an answer to come: in the background (asked for now and then), as a stream, or in one piece.
Source: https://platform.openai.com/docs/api-reference/responses (read 2026-11-24).
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import UTC, date, datetime
from typing import Any, Literal

from cothink.core.chunk import Chunk
from cothink.core.engine import Stream
from cothink.core.errors import SettingError, UnknownModel, UpstreamBroken
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.engines.background import Background, Remember, Sleep
from cothink.engines.catalogue import Row
from cothink.engines.responses_answer import WireResponse
from cothink.engines.responses_api import Http, ResponsesApi, client_of
from cothink.engines.responses_config import ResponsesConfig
from cothink.engines.responses_stream import ResponseReader
from cothink.engines.responses_wire import mode_of, to_body
from cothink.engines.sse import SseParser

DRAIN_S = 0.1
Way = Literal["background", "stream", "plain"]


async def forget(run_id: str, response_id: str) -> None:
    """Remember nothing: for bindings without a store, whose answers a restart loses."""


def utc_today() -> date:
    """Return the day in UTC."""
    return datetime.now(UTC).date()


class Responses:
    """An engine for one hosted model.

    Args:
        config: How it is reached.
        row: What is known of it.
        http: Sends requests; None makes a client by the config.
        remember: Told of each background answer before it is waited for.
        today: The day, for models that are switched off.
        clock: Seconds that only grow.
        sleep: Waits that many seconds.

    Raises:
        SettingError: The setting asks for something that the model cannot do.

    It refuses a model that is switched off: whoever binds it asks the catalogue for the successor.
    """

    def __init__(
        self,
        config: ResponsesConfig,
        row: Row,
        *,
        http: Http | None = None,
        remember: Remember = forget,
        today: Callable[[], date] = utc_today,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        _check(config, row)
        self._config = config
        self._row = row
        self._today = today
        self._sleep = sleep
        self._clock = clock
        self._api = ResponsesApi(config, http or client_of(config))
        self._background = Background(self._api, config, remember=remember, clock=clock, sleep=sleep)

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """Answer in pieces; see ``core.engine.Engine``.

        Raises:
            UnknownModel: The model is switched off.
            BadRequest: The request has a field that cannot be served.
            UpstreamError: The vendor failed.
        """
        if not self._row.is_alive(self._today()):
            raise UnknownModel(
                f"{self._row.name} was switched off on {self._row.shutdown_date}; bind its successor.", param="model"
            )
        body = to_body(request, self._config, self._row)
        reader = ResponseReader(request.sampling.stop, request.run.warn)
        async with aclosing(self._chunks(self._way(request), body, request.run, reader)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def resume(self, response_id: str, run: Run, stops: tuple[str, ...] = ()) -> AsyncGenerator[Chunk, None]:
        """Go on with a background answer that was begun before a restart, and cancel it if the client leaves.

        Args:
            response_id: What ``remember`` was told.
            run: The run that the answer is for.
            stops: The ``stop`` texts of the request.

        Raises:
            UpstreamError: The vendor does not keep the answer any more (code ``response_expired``), or fails.
        """
        reader = ResponseReader(stops, run.warn)
        for chunk in reader.whole(await self._background.resume(response_id, run)):
            yield chunk

    async def aclose(self) -> None:
        """Wait for cancels that are on their way, then close the connections."""
        await self._background.close()
        await self._api.aclose()

    def _way(self, request: Request) -> Way:
        delivery = self._config.delivery
        if delivery != "auto":
            return delivery
        is_quick = mode_of(self._config, self._row) != "pro"
        if self._row.native_streaming and request.stream and is_quick:
            return "stream"
        return "background" if self._row.background else "plain"

    def _chunks(self, way: Way, body: dict[str, Any], run: Run, reader: ResponseReader) -> Stream:
        return self._live(body, reader) if way == "stream" else self._whole(way, body, run, reader)

    async def _live(self, body: dict[str, Any], reader: ResponseReader) -> AsyncGenerator[Chunk, None]:
        parser = SseParser(self._config.event_bytes)
        async with aclosing(await self._api.streamed(body)) as reply:
            async for piece in reply:
                for data in parser.feed(piece):
                    if data == b"[DONE]":  # some servers end with it, as in the chat form
                        continue
                    for chunk in reader.feed(data):
                        yield chunk
                if reader.is_over:
                    await reply.drain(DRAIN_S)
                    return
        raise UpstreamBroken("The pro's stream ended before the answer did.")

    async def _whole(
        self, way: Way, body: dict[str, Any], run: Run, reader: ResponseReader
    ) -> AsyncGenerator[Chunk, None]:
        whole = self._background.answer(body, run) if way == "background" else self._waited(body, run)
        for chunk in reader.whole(await whole):
            yield chunk

    async def _waited(self, body: dict[str, Any], run: Run) -> WireResponse:
        """Ask for the answer in one piece, and tell the client now and then that the pro still thinks."""
        beats = asyncio.create_task(self._beat(run))
        try:
            return await self._api.create(body)
        finally:
            beats.cancel()
            await asyncio.gather(beats, return_exceptions=True)

    async def _beat(self, run: Run) -> None:
        begun = self._clock()
        while True:
            await self._sleep(self._config.heartbeat_s)
            run.progress.note(f"The pro is thinking, {self._clock() - begun:.0f} s.")


def _check(config: ResponsesConfig, row: Row) -> None:
    """Refuse settings that the model cannot follow."""
    if config.mode not in {"auto", *row.reasoning_modes}:
        allowed = ", ".join(("auto", *row.reasoning_modes))
        raise SettingError(f"responses.mode is {config.mode!r}; {row.name} allows {allowed}.")
    if config.delivery == "stream" and not row.native_streaming:
        raise SettingError(
            f"responses.delivery is 'stream', but {row.name} cannot stream; allowed is auto or background."
        )
    if config.delivery == "background" and not row.background:
        raise SettingError(
            f"responses.delivery is 'background', but {row.name} cannot do it; allowed is auto or plain."
        )
