"""Real gateways in processes of their own, with keys in a store, before a vendor that holds its answers back."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import uvicorn

import cothink
from cothink.core.chunk import Usage
from cothink.core.price import Price
from cothink.engines.fake_config import FakeServerConfig
from cothink.engines.fake_server import FakeServer

PRICE = Price(input_usd=1.0, output_usd=10.0)
MOST = 1000  # max_tokens of each call: a cent
PACKAGE = Path(cothink.__file__).resolve().parents[1]


class Vendor:
    """A hosted model. While ``gate`` is closed it holds every answer back; it notes the usage that it bills."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.billed: list[Usage] = []
        self.open = self.most_open = 0
        self.grew = asyncio.Event()
        self._server: uvicorn.Server | None = None

    @property
    def cost_nanousd(self) -> int:
        return sum(PRICE.cost_nanousd(usage) for usage in self.billed)

    async def until_open(self, calls: int) -> None:
        async with asyncio.timeout(20):
            while self.open < calls:
                self.grew.clear()
                await self.grew.wait()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        asked = json.loads(body)
        assert asked["max_tokens"] <= MOST
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        self.grew.set()
        try:
            await self.gate.wait()
        finally:
            self.open -= 1
        usage = Usage(5, 1 + (37 * len(self.billed)) % 200)
        self.billed.append(usage)
        counts = {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens}
        choice = {"index": 0, "message": {"role": "assistant", "content": "ok"}, "finish_reason": "stop"}
        answer = msgspec.json.encode(
            {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice],
             "usage": {**counts, "total_tokens": usage.total_tokens}}
        )  # fmt: skip
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


@asynccontextmanager
async def vendor() -> AsyncIterator[tuple[Vendor, str]]:
    """Serve a vendor; give it and its URL."""
    one = Vendor()
    config = uvicorn.Config(one, port=0, log_level="critical", lifespan="off", backlog=2048)
    server = uvicorn.Server(config)
    sock = config.bind_socket()
    task = asyncio.create_task(server._serve([sock]))
    try:
        yield one, f"http://127.0.0.1:{sock.getsockname()[1]}/v1"
    finally:
        one.gate.set()
        server.should_exit = server.force_exit = True
        await task
        sock.close()


class Gateway:
    """`cothink serve` in a process of its own."""

    def __init__(self, config: Path, *, workers: int = 1) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COTHINK_")}
        more = ["--workers", str(workers)] if workers > 1 else []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cothink.cli", "serve", "--config", str(config), *more],
            env=environment | {"PYTHONPATH": str(PACKAGE)},
            stderr=subprocess.PIPE,
        )
        self.lines: list[str] = []
        self._said = asyncio.Event()

    async def start(self) -> str:
        """Return the URL once it serves."""
        loop = asyncio.get_running_loop()
        stderr = self.process.stderr
        assert stderr is not None
        self._reader = loop.run_in_executor(None, self._read, stderr, loop)
        async with asyncio.timeout(20):
            while not (found := re.search(r"Serving on (http://\S+)", "".join(self.lines))):
                self._said.clear()
                await self._said.wait()
                assert self.process.poll() is None, "".join(self.lines)
        return found[1]

    def _read(self, stderr: Any, loop: asyncio.AbstractEventLoop) -> None:
        for line in stderr:
            self.lines.append(line.decode())
            loop.call_soon_threadsafe(self._said.set)

    async def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)
        await asyncio.to_thread(self.process.wait, 20)
        await self._reader
        assert self.process.stderr is not None
        self.process.stderr.close()


class Site:
    """Gateways, a vendor, a model on the site, and a client."""

    def __init__(self, folder: Path, store_url: str, *, zone: str = "hosted") -> None:
        self._zone = zone  # where the priced model stands
        self._folder = folder
        self._store_url = store_url
        self._stack = AsyncExitStack()
        self.gateways: list[Gateway] = []
        self.urls: list[str] = []

    async def __aenter__(self) -> "Site":
        self.vendor, pro_url = await self._stack.enter_async_context(vendor())
        r1 = await self._stack.enter_async_context(FakeServer(FakeServerConfig(text="from the site")))
        self.config = self._folder / "cothink.toml"
        self.config.write_text(f"""
            [gateway]
            port = 0
            stored_keys = true
            access_log = false
            drain_s = 5
            [store]
            url = "{self._store_url}"
            timeout_s = 1
            [r1]
            url = "{r1.url}"
            model = "site-model"
            [pro]
            url = "{pro_url}"
            key = "sk-fake-0123456789"
            model = "hosted-model"
            [catalogue.hosted-model]
            engine = "chat_completions"
            zone = "{self._zone}"
            price = {{ input_usd = {PRICE.input_usd}, output_usd = {PRICE.output_usd} }}
            """)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        self._client = await self._stack.enter_async_context(httpx.AsyncClient(timeout=30, limits=limits))
        return self

    async def serve(self, *, workers: int = 1) -> Gateway:
        gateway = Gateway(self.config, workers=workers)
        self._stack.push_async_callback(gateway.stop)
        self.gateways.append(gateway)
        self.urls.append(await gateway.start())
        return gateway

    async def __aexit__(self, *_: object) -> None:
        self.vendor.gate.set()
        await self._stack.aclose()

    async def ask(self, secret: str, model: str = "pro", gateway: int = 0, **more: Any) -> httpx.Response:
        body = {"model": model, "messages": [{"role": "user", "content": "hi"}], "max_tokens": MOST, **more}
        headers = {"authorization": f"Bearer {secret}"}
        return await self._client.post(
            f"{self.urls[gateway % len(self.urls)]}/v1/chat/completions", json=body, headers=headers
        )

    async def admin(self, secret: str, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {secret}"}
        return await self._client.request(method, f"{self.urls[0]}/v1/admin/{path}", json=body, headers=headers)
