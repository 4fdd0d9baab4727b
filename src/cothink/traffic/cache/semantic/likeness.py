"""The semantic tier: finds a stored question that asks the same, off the event loop, and never makes a call wait long.

One thread embeds, searches and checks. Where too many look-ups wait already, or one takes too long, the call goes on
without the tier. The sentence models load in that thread at the first look-up; until then all goes on without.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from cothink.core.request import Request
from cothink.traffic.cache.config import SemanticConfig
from cothink.traffic.cache.key import partition_key
from cothink.traffic.cache.semantic.check import MOST_CHARS, PairCheck
from cothink.traffic.cache.semantic.index import Index

if TYPE_CHECKING:
    from cothink.traffic.cache.semantic.embed import Sentences

log = logging.getLogger(__name__)
LEAST_COSINE = 0.6  # below it the second check has never let a pair through
Match = tuple[bytes, float]


class SemanticTier:
    """Answers to questions of the same meaning.

    Args:
        config: See `SemanticConfig`.
        load: Makes the sentence models; called once, in the tier's thread.
    """

    def __init__(self, config: SemanticConfig, load: Callable[[], "Sentences"]) -> None:
        self._config = config
        self._load = load
        self._index = Index(config.entries)
        self._sentences: Sentences | None = None
        self._check: PairCheck | None = None
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="semantic")
        self._waiting = 0
        self.skipped = 0

    def __len__(self) -> int:
        return len(self._index)

    async def find(self, scope: str, request: Request) -> Match | None:
        """Return the key of an answer that will do, and how sure that is; None where there is none or no time."""
        text = question_of(request)
        if text is None or self._waiting > self._config.waiting:
            self.skipped += text is not None
            return None
        name = partition_key(scope, request)
        self._waiting += 1
        task = asyncio.get_running_loop().run_in_executor(self._worker, self._find, name, text)
        task.add_done_callback(self._done)
        try:
            return await asyncio.wait_for(asyncio.shield(task), self._config.wait_s)
        except TimeoutError:
            self.skipped += 1
            return None

    def add(self, scope: str, request: Request, key: bytes) -> None:
        """Remember a question; dropped where the thread has too much to do."""
        text = question_of(request)
        if text is None or self._waiting > self._config.waiting:
            self.skipped += text is not None
            return
        self._waiting += 1
        name = partition_key(scope, request)
        task = asyncio.get_running_loop().run_in_executor(self._worker, self._add, name, text, key)
        task.add_done_callback(self._done)

    async def settle(self) -> None:
        """Wait until the thread has done what it was given so far: for benchmarks and tests."""
        await asyncio.get_running_loop().run_in_executor(self._worker, lambda: None)

    async def aclose(self) -> None:
        """End the thread; what waits is dropped."""
        await asyncio.to_thread(self._worker.shutdown, cancel_futures=True)

    def _done(self, task: "asyncio.Future[Any]") -> None:
        self._waiting -= 1
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("A look-up of the semantic cache failed, so its call goes on without: %s.", error)

    def _find(self, name: bytes, text: str) -> Match | None:
        sentences, check = self._models()
        partition = self._index.get(name)
        if partition is None:
            return None
        vector = sentences.vector(text)
        for near in partition.near(vector, self._config.candidates, LEAST_COSINE):
            judged = check.judge(near.text, text, vector, near.vector)
            if judged.similarity >= check.threshold:
                return near.key, judged.similarity
        return None

    def _add(self, name: bytes, text: str, key: bytes) -> None:
        sentences, _ = self._models()
        self._index.add(name, text, key, sentences.vector(text))

    def _models(self) -> "tuple[Sentences, PairCheck]":
        if self._sentences is None or self._check is None:
            self._sentences = self._load()
            self._check = PairCheck(self._sentences, self._config.threshold)
        return self._sentences, self._check


def question_of(request: Request) -> str | None:
    """Return the text that may vary; None where this request can have no semantic hit.

    Only the last turn may vary, and it must be words of the user: pictures, the result of a tool and the choice of a
    tool need their very own answer.
    """
    last = request.messages[-1]
    if last.role != "user" or not isinstance(last.content, str) or request.tools:
        return None
    text = last.content.strip()
    return text if 0 < len(text) <= MOST_CHARS else None
