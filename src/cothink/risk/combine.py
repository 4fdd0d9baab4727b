"""Joins the parts: the scorecard says the probability; words and opinion that it was not trained on only call a person.

Nothing here reads free text but `_speaks_to_the_model`, and that only raises the flag.
"""

import re
from typing import Final

import msgspec

import cothink
from cothink.risk.application import Application
from cothink.risk.assessment import Assessment, Disagreement, Reason, ReviewFlag, Versions, Why
from cothink.risk.config import RiskConfig
from cothink.risk.opinion import Given
from cothink.risk.reading import Understood
from cothink.risk.scored import BANDS, Score, Scoring

_MUCH_MISSING: Final = 0.5
_SAFE: Final = "AB"
_TO_MODEL: Final = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:rules?|instructions?|prompts?|polic(?:y|ies)|above|previous)\b"
    r"|\b(?:system prompt|as an ai|you are now|language model|json schema)\b"
    r"|\b(?:output|respond|answer) (?:only|with)\b"
    r"|(?:忽略|无视|忘记|不要遵守|绕过).{0,16}(?:规则|指令|指示|提示|要求|设定)|系统提示|你现在是|人工智能模型|(?:直接|只)(?:输出|回答|批准)",
    re.IGNORECASE | re.DOTALL,
)


class Parts(msgspec.Struct, frozen=True):
    """What each part said of one application."""

    application: Application
    understood: Understood
    score: Score
    given: Given


def combine(parts: Parts, scoring: Scoring, config: RiskConfig) -> Assessment:
    """Return what is said of an application."""
    application, score, given = parts.application, parts.score, parts.given
    heard = parts.understood.heard
    apart = _bands_apart(score, given)
    missing = scoring.missing(application)
    return Assessment(
        id=None,
        application=application.id,
        probability=score.probability,
        low=score.low,
        high=score.high,
        band=score.band,  # type: ignore[arg-type]  # one of five
        reasons=(*map(_reason, score.reasons), *_opinions(given)),
        evidence=parts.understood.spans,
        words=heard,
        disagreement=Disagreement(given.opinion.score if given.opinion else None, apart, round(score.parts_apart, 6)),
        review=_flag(parts, scoring, config, apart, missing),
        unused=scoring.unknown(application),
        missing=missing,
        versions=Versions(cothink.__version__, scoring.digest, parts.understood.model, given.model,
                          config.prior),
    )  # fmt: skip


def _bands_apart(score: Score, given: Given) -> int | None:
    """Both are fifths of the lender's applicants, so they can be compared; a score and a probability cannot."""
    if given.opinion is None:
        return None
    return abs(BANDS.index(score.band) - min(len(BANDS) - 1, given.opinion.score // 20))


def _flag(
    parts: Parts, scoring: Scoring, config: RiskConfig, apart: int | None, missing: tuple[str, ...]
) -> ReviewFlag:
    score, heard, form = parts.score, parts.understood.heard, parts.application.form
    reads = scoring.portrait.reads
    told = heard.rejected + len(parts.understood.spans)
    claims: dict[Why, bool] = {
        "high_stakes": any(_amount(form.get(name)) >= least for name, least in config.high_stakes.items()),
        "near_cutoff": len(config.near_cutoff) == 2
        and config.near_cutoff[0] <= score.probability <= config.near_cutoff[1],
        "scorecard_unsure": score.is_unsure,
        "parts_disagree": apart is not None and apart >= config.bands_apart,
        "words_against_form": bool(heard.contradicted),
        "risk_in_words": bool(heard.said) and not reads and score.band in _SAFE,
        "words_speak_to_the_model": any(_TO_MODEL.search(text) for text in parts.application.words.values()),
        "words_not_read": heard.state not in ("read", "no_words"),
        "quotes_invented": told > 0 and 2 * heard.rejected > told,
        "no_opinion": parts.given.opinion is None,
        "fields_missing": len(missing) > _MUCH_MISSING * max(1, len(scoring.portrait.fields)),
    }
    why = tuple(name for name, holds in claims.items() if holds)
    return ReviewFlag(bool(why), why)


def _reason(words: str) -> Reason:
    """A scorecard's reason, such as `dti raises`."""
    feature, _, direction = words.rpartition(" ")
    return Reason("scorecard", feature, "raises" if direction == "raises" else "lowers")


def _opinions(given: Given) -> tuple[Reason, ...]:
    if given.opinion is None:
        return ()
    return tuple(Reason("pro", one.feature, one.direction, one.code) for one in given.opinion.reasons)


def _amount(value: object) -> float:
    """An amount; one that is missing is none, one that cannot be read counts as high, so that a person looks."""
    if value is None or isinstance(value, bool):
        return float("-inf")
    try:
        return float(str(value))
    except ValueError:
        return float("inf")
