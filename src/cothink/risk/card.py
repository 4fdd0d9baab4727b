"""The model card: what a scorecard learned from, how it was chosen, what it is worth, in Markdown with a picture."""

from pathlib import Path

from cothink.measures.calibration import Bin
from cothink.risk.scorecard import About


def card(about: About, digest: str, judged: dict[str, object] | None, picture: str | None) -> str:
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
        lines += ["## On rows not seen", "", "| measure | value | 95% |", "|---|--:|---|"]
        lines += [f"| {m} | {judged[m]:.4f} | {judged[f'{m}_interval']} |" for m in ("auc", "ks", "brier", "ece")]
    if picture:
        lines += ["", f"![calibration]({picture})", ""]
    return "\n".join(lines)


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
