"""An Engine that gives an answer again where the same was asked before, and keeps new ones."""

import time
from collections.abc import Callable
from contextlib import aclosing
from typing import Protocol

from cothink.core.caching import CacheMark, CacheTier
from cothink.core.engine import Engine, Stream, Zone
from cothink.core.events import CacheUsed
from cothink.core.request import Request
from cothink.traffic.cache.config import CacheConfig
from cothink.traffic.cache.entry import Entry, Kept, Recorder
from cothink.traffic.cache.flight import Flight, Flights
from cothink.traffic.cache.key import cache_key
from cothink.traffic.cache.rules import Rules, Use
from cothink.traffic.cache.tiers import Tiers

_MISS = CacheMark("miss")
_BYPASS = CacheMark("bypass")


class Likeness(Protocol):
    """Finds questions of the same meaning."""

    async def find(self, scope: str, request: Request) -> tuple[bytes, float] | None:
        """Return the key of an answer and how alike the questions are; None where none will surely do."""
        ...

    def add(self, scope: str, request: Request, key: bytes) -> None:
        """Remember a question whose answer is stored. Never waits."""
        ...


class Cache:
    """A cache around one model or one team.

    Args:
        engine: What answers where nothing is stored.
        name: The model's name, as the books show it.
        zone: Where it stands.
        scope: The name and a digest of what is behind it: other settings, other answers.
        tiers: Where answers are kept.
        config: See `CacheConfig`.
        is_team: It stands around a team: the run's report is kept with the answer.
        likeness: The semantic tier, where there is one.
        clock: Seconds that only grow.
    """

    def __init__(  # noqa: PLR0913  # keyword arguments, each one fact of the model that is cached
        self,
        engine: Engine,
        *,
        name: str,
        zone: Zone,
        scope: str,
        tiers: Tiers,
        config: CacheConfig,
        is_team: bool = False,
        likeness: Likeness | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._name = name
        self._zone = zone
        self._scope = scope
        self._tiers = tiers
        self._most_bytes = config.entry_bytes
        self._rules = Rules(config)
        self._is_team = is_team
        self._likeness = likeness
        self._clock = clock
        self._flights = Flights()

    async def stream(self, request: Request) -> Stream:
        """Answer from the cache, from the call under way for the same question, or from the engine inside.

        Raises:
            CoThinkError: What the engine inside raises, for this call or for the one that it waited for.
        """
        use = self._rules.use(request)
        if use is None:
            self._tell(request, _BYPASS)
            async with aclosing(self._engine.stream(request)) as inner:
                async for chunk in inner:
                    yield chunk
            return
        started_at = self._clock()
        key = cache_key(self._scope, request)
        found = await self._find(key, request, use)
        if isinstance(found, tuple):
            kept, mark = found
            self._book(request, kept, mark, started_at)
            for chunk in await kept.chunks(request.stream):
                yield chunk
            return
        self._tell(request, _MISS)
        async with aclosing(self._fresh(key, request, use, found)) as fresh:
            async for chunk in fresh:
                yield chunk

    async def _find(self, key: bytes, request: Request, use: Use) -> tuple[Kept, CacheMark] | Flight | None:
        """A stored answer; else the right to lead a flight; else None: ask alone."""
        if not use.read:
            return None
        kept = self._tiers.find_hot(key)
        tier: CacheTier = "hot"
        if kept is None:
            kept, tier = await self._tiers.find_cold(key), "cold"
        if kept is None and use.semantic and self._likeness is not None:
            alike = await self._find_alike(request, use)
            if alike is not None:
                return alike
        if kept is not None and not _is_too_old(age_s := self._tiers.age_s(kept), use):
            return kept, CacheMark("hit", tier, age_s)
        joined = await self._flights.join(key)
        return (joined, CacheMark("hit", "flight")) if isinstance(joined, Kept) else joined

    async def _find_alike(self, request: Request, use: Use) -> tuple[Kept, CacheMark] | None:
        if self._likeness is None:
            return None
        alike = await self._likeness.find(self._scope, request)
        found = None if alike is None else await self._tiers.find(alike[0])
        if alike is None or found is None:
            return None
        kept, age_s = found[0], self._tiers.age_s(found[0])
        return None if _is_too_old(age_s, use) else (kept, CacheMark("hit", "semantic", age_s, alike[1]))

    async def _fresh(self, key: bytes, request: Request, use: Use, flight: Flight | None) -> Stream:
        """The engine's answer, written down as it passes."""
        # a team's tokens are those of all its calls, so they do not tell where its answer was cut
        recorder = Recorder(self._most_bytes, None if self._is_team else request.sampling.max_tokens)
        add = recorder.add
        failure: BaseException | None = None
        try:
            async with aclosing(self._engine.stream(request)) as inner:
                async for chunk in inner:
                    add(chunk)
                    yield chunk
        except BaseException as error:
            failure = error
            raise
        finally:
            kept = self._store(key, request, use, recorder) if failure is None else None
            if flight is not None:
                flight.land_with(kept, failure)
            failure = None  # its traceback holds this frame: a ring that only the collector would break

    def _store(self, key: bytes, request: Request, use: Use, recorder: Recorder) -> Kept | None:
        run, chunks = request.run, recorder.chunks
        if chunks is None:
            return None
        created_at = self._tiers.wall()
        if not self._is_team:
            entry = Entry(created_at, chunks)
        elif run.stopped_by is not None or run.verification == "refuted":
            return None  # the best so far is not the best that can be
        else:
            entry = Entry(created_at, chunks, run.strategy, run.decision, run.verification)
        kept = self._tiers.store(key, entry)
        if use.semantic and self._likeness is not None:
            self._likeness.add(self._scope, request, key)
        return kept

    def _book(self, request: Request, kept: Kept, mark: CacheMark, started_at: float) -> None:
        """Enter a hit: it costs nothing, and the run's report says where the answer came from."""
        run, entry = request.run, kept.entry
        if self._is_team:
            run.strategy, run.decision, run.verification = entry.strategy, entry.decision, entry.verification
        run.ledger.enter_cached(self._name, self._zone, self._clock() - started_at)
        run.trace.note("cache", {"model": self._name, "tier": mark.tier, "age_s": round(mark.age_s, 3)})
        self._tell(request, mark, kept)

    def _tell(self, request: Request, mark: CacheMark, kept: Kept | None = None) -> None:
        run = request.run
        if self._is_team or run.strategy == "direct":  # else it is a sub-call, not the client's answer
            run.cache_mark = mark
        usage = None if kept is None else kept.usage
        run.emit(CacheUsed(run_id=run.id, model=self._name, state=mark.state, tier=mark.tier, usage=usage))


def _is_too_old(age_s: float, use: Use) -> bool:
    return use.max_age_s is not None and age_s > use.max_age_s
