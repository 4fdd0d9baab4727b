"""Whether reading in segments pays: an estimate of tokens and money, before anything is spent."""

from dataclasses import dataclass

from cothink.core.chunk import Usage
from cothink.core.engine import Model
from cothink.core.price import usd
from cothink.routing.capability import SURE
from cothink.strategies.longdoc.config import LongdocConfig

PROMPT_TOKENS = 260  # our words around a segment
QUOTE_TOKENS = 60  # a usual answer about a segment
ANSWER_TOKENS = 600  # a usual answer of the pro
LEAST_SEGMENT = 64


@dataclass(frozen=True, slots=True)
class Plan:
    """How a document would be read.

    Args:
        pays: Read it in segments.
        why: In words.
        segment_tokens: The most tokens of a segment.
    """

    pays: bool
    why: str
    segment_tokens: int


def segment_tokens(r1: Model, config: LongdocConfig, question_tokens: int) -> int:
    """The most tokens of a segment that fits R1 with our words, the question and its answer; a count may be low."""
    context = min(r1.capabilities.context_tokens, 10_000_000)
    room = int((context - config.map_answer_tokens - PROMPT_TOKENS - question_tokens) * SURE)
    return min(config.segment_tokens, room)


def plan(r1: Model, pro: Model, config: LongdocConfig, *, tokens: int, question_tokens: int) -> Plan:
    """Decide by size and by money.

    Args:
        r1: Who would read.
        pro: Who would answer, or read the whole instead.
        config: See `LongdocConfig`.
        tokens: Of the whole request.
        question_tokens: Of the question alone.
    """
    each = segment_tokens(r1, config, question_tokens)
    if each < LEAST_SEGMENT:
        return Plan(False, f"{r1.name}'s context leaves no room for a segment", each)
    if tokens > r1.capabilities.context_tokens * SURE:
        return Plan(True, f"about {tokens} tokens do not fit {r1.name}", each)
    if tokens < config.from_tokens:
        return Plan(False, f"about {tokens} tokens are under {config.from_tokens}", each)
    overlap = min(config.overlap_tokens, each // 2)
    count = -(-tokens // max(1, each - overlap))
    read = Usage(count * (each + PROMPT_TOKENS + question_tokens), count * QUOTE_TOKENS)
    evidence = min(config.evidence_tokens, count * QUOTE_TOKENS)
    parts = r1.price.cost_nanousd(read) + pro.price.cost_nanousd(Usage(evidence + question_tokens, ANSWER_TOKENS))
    whole = pro.price.cost_nanousd(Usage(tokens, ANSWER_TOKENS))
    words = f"{count} segments cost about ${usd(parts):.4f}, the pro over the whole ${usd(whole):.4f}"
    return Plan(parts <= whole, words, each)
