"""Masks what should not rest in a record: personal data by the rules of ``privacy``, and what looks like a secret.

The patterns take time in proportion to the text. Names of people are not among what rules alone can find.
"""

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from cothink.monitor.config import Kind

Redactor = Callable[[str], str]
"""Returns a text with what should not rest masked."""

MEMORY = 4_096  # texts; a system prompt comes with every request
MEMORY_CHARS = 16_384  # a longer masked text is not kept
PIECE_CHARS = 4_096  # masked in less than a millisecond, after which the event loop may have the interpreter
_KEY_BLOCK = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)", re.DOTALL
)
_NAMED = re.compile(
    r"""(?ix) \b ( (?:api|access|secret|private|auth|client)?[_-]?(?:key|token|secret|password|passwd|pwd) ["']? \s{0,3}
    [:=] \s{0,3} ["']? ) ( [^\s"',;]{6,512} )"""
)
_BEARER = re.compile(r"(?i)\b(bearer\s{1,3}|basic\s{1,3})([\w.~+/=-]{12,2048})")
_PREFIXED = re.compile(
    r"\b(?:sk|pk|rk|ghp|gho|ghs|glpat|xox[abpr]|hf|AKIA|ASIA|AIza|eyJ)[\w.-]{14,2048}"  # vendors' own prefixes; JWT
)
_LONG = re.compile(r"(?<![\w/+=.-])(?=[A-Za-z0-9_+-]{0,200}\d)(?=[A-Za-z0-9_+-]{0,200}[A-Za-z])[A-Za-z0-9_+-]{32,512}")


def redactor(kinds: Iterable[Kind], rest: Callable[[], None] = lambda: time.sleep(0)) -> Redactor:
    """Return what masks these kinds.

    Args:
        kinds: Which.
        rest: Called after each piece of a text: by default it lets another thread have the interpreter, which else
            waits for it up to 5 ms each time.
    """
    from cothink.privacy.masking import redact as redact_personal  # its patterns take time, and records are often off

    wanted = set(kinds)

    def masked(text: str) -> str:
        text = _without_secrets(text) if "secret" in wanted else text
        return redact_personal(text) if "personal" in wanted else text

    def redact(text: str) -> str:
        if "secret" in wanted and "PRIVATE KEY" in text:  # over many lines, so not in pieces
            text = _KEY_BLOCK.sub("<SECRET>", text)
        done = []
        for piece in pieces(text):
            done.append(masked(piece))
            rest()
        return "".join(done)

    return redact


class Remembering:
    """A redactor that masks a text once where the same text comes again. It holds no text that was masked.

    What is kept of a text is its digest, and the masked text where that is another one. One thread uses it.

    Args:
        redact: What masks.
        most: How many texts are remembered; the longest unused one is forgotten first.
    """

    def __init__(self, redact: Redactor, most: int = MEMORY) -> None:
        self._redact = redact
        self._most = most
        self._known: OrderedDict[bytes, str | None] = OrderedDict()

    def __call__(self, text: str) -> str:
        """Return the text with what should not rest masked."""
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if digest in self._known:
            self._known.move_to_end(digest)
            kept = self._known[digest]
            return text if kept is None else kept
        masked = self._redact(text)
        if masked == text or len(masked) <= MEMORY_CHARS:
            self._known[digest] = None if masked == text else masked
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        return masked


def redact_all(value: Any, redact: Redactor) -> Any:
    """Return nested lists and dicts with every text in them redacted; names of fields stay."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: redact_all(one, redact) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [redact_all(one, redact) for one in value]
    return value


def pieces(text: str) -> Iterator[str]:
    """Part a long text at white space, so that no single search keeps the interpreter for long."""
    begin = 0
    while len(text) - begin > PIECE_CHARS:
        end = max(text.rfind("\n", begin, begin + PIECE_CHARS), text.rfind("  ", begin, begin + PIECE_CHARS))
        if end <= begin:
            end = text.rfind(" ", begin, begin + PIECE_CHARS)
        if end <= begin:
            end = begin + PIECE_CHARS
        yield text[begin:end]
        begin = end
    yield text[begin:]


def _without_secrets(text: str) -> str:
    if ":" in text or "=" in text:
        text = _NAMED.sub(r"\1<SECRET>", text)
    text = _BEARER.sub(r"\1<SECRET>", text)
    text = _PREFIXED.sub("<SECRET>", text)
    return _LONG.sub("<SECRET>", text)
