"""What of a conversation is the document, and what the question about it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from cothink.core.messages import Message, Part, TextPart
from cothink.core.request import Request

LEAST_CHARS = 2_000  # a shorter text is no document
LEAST_SHARE = 0.1  # of the longest part's length: parts from here on are documents too
MOST_QUESTION_CHARS = 2_000
_ASKS = re.compile(r"[?？]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A text of the conversation that is read in segments.

    Args:
        message: Which message it stands in.
        part: Which part of that message; None where the message is one text.
        text: The text as the client sent it.
        start: Where the document begins in it.
        end: One past where it ends; outside stands the question.
    """

    message: int
    part: int | None
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """The long texts of a request and the question about them. Texts are held once, as the client sent them."""

    pieces: tuple[Piece, ...]
    question: str

    def without(self, messages: tuple[Message, ...], notes: str) -> tuple[Message, ...]:
        """The conversation with notes in the place of the document's first piece, and nothing in that of the others."""
        shown = list(messages)
        for number, piece in enumerate(self.pieces):
            words = notes if number == 0 else ""
            left = "\n\n".join(
                text for text in (words, piece.text[: piece.start].strip(), piece.text[piece.end :].strip()) if text
            )
            message = shown[piece.message]
            if piece.part is None or not isinstance(message.content, tuple):
                shown[piece.message] = msgspec.structs.replace(message, content=left)
                continue
            parts: list[Part] = list(message.content)
            parts[piece.part] = TextPart(left)
            shown[piece.message] = msgspec.structs.replace(message, content=tuple(parts))
        return tuple(shown)


def find_document(request: Request) -> Document | None:
    """Find the document: the longest text of the user, and others a tenth as long.

    The question is the rest of the last user turn. Where that turn is all document, the question stands in it: its last
    paragraph if it asks (a question mark), else its first line if that asks or ends with a colon, else the last
    paragraph if it is short.

    Returns:
        None where nothing is long, or nothing is asked about it.
    """
    texts = list(_texts(request))
    longest = max((len(text) for *_, text in texts), default=0)
    if longest < LEAST_CHARS:
        return None
    least = max(LEAST_CHARS, longest * LEAST_SHARE)
    last = max(place for place, message in enumerate(request.messages) if message.role == "user")
    asked = "\n\n".join(text for at, _, text in texts if at == last and len(text) < least).strip()
    pieces = [Piece(at, part, text, 0, len(text)) for at, part, text in texts if len(text) >= least]
    if asked:
        return Document(tuple(pieces), asked)
    if pieces[-1].message != last:
        return None
    for at in (-1, 0):
        cut = _split(pieces[at]) if pieces[at].message == last else None
        if cut is not None:
            pieces[at], question = cut
            return Document(tuple(pieces), question)
    return None


def _texts(request: Request) -> Iterator[tuple[int, int | None, str]]:
    for at, message in enumerate(request.messages):
        if message.role != "user":
            continue
        if isinstance(message.content, str):
            yield at, None, message.content
        else:
            for part, one in enumerate(message.content or ()):
                if isinstance(one, TextPart):
                    yield at, part, one.text


def _split(piece: Piece) -> tuple[Piece, str] | None:
    """Part a text into document and question."""
    text = piece.text
    end = len(text.rstrip())
    at = text.rfind("\n\n", 0, end)
    at = at if at >= 0 else text.rfind("\n", 0, end)
    last = text[at:end].strip() if at >= 0 and end - at <= MOST_QUESTION_CHARS else ""
    begin = len(text) - len(text.lstrip())
    line = text.find("\n", begin)
    first = text[begin:line].strip() if 0 <= line <= begin + MOST_QUESTION_CHARS else ""
    if first and not _ASKS.search(last) and (_ASKS.search(first) or first.endswith((":", "："))):
        return Piece(piece.message, piece.part, text, line, end), first
    return (Piece(piece.message, piece.part, text, begin, at), last) if last else None
