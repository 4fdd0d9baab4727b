"""The figures that `cothink eval replay --json` wrote, as a data set of a report: what they say, and no more."""

import json
import re
from pathlib import Path
from typing import Any

from cothink.core.errors import SettingError
from cothink.evaluation.report.figures import Range, RivalFigures, SetFigures, TeamFigures, WayFigures

SINGLE = re.compile(r"(?:r1|pro)(?:x\d+)?")
FIELDS = ("way", "prompts", "right", "right_interval", "r1_calls", "pro_calls", "first_is_ahead_by")


def is_figures(path: Path) -> bool:
    """Whether a file is such figures."""
    try:
        value = json.loads(path.read_bytes()) if path.suffix == ".json" else None
    except (OSError, ValueError):
        return False
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) and "way" in one for one in value)


def replayed(path: Path) -> SetFigures:
    """Read the figures of one replay; its first way stands beside the others.

    Raises:
        SettingError: A field is missing, or is not what it should be.
    """
    ways = json.loads(path.read_bytes())
    try:
        read = [_way(one) for one in ways]
        first, others = read[0], list(zip(read[1:], ways[1:], strict=True))
        rivals = [
            RivalFigures(
                name=way.name,
                note=f"{one['r1_calls']:.2f} calls of R1, {way.spend:.2f} of the pro",
                right=way.right,
                ahead=(one["first_is_ahead_by"], *one["first_is_ahead_interval"]),
            )
            for way, one in others
        ]
    except (KeyError, TypeError, ValueError) as error:
        wanted = ", ".join(FIELDS)
        raise SettingError(
            f"{path.name}: no figures of cothink eval replay ({error!r}); wanted are {wanted}."
        ) from error
    names = {way.name for way in read}
    return SetFigures(
        name=f"{path.stem}, as replayed",
        unit="calls of the pro",
        prompts=first.prompts,
        best=None,
        cheap="r1" if {"r1", "pro"} <= names else None,
        strong="pro" if {"r1", "pro"} <= names else None,
        ways=read,
        teams=[TeamFigures(name=first.name, spend=first.spend, right=first.right, rivals=rivals)] if rivals else [],
        oracle=None,
        oracle_spend=None,
        votes={},
        groups=[],
        notes=["The figures are the replay's own. Beside the first way stand the others at their own spend."],
    )


def _way(one: dict[str, Any]) -> WayFigures:
    low, high = one["right_interval"]
    right: Range = (float(one["right"]), float(low), float(high))
    prompts = int(one["prompts"])
    return WayFigures(
        name=str(one["way"]),
        is_team=SINGLE.fullmatch(str(one["way"])) is None,
        prompts=prompts,
        asked=prompts,
        errors=int(one.get("unanswered", 0)),
        ungraded=0,
        right=right,
        spend=float(one["pro_calls"]),
        calls={"r1": float(one["r1_calls"]), "pro": float(one["pro_calls"])},
    )
