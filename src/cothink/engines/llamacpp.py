"""An embedded model: a GGUF file served by llama.cpp in one supervised child process.

We write no engine. The child speaks the OpenAI API on loopback, so ``chat_completions`` pointed at ``endpoint()`` is
the engine; a crash or a load never takes the gateway, and the gateway's workers share one copy of the weights.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from cothink.core.errors import NotReady, SettingError
from cothink.engines.endpoint import Endpoint
from cothink.engines.gguf import GgufInfo, read_gguf
from cothink.engines.llamacpp_config import LlamaConfig
from cothink.engines.llamacpp_process import LlamaProcess
from cothink.engines.processor import read_cpuinfo, require_avx2
from cothink.engines.supervisor import Patience, Supervisor

MOST_STATUS_BYTES = 4 * 1024 * 1024
STATUS_TIMEOUT_S = 10.0


class LlamaServer:
    """One model file, served. ``async with LlamaServer(config) as server`` starts and stops it.

    It lives in the parent of the gateway's workers; they get the endpoint as a value, or through an ``EndpointFile``.

    Args:
        config: The file and how to serve it.
        patience: When a dead child is started again, and when it is given up.
        changed: Called with each new endpoint, and with None when the child went away (``EndpointFile.publish``).
        cpuinfo: The processor's description; None reads this machine's.
    """

    def __init__(
        self,
        config: LlamaConfig,
        *,
        patience: Patience | None = None,
        changed: Callable[[Endpoint | None], None] | None = None,
        cpuinfo: str | None = None,
    ) -> None:
        self.config = config
        self._cpuinfo = cpuinfo
        tell = changed or (lambda _endpoint: None)
        self._supervisor: Supervisor[LlamaProcess] = Supervisor(
            self._launch,
            f"embedded model {config.model}",
            patience=patience,
            changed=lambda child: tell(None if child is None else child.endpoint),
        )

    async def start(self) -> Endpoint:
        """Check file and processor, start the child, and return its endpoint when the model is loaded.

        Raises:
            ModelFileError: The file is missing, damaged, or the engine cannot load it.
            SettingError: The processor or the context does not fit, or the engine is not installed.
            NotReady: The child did not answer in time.
        """
        return (await self._supervisor.start()).endpoint

    def check(self) -> None:
        """Check file, processor and context, without a process.

        Raises:
            ModelFileError: The file is missing or damaged.
            SettingError: The processor or the context does not fit.
        """
        require_avx2(read_cpuinfo() if self._cpuinfo is None else self._cpuinfo)
        _check_context(self.config, read_gguf(Path(self.config.path)))
        if self.config.draft_path:
            read_gguf(Path(self.config.draft_path))

    def endpoint(self) -> Endpoint:
        """Return where the child listens now. After a restart port and key are new: ask for each call.

        Raises:
            NotReady: The child is away.
        """
        return self._supervisor.child().endpoint

    @property
    def pid(self) -> int:
        """The child's process id; raises NotReady when it is away."""
        return self._supervisor.child().pid

    async def stop(self) -> None:
        """End the child. Calls in flight break."""
        await self._supervisor.stop()

    async def __aenter__(self) -> "LlamaServer":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def slots(self) -> list[dict[str, Any]]:
        """Return the state of each slot, as llama.cpp tells it: ``id``, ``is_processing``, ``next_token`` …"""
        return msgspec.json.decode(await self._get("/slots"), type=list[dict[str, Any]])

    async def metrics(self) -> dict[str, float]:
        """Return llama.cpp's counters and gauges by name, less the prefix: ``n_decode_total`` …"""
        lines = (await self._get("/metrics")).decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
        return {name.removeprefix("llamacpp:"): float(value) for name, value in pairs}

    async def _launch(self) -> LlamaProcess:
        await asyncio.to_thread(self.check)
        return await LlamaProcess.launch(self.config)

    async def _get(self, path: str) -> bytes:
        """Fetch a status page. HTTP/1.0, so that the body is what comes until the connection closes."""
        endpoint = self.endpoint()
        host, _, port = endpoint.url.removeprefix("http://").rpartition(":")
        head = f"GET {path} HTTP/1.0\r\nHost: {host}\r\nAuthorization: Bearer {endpoint.key}\r\n\r\n"
        try:
            async with asyncio.timeout(STATUS_TIMEOUT_S):
                reader, writer = await asyncio.open_connection(host, int(port))
                try:
                    writer.write(head.encode())
                    answer = await reader.read(-1)
                finally:
                    writer.close()
        except (OSError, TimeoutError) as error:
            raise NotReady(f"the embedded model {self.config.model} does not tell its state") from error
        status, _, rest = answer.partition(b"\r\n")
        if b" 200 " not in status + b" " or len(answer) > MOST_STATUS_BYTES:
            raise NotReady(f"the embedded model {self.config.model} answered {status[:40]!r} when asked for its state")
        return rest.partition(b"\r\n\r\n")[2]


def _check_context(config: LlamaConfig, info: GgufInfo) -> None:
    if info.context_tokens is not None and config.context_tokens > info.context_tokens:
        raise SettingError(
            f"context_tokens is {config.context_tokens}; {Path(config.path).name} takes at most {info.context_tokens}",
            param="context_tokens",
        )
