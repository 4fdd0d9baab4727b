"""The model card: what a scorecard learned from, how it was chosen, what it is worth, in Markdown with pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cothink.measures.calibration import Bin
from cothink.risk.evaluate import Group, Lift
from cothink.risk.scorecard import About


@dataclass(frozen=True, slots=True)
class Judged:
    """What a model came to on rows that it has not seen.

    Attributes:
        figures: Of `evaluate.report`.
        lifts: Tenths of the rows, highest probability first.
        groups: Column -> what the model does to each of its groups.
        pictures: Title -> file beside the card.
    """

    figures: Mapping[str, Any]
    lifts: Sequence[Lift]
    groups: Mapping[str, Sequence[Group]] = field(default_factory=dict)
    pictures: Mapping[str, str] = field(default_factory=dict)


def card(about: About, digest: str, judged: Judged | None) -> str:
    """Return the card as Markdown."""
    form = about.form
    lines = [
        f"# Scorecard for `{about.target}`",
        "",
        f"{about.rows:,} rows, base rate {about.base_rate:.1%}, seed {about.seed}, digest `{digest[:16]}`.",
        "",
        f"Reads {len(form.numbers)} numbers, {len(form.dates)} dates, {len(form.categories)} categories, "
        f"{len(form.texts)} texts; derives {len(form.ratios)} ratios and {len(form.series)} series.",
        f"The blend is {about.logistic_share:.0%} logistic; the calibrator is {about.calibrator.kind}.",
        "Reasons come from the logistic part, whose contributions add up.",
        "",
        "## How it was chosen",
        "",
        "| candidate | log loss on rows aside |",
        "|---|--:|",
        *(f"| {name} | {loss:.5f} |" for name, loss in about.scores.items()),
        "",
        "## Constraints",
        "",
        *(f"- `{name}`: more {'raises' if sign > 0 else 'lowers'} the risk" for name, sign in about.signs.items()),
        "",
        "## Warnings",
        "",
        *(f"- {one}" for one in about.warnings or ("none",)),
        "",
    ]
    if judged:
        lines += _judged(judged)
    return "\n".join(lines)


def _judged(judged: Judged) -> list[str]:
    """The figures, pictures and tables."""
    found = judged.figures
    lines = ["## On rows not seen", "", f"{found['rows']:,} rows, base rate {found['base_rate']:.1%}.", ""]
    lines += ["| measure | value | 95% |", "|---|--:|---|"]
    for name in ("auc", "ks", "brier", "ece"):
        low, high = found[f"{name}_interval"]
        lines.append(f"| {name} | {found[name]:.4f} | {low:.4f} to {high:.4f} |")
    lines += ["", f"A model that is exactly right would show an ECE of {found['ece_floor']:.4f} on as many rows.", ""]
    lines += [line for title, file in judged.pictures.items() for line in (f"![{title}]({file})", "")]
    lines += ["### Lift", "", "| tenth | rows | said | came true | lift | caught |", "|--:|--:|--:|--:|--:|--:|"]
    lines += [
        f"| {i} | {one.rows:,} | {one.said:.3f} | {one.came_true:.3f} | {one.lift:.2f} | {one.caught:.1%} |"
        for i, one in enumerate(judged.lifts, 1)
    ]
    for column, groups in judged.groups.items():
        lines += ["", f"### By `{column}`", ""]
        lines += [
            "Low risk: the share below the median probability of all rows; impact: over that of the best group.",
            "",
        ]
        lines += ["| group | rows | said | came true | 95% | low risk | impact | AUC | ECE |", "|---|" + "--:|" * 8]
        lines += [_row(one) for one in groups]
    return [*lines, ""]


def _row(one: Group) -> str:
    low, high = one.came_true_interval
    area = "-" if one.auc is None else f"{one.auc:.3f}"
    return (
        f"| {one.name} | {one.rows:,} | {one.said:.3f} | {one.came_true:.3f} | {low:.3f} to {high:.3f} | "
        f"{one.low_risk:.1%} | {one.impact:.2f} | {area} | {one.ece:.3f} |"
    )


def draw_calibration(parts: list[Bin], file: Path) -> None:
    """Draw what was said against what came true."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.5, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    most = max(max(one.said, one.came_true) for one in parts) * 1.05
    axes.plot([0, most], [0, most], color="grey", linewidth=1)
    axes.plot([one.said for one in parts], [one.came_true for one in parts], marker="o")
    axes.set_xlabel("said")
    axes.set_ylabel("came true")
    figure.savefig(file, dpi=110)


def draw_lift(lifts: Sequence[Lift], file: Path) -> None:
    """Draw which share of the defaults the riskiest rows hold."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.5, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    shares = [0.0, *((i + 1) / len(lifts) for i in range(len(lifts)))]
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    axes.plot(shares, [0.0, *(one.caught for one in lifts)], marker="o")
    axes.set_xlabel("share of the rows, riskiest first")
    axes.set_ylabel("share of the defaults")
    figure.savefig(file, dpi=110)
