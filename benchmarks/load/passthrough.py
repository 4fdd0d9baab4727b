"""The least that a gateway in Python does: read JSON, name the model, pass on. Plain ASGI, uvicorn, aiohttp.

Started by gateways.py with the interpreter of the peers: ``passthrough.py PORT UPSTREAM_PORT``.
"""

import json
import sys
from typing import Any

import aiohttp
import uvicorn


class PassThrough:
    """An ASGI application."""

    def __init__(self, upstream: int) -> None:
        self._url = f"http://127.0.0.1:{upstream}/v1/chat/completions"
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Take a request, ask the upstream, pass its answer on as it comes."""
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        asked = json.loads(body)
        asked["model"] = "deepseek-r1"
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=600)
            self._session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout())
        headers = {"content-type": "application/json"}
        async with self._session.post(self._url, data=json.dumps(asked), headers=headers) as answer:
            head = [(b"content-type", answer.headers["content-type"].encode())]
            if answer.content_length is not None:
                head.append((b"content-length", str(answer.content_length).encode()))
            await send({"type": "http.response.start", "status": answer.status, "headers": head})
            async for piece in answer.content.iter_any():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


if __name__ == "__main__":
    uvicorn.run(
        PassThrough(int(sys.argv[2])),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        backlog=4096,
    )
