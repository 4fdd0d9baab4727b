"""An audit as data, and its patches applied exactly: what does not stand in the text once is not guessed at."""

from typing import Literal

import msgspec

from cothink.verify.strict_json import extract_json


class Patch(msgspec.Struct, frozen=True):
    """A passage of the answer, word for word, and what is to stand there."""

    search: str
    replace: str


class Audit(msgspec.Struct, frozen=True):
    """What the auditor says."""

    verdict: Literal["accept", "revise"]
    findings: tuple[str, ...] = ()
    patches: tuple[Patch, ...] = ()


class BadPatch(Exception):  # caught by the review, never shown as it is
    """A patch does not fit; the words say which and why."""


def read_audit(text: str) -> Audit | None:
    """Read an audit from a model's text, a code fence around it allowed; None where it is none."""
    inner = extract_json(text)
    for candidate in (text, inner):
        if candidate is None:
            continue
        try:
            return msgspec.json.decode(candidate, type=Audit)
        except (msgspec.DecodeError, UnicodeEncodeError):
            continue
    return None


def apply(text: str, patches: tuple[Patch, ...], *, most: int) -> str:
    """Put every patch in its place; each is looked for in the text as it was.

    Raises:
        BadPatch: There are more than ``most``, or a passage is empty, missing, there twice, or overlaps another.
    """
    if len(patches) > most:
        raise BadPatch(f"The audit has {len(patches)} patches; up to {most} are applied.")
    spots = sorted((_find(text, patch), patch.search, patch.replace) for patch in patches)
    pieces: list[str] = []
    end = 0
    for at, search, replace in spots:
        if at < end:
            raise BadPatch(f"Two patches overlap at “{search[:80]}”.")
        pieces += (text[end:at], replace)
        end = at + len(search)
    return "".join((*pieces, text[end:]))


def _find(text: str, patch: Patch) -> int:
    if not patch.search:
        raise BadPatch("A patch looks for an empty passage.")
    at = text.find(patch.search)
    if at < 0:
        raise BadPatch(f"The answer does not hold “{patch.search[:80]}”.")
    if text.find(patch.search, at + 1) >= 0:
        raise BadPatch(f"The answer holds “{patch.search[:80]}” more than once.")
    return at
