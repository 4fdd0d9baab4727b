"""What is said of an application: the probability and what stands behind it. These structs are the public schema."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from cothink.risk.application import Application
from cothink.risk.reading import Heard, Span

Why = Literal[
    "high_stakes",
    "near_cutoff",
    "scorecard_unsure",
    "parts_disagree",
    "words_against_form",
    "risk_in_words",
    "words_speak_to_the_model",
    "words_not_read",
    "quotes_invented",
    "no_opinion",
    "fields_missing",
]
"""Why a person should decide; docs/risk-api.md says what each means."""
Chance = Annotated[float, Meta(ge=0, le=1)]


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why the risk is as it is.

    ``by`` says whose reason it is. The scorecard's name a field of the form; the pro's a feature that it was shown and
    a code of a closed list.
    """

    by: Literal["scorecard", "pro"]
    feature: str
    direction: Literal["raises", "lowers"]
    code: str | None = None


class Disagreement(msgspec.Struct, frozen=True):
    """How far the parts lie apart.

    Attributes:
        pro_score: The applicant's place among applicants as the pro sees it, 0 (the safest) to 100; None without one.
        bands_apart: Bands from the scorecard's to the pro's, 0 to 4.
        scorecard_parts: The scorecard's own two parts, in log-odds.
    """

    pro_score: int | None
    bands_apart: int | None
    scorecard_parts: float


class ReviewFlag(msgspec.Struct, frozen=True):
    """Whether a person decides, and why."""

    needed: bool
    why: tuple[Why, ...]


class Versions(msgspec.Struct, frozen=True):
    """What answered: the scorecard by its digest, the models by their names (None: not asked or silent)."""

    cothink: str
    scorecard: str
    r1: str | None
    pro: str | None
    prior: float | None = None


class Assessment(msgspec.Struct, frozen=True, kw_only=True, tag_field="object", tag="risk.assessment"):
    """What is said of one application. It scores and explains; it never approves or declines.

    Attributes:
        id: Of the record of this score, under which a person reviews it and `cothink risk replay` repeats it; None
            where nothing is stored.
        application: The client's own id.
        probability: Of default, from the scorecard alone, calibrated on its training rows.
        low, high: The 90% interval of the probability.
        band: A (the least risk) to E, fifths of the training rows.
        reasons: The scorecard's, then the pro's.
        evidence: Phrases of the applicant that tell of a risk or contradict the form, with their places.
        words: What R1 read, in closed words.
        disagreement: How far the parts lie apart.
        review: Whether a person decides.
        unused: Fields that the scorecard does not read.
        missing: Fields that it reads and the application has not.
        versions: What answered.
    """

    id: str | None
    application: str
    probability: Chance
    low: Chance
    high: Chance
    band: Literal["A", "B", "C", "D", "E"]
    reasons: tuple[Reason, ...]
    evidence: tuple[Span, ...]
    words: Heard
    disagreement: Disagreement
    review: ReviewFlag
    unused: tuple[str, ...]
    missing: tuple[str, ...]
    versions: Versions


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag_field="object", tag="risk.error"):
    """What is said of an application in a list that cannot be scored."""

    application: str
    error: str
    code: str
    param: str | None = None


class Assessments(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a list, each at its place."""

    object: Literal["list"] = "list"
    data: tuple[Assessment | Refused, ...]


def schemas() -> dict[str, Any]:
    """Return the JSON schemas of what goes in and what comes out, each whole in itself."""
    found: dict[str, Any] = {}
    for name, kind in (("application", Application), ("assessment", Assessment), ("refused", Refused)):
        (made,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
        parts = dict(parts)
        root = parts.pop(kind.__name__) if "$ref" in made else made
        found[name] = {**root, "$defs": parts} if parts else root
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(found))  # lists, as a client's JSON has them
    return plain
