"""Many callers, a server in a bad mood, callers that leave: nobody gets another's answer, and no place is lost."""

import asyncio
import random

import pytest

from cothink.core.errors import UpstreamError
from raw_upstream import Peer, fetch, ok, talking


def moody(dice):
    """Answer each request with its own body, in every form, and close, cut, reset or babble now and then."""

    async def talk(peer: Peer) -> None:
        while True:
            body = (await peer.request()).partition(b"\r\n\r\n")[2]
            mood = dice.random()
            if mood < 0.05:
                peer.reset()
                return
            if mood < 0.10:
                return
            if dice.random() < 0.3:
                await asyncio.sleep(dice.random() / 200)
            middle = len(body) // 2
            chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
            if mood < 0.15:
                await peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body), body[:middle])
                return
            if mood < 0.20:
                await peer.say(b"HTTP/1.1 200 OK\r\n\r\n", body)
                return
            if mood < 0.25:
                await peer.say(ok(body) + ok(b"leftover"))
            elif mood < 0.30:
                await peer.say(ok(body, "connection: close"))
                await peer.left()
            elif mood < 0.6:
                await peer.say(b"HTTP/1.1 100 Continue\r\n\r\n", ok(body))
            else:
                pieces = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (body[:middle], body[middle:]) if piece]
                await peer.say(chunked, *pieces, b"0\r\n\r\n")

    return talk


@pytest.mark.parametrize("seed", range(4))
async def test_nobody_gets_anothers_answer_and_no_place_is_lost(seed):
    dice = random.Random(seed)
    counts = {"right": 0, "failed": 0, "left": 0}

    async def caller(client, number):
        for turn in range(12):
            body = b"%d/%d/" % (number, turn) + b"x" * dice.randrange(2000)
            task = asyncio.ensure_future(fetch(client, "POST", "/", body))
            if dice.random() < 0.2:
                await asyncio.sleep(dice.random() / 100)
                task.cancel()
            try:
                assert await task == (200, body)
                counts["right"] += 1
            except UpstreamError:
                counts["failed"] += 1
            except asyncio.CancelledError:
                counts["left"] += 1
            assert client.pool.places <= 5

    async with talking(moody(dice), connections=5) as (upstream, client):
        async with asyncio.timeout(60):
            await asyncio.gather(*(caller(client, number) for number in range(25)))
        assert client.pool.waiting == 0
        assert client.pool.places == client.pool.idle
        await client.aclose()
        await upstream.quiet()
    assert counts["right"] > 100
    assert counts["failed"] > 5
    assert counts["left"] > 5
