"""What the caches of one gateway share, opened from the settings: tiers and semantic tier."""

import hashlib
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cothink.core.engine import Model
from cothink.store.blobs import Blobs, SqliteBlobs
from cothink.traffic.cache.cache import Cache, Likeness
from cothink.traffic.cache.config import CacheConfig
from cothink.traffic.cache.tiers import Tiers

if TYPE_CHECKING:
    from cothink.traffic.cache.semantic.embed import Sentences


@dataclass(frozen=True, slots=True)
class Shelf:
    """The shared store of a gateway's caches."""

    config: CacheConfig
    tiers: Tiers
    likeness: Likeness | None = None

    def cache(self, model: Model, behind: object, *, is_team: bool) -> Cache:
        """Return a cache around a model.

        Args:
            model: What is cached.
            behind: What gives its answers: other values, other answers.
            is_team: Several models work on its answers.
        """
        digest = hashlib.blake2b(repr(behind).encode(), digest_size=8).hexdigest()
        return Cache(
            model.engine,
            name=model.name,
            zone=model.capabilities.zone,
            scope=f"{model.name}/{digest}",
            tiers=self.tiers,
            config=self.config,
            is_team=is_team,
            likeness=self.likeness,
        )


def open_shelf(config: CacheConfig, stack: AsyncExitStack) -> Shelf:
    """Open the tiers; the stack closes them.

    Raises:
        SettingError: The cold tier cannot be opened, or an extra is missing.
    """
    cold = _open_cold(config)
    if cold is not None:
        stack.push_async_callback(cold.aclose)
    likeness = None
    if config.semantic.keys:
        from cothink.traffic.cache.semantic.likeness import SemanticTier

        likeness = SemanticTier(config.semantic, _load_sentences)
        stack.push_async_callback(likeness.aclose)
    return Shelf(config, Tiers(config, cold), likeness)


def _load_sentences() -> "Sentences":
    from cothink.traffic.cache.semantic.embed import Sentences

    return Sentences()


def _open_cold(config: CacheConfig) -> Blobs | None:
    if not config.cold:
        return None
    if "://" not in config.cold:
        return SqliteBlobs(Path(config.cold).expanduser(), most_bytes=config.cold_bytes, ttl_s=config.ttl_s)
    from cothink.store.redis_blobs import RedisBlobs

    return RedisBlobs(config.cold, ttl_s=config.ttl_s)
