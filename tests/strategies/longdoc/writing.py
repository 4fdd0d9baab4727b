"""Documents that a test generates, and an R1 that copies the sentences with a word in them."""

import re
from collections.abc import Callable

from cothink.core.engine import Engine
from cothink.core.messages import Message
from cothink.core.request import Request
from cothink.engines.tokens import EstimatedTokens, prompt_tokens
from cothink.strategies.config import StrategiesConfig
from cothink.strategies.longdoc.config import LongdocConfig
from cothink.strategies.longdoc.document import Document, Piece
from cothink.strategies.longdoc.team import LongDoc
from strategies.scripted import O1_PRO, Scripted, ask, model

COUNTER = EstimatedTokens()
NOUNS = "river stone market winter candle letter garden harbour window coat silver bridge road table morning bread"
WORDS = tuple(re.findall(r"\w+", NOUNS))
QUESTION = "Which number did Runa paint on the door?"
FACT = "Runa painted the number 48151 on the door."


def count(request: Request) -> int:
    return prompt_tokens(request, COUNTER)


def prose(sentences: int, **facts: str) -> str:
    """Sentences in paragraphs, with facts at given places (``at_12="…"``)."""
    out = []
    for number in range(sentences):
        fact = facts.get(f"at_{number}")
        words = [WORDS[(number * 7 + place * (1 + number % 5)) % len(WORDS)] for place in range(9)]
        line = fact or f"In year {number} the {' '.join(words)}."
        out.append(line + ("\n\n" if number % 6 == 5 else " "))
    return "".join(out).rstrip()


def of_text(text: str, question: str = QUESTION) -> Document:
    return Document((Piece(0, None, text, 0, len(text)),), question)


def shown(request: Request) -> str:
    """What stands between the marks of a prompt."""
    found = re.search(r"<(draft-\w+)>\n(.*?)\n</\1>", request.question, re.DOTALL)
    return found.group(2) if found else ""


def copies(*words: str) -> Callable[[Request], str]:
    """R1 by program: copies each sentence with one of the words, in quotation marks, or says NONE."""

    def read(request: Request) -> str:
        sentences = re.split(r"(?<=[.。])\s*", shown(request))
        kept = [sentence for sentence in sentences if any(word in sentence for word in words)]
        return "\n".join(f'"{sentence}"' for sentence in kept) or "NONE"

    return read


def longdoc(
    r1: Engine, pro: Engine, otherwise: Engine | None = None, r1_can: dict[str, object] | None = None, **own: object
) -> LongDoc:
    config = StrategiesConfig(
        longdoc=LongdocConfig(
            **({"from_tokens": 500, "segment_tokens": 400, "overlap_tokens": 60, "word_search": 0} | own)
        )  # type: ignore[arg-type]
    )
    return LongDoc(
        model("r1", r1, **(r1_can or {})),
        model("pro", pro, zone="hosted", price=O1_PRO),
        otherwise=otherwise or Scripted("otherwise"),
        count=count,
        counter=COUNTER,
        config=config,
    )


def about(text: str, question: str = QUESTION, **fields: object) -> Request:
    return ask((Message("user", text), Message("user", question)), **fields)  # type: ignore[arg-type]
