"""Finds the texts in a JSON answer that claim to be quotes: by their key, or by what the schema says of them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

QUOTE_KEY = re.compile(r"quot(?:e|ation)|verbatim|excerpt|引用|原文", re.IGNORECASE)
EVIDENCE_KEY = re.compile(r"evidence|span|passage|证据", re.IGNORECASE)
ASKS_QUOTES = re.compile(
    r"\bquot(?:e|es|ed|ing|ations?)\b|\bverbatim\b|\bword[- ]for[- ]word\b"
    r"|\bexact(?:ly)? (?:as (?:written|it stands)|words|wording)\b|引用|原文|逐字",
    re.IGNORECASE,
)
MIN_CHARS = 4
MAX_QUOTES = 500
_MAX_DEPTH = 60


def quotes_in(value: object, schema: object, *, asked: bool) -> list[str]:
    """The quotes in a JSON value, in order, up to 500.

    Args:
        value: The answer's value.
        schema: The schema that it keeps; ``description`` may say that a text is a quote.
        asked: The question asks for quotes, so a key such as ``evidence`` means one.
    """
    found = _walk(value, schema, asked=asked, is_quote=False, depth=0)
    return [quote for quote, _ in zip(found, range(MAX_QUOTES), strict=False)]


def _walk(value: object, schema: object, *, asked: bool, is_quote: bool, depth: int) -> Iterator[str]:
    if depth > _MAX_DEPTH:
        return
    here = schema if isinstance(schema, Mapping) else {}
    if isinstance(value, dict):
        named = {key: _is_quote(str(key), _child(here, key), asked) for key in value}
        # {"fact": …, "quote": …} under "evidence": where a key names the quote, its neighbours are none
        inherits = is_quote and not any(named.values())
        for key, inner in value.items():
            yield from _walk(inner, _child(here, key), asked=asked, is_quote=named[key] or inherits, depth=depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner, here.get("items"), asked=asked, is_quote=is_quote, depth=depth + 1)
    elif isinstance(value, str) and is_quote and len(value.strip()) >= MIN_CHARS:
        yield value


def _child(schema: Mapping[str, Any], key: object) -> object:
    properties = schema.get("properties")
    return properties.get(key) if isinstance(properties, Mapping) else None


def _is_quote(key: str, schema: object, asked: bool) -> bool:
    told = schema.get("description") if isinstance(schema, Mapping) else None
    if isinstance(told, str) and ASKS_QUOTES.search(told):
        return True
    return QUOTE_KEY.search(key) is not None or (asked and EVIDENCE_KEY.search(key) is not None)
