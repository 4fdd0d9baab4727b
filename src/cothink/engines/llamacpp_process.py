"""The parent's side of one embedded model process: start it, hear it, end it."""

import asyncio
import dataclasses
import importlib.util
import json
import logging
import os
import secrets
import signal
import sys
from contextlib import suppress
from pathlib import Path

from cothink.core.errors import ModelFileError, NotReady, SettingError
from cothink.engines.endpoint import Endpoint
from cothink.engines.llamacpp_config import LlamaConfig

log = logging.getLogger("cothink.engines.llamacpp")
SCRIPT = Path(__file__).with_name("llamacpp_child.py")
LAST_WORDS = 2_000  # characters of the child's log that are kept for the error


class LlamaProcess:
    """A child process that is up: its endpoint, its end, its last words."""

    def __init__(self, process: asyncio.subprocess.Process, config: LlamaConfig, key: str) -> None:
        self._process = process
        self._config = config
        self._key = key
        self._said = ""
        self._listener = asyncio.create_task(self._listen(), name=f"log of {config.model}")
        self.endpoint = Endpoint("", "")

    @classmethod
    async def launch(cls, config: LlamaConfig) -> "LlamaProcess":
        """Start the child and wait until the model is loaded.

        Call it on a thread that lives as long as the child: Linux kills the child when the starting thread ends.

        Raises:
            SettingError: The engine is not installed.
            ModelFileError: The child ended while it loaded the file.
            NotReady: No process could be started, or it did not answer within ``config.start_timeout_s``.
        """
        if importlib.util.find_spec("xllamacpp") is None:
            raise SettingError("the embedded engine is not installed; install it with: pip install 'cothink[local]'")
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", str(SCRIPT)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,  # a Ctrl-C in the terminal is the parent's to handle
            )
        except OSError as error:  # no memory, no process left: it may be there again soon
            raise NotReady(f"the embedded model {config.model} has no process: {error.strerror}") from error
        self = cls(process, config, secrets.token_urlsafe(32))
        try:
            await self._become_ready()
        except BaseException:
            await self.stop()
            raise
        return self

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    async def wait(self) -> str:
        """Return how the child ended, with its last words."""
        code = await self._process.wait()
        await self._listener
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return f"{how}; its last words: {self._said.strip() or '(none)'}"

    async def stop(self) -> None:
        """Close the child's input, then terminate, then kill it; return when it is gone."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        for end in (None, signal.SIGTERM, signal.SIGKILL):
            if end is not None:
                with suppress(ProcessLookupError):
                    self._process.send_signal(end)
            with suppress(TimeoutError):
                async with asyncio.timeout(None if end == signal.SIGKILL else self._config.stop_timeout_s / 2):
                    await self._process.wait()
                break
        await self._listener

    async def _become_ready(self) -> None:
        try:
            async with asyncio.timeout(self._config.start_timeout_s):
                url = await self._tell_settings()
        except TimeoutError:
            raise NotReady(
                f"the embedded model {self._config.model} did not load within {self._config.start_timeout_s:g} s"
            ) from None
        self.endpoint = Endpoint(url, self._key, self._config.model)

    async def _tell_settings(self) -> str:
        settings = dataclasses.asdict(self._config) | {
            "path": str(Path(self._config.path).absolute()),  # noqa: ASYNC240  # touches no disk
            "draft_path": self._config.draft_path and str(Path(self._config.draft_path).absolute()),  # noqa: ASYNC240  # the same
            "key": self._key,
            "parent_pid": os.getpid(),
        }
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise NotReady("the embedded model's process has no pipes")
        line = b""
        with suppress(ConnectionError):  # it died at once: the empty line says so
            stdin.write(json.dumps(settings).encode() + b"\n")
            await stdin.drain()
            line = await stdout.readline()
        if not line:
            log.error("the embedded model %s could not be loaded: %s", self._config.model, await self.wait())
            raise ModelFileError(
                f"the embedded engine could not load {Path(self._config.path).name} "
                f"(context {self._config.context_tokens} x {self._config.slots} slots); its own words are in the log"
            )
        return str(json.loads(line)["url"])

    async def _listen(self) -> None:
        stderr = self._process.stderr
        if stderr is None:
            return
        while data := await stderr.read(8192):
            text = data.decode("utf-8", "replace")
            self._said = (self._said + text)[-LAST_WORDS:]
            for line in text.splitlines():
                log.debug("%s: %s", self._config.model, line)
