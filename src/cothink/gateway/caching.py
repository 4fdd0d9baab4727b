"""What a request says to caches: the header `Cache-Control` and the body's field `cache`.

Source: RFC 9111, section 5.2.1 (request directives). Directives that are not for us are passed over, as it asks.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from cothink.core.caching import CacheRule


class CacheBody(msgspec.Struct, frozen=True, omit_defaults=True, rename="kebab"):
    """The field ``cache`` of a body.

    Args:
        no_store: Neither read a stored answer nor store this one.
        no_cache: Ask the model anew; its answer takes the place of the stored one.
        use: Cache this call although its sampling is random.
        semantic: Whether an answer to a question of the same meaning will do.
        max_age: How old a stored answer may be, in seconds.
    """

    no_store: bool | None = None
    no_cache: bool | None = None
    use: bool | None = None
    semantic: bool | None = None
    max_age: Annotated[float, Meta(ge=0)] | None = None


_NOTHING = CacheBody()


def cache_rule(header: bytes | None, body: CacheBody | None) -> CacheRule | None:
    """Return what a request asks of caches; None where it says nothing. The stricter word of the two counts."""
    if header is None and body is None:
        return None
    said, body = _directives(header), body or _NOTHING
    ages = [age for age in (said.get("max-age"), body.max_age) if age is not None]
    return CacheRule(
        read=not ("no-cache" in said or body.no_cache),
        store=not ("no-store" in said or body.no_store),
        use=bool(body.use),
        semantic=body.semantic,
        max_age_s=min(ages, default=None),
    )


def _directives(header: bytes | None) -> dict[str, float | None]:
    said: dict[str, float | None] = {}
    for part in (header or b"").decode("latin-1").lower().split(","):
        name, _, value = part.strip().partition("=")
        if name in ("no-store", "no-cache"):
            said[name] = None
        elif name == "max-age" and value.strip(' "').isdigit():
            said[name] = float(value.strip(' "'))
    return said
