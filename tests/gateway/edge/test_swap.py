"""One application in the place of another: what runs on the old one ends there, whichever way it came."""

import asyncio
import http.client
import json
from typing import Any

from cothink.core.chunk import Chunk
from cothink.gateway.edge.swap import Swap
from cothink.gateway.http1.exchange import Exchange
from gateway.scripted import Heard, Scripted, Shelf, chat, gateway


class App:
    """Answers the short way where it may, and notes when it is closed."""

    def __init__(self, has_short: bool = True) -> None:
        self.asked: list[str] = []
        self.is_closed = False
        if has_short:
            self.short = self._short

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append("asgi")

    def _short(self, notes: dict[str, Any], exchange: Exchange) -> Any:
        return self._answer() if "known" in notes else None

    async def _answer(self) -> None:
        self.asked.append("short")

    async def close(self) -> None:
        self.is_closed = True


def exchange() -> Exchange:
    return Exchange(None, b"", "POST", "1.1", True)  # type: ignore[arg-type]  # nothing is written


async def test_an_old_application_is_closed_after_the_last_request_of_the_short_way() -> None:
    swap, old, new = Swap(), App(), App()
    swap.put(old, old.close)
    running = exchange()
    answer = swap.short({"known": 1}, running)
    assert answer is not None
    swap.put(new, new.close)
    await answer
    await asyncio.sleep(0)
    assert not old.is_closed
    assert running.ended is not None
    running.ended()
    await asyncio.sleep(0)
    assert old.is_closed
    assert not new.is_closed
    await swap.aclose()


async def test_what_has_no_short_way_is_asked_the_long_one() -> None:
    swap, plain = Swap(), App(has_short=False)
    assert swap.short({"known": 1}, exchange()) is None  # there is no application at all
    swap.put(plain, plain.close)
    assert swap.short({"known": 1}, exchange()) is None
    wary = App()
    swap.put(wary, wary.close)
    assert swap.short({}, exchange()) is None
    await swap({"type": "http"}, None, None)  # type: ignore[arg-type]
    assert wary.asked == ["asgi"]
    await swap.aclose()
    assert wary.is_closed
    assert plain.is_closed


def test_a_head_that_one_endpoint_knows_is_no_pass_to_another() -> None:
    with gateway(Shelf(r1=Scripted(Chunk(text="hi", finish="stop"))), Heard()) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            for path, status in [("/v1/chat/completions", 200)] * 3 + [("/v1/responses", 400), ("/v1/nothing", 404)]:
                body = json.dumps(chat())
                connection.request("POST", path, body, {"content-type": "application/json"})
                response = connection.getresponse()
                response.read()
                assert response.status == status
        finally:
            connection.close()
