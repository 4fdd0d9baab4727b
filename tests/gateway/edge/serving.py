"""A gateway as a process of its own, for tests of signals: prints its port, then what happens."""

import asyncio
import sys

from cothink.core.chunk import Chunk
from cothink.core.request import Request
from cothink.gateway.app import build_app
from cothink.gateway.config import GatewayConfig
from cothink.gateway.edge.server import GatewayServer
from gateway.scripted import Scripted, Shelf, make_parts


async def main(drain_s: float, notice_s: float) -> None:
    release = asyncio.Event()

    async def wait(_request: Request) -> None:
        print("working", flush=True)
        await release.wait()

    def reload() -> None:
        print("reloaded", flush=True)
        release.set()
        raise ValueError("a bad file does not end the process")

    shelf = Shelf(r1=Scripted(Chunk(text="Hel"), wait, Chunk(text="lo"), Chunk(finish="stop")))
    config = GatewayConfig(port=0, drain_s=drain_s, notice_s=notice_s)
    parts = make_parts(shelf, config=config)
    server = GatewayServer(
        build_app(parts),
        config,
        parts.readiness,
        make_id=parts.make_id,
        on_reload=reload,
        on_listening=lambda port: print(port, flush=True),
    )
    await server.serve()
    print("stopped", flush=True)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), float(sys.argv[2])))
