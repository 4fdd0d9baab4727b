"""`cothink cache`: judge and calibrate the semantic tier's second check on pairs of questions."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from cothink.traffic.cache.semantic.check import Judged

app = typer.Typer(name="cache", help="The semantic cache's second check, on your own pairs.", no_args_is_help=True)
Pairs = Annotated[
    Path,
    typer.Option("--pairs", help="JSON lines (or .jsonl.gz) with a (cached), b (new) and, if known, label 0 or 1."),
]
GATE = 0.005


@app.command()
def judge(
    pairs: Pairs,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write the judged lines.")] = None,
    threshold: Annotated[float | None, typer.Option(help="0 to 1; else the calibrated value.")] = None,
) -> None:
    """Say for each pair whether the answer to a would be given to b."""
    from cothink.traffic.cache.semantic.check import PairCheck
    from cothink.traffic.cache.semantic.embed import Sentences

    rows = _read(pairs)
    check = PairCheck(Sentences(), threshold)
    judged = [check.judge(row["a"], row["b"]) for row in rows]
    hits = [one.similarity >= check.threshold for one in judged]
    if out is not None:
        _write(out, rows, judged, hits)
    typer.echo(f"{sum(hits):,} of {len(rows):,} pairs are hits at threshold {check.threshold:g}.")
    labelled = [(hit, row["label"]) for hit, row in zip(hits, rows, strict=True) if row.get("label") in (0, 1)]
    if labelled:
        wrong = sum(hit and label == 0 for hit, label in labelled)
        found = sum(hit and label == 1 for hit, label in labelled)
        true = sum(label for _, label in labelled)
        typer.echo(
            f"Of {len(labelled):,} labelled pairs: wrong among hits {wrong} of {wrong + found} "
            f"({wrong / max(1, wrong + found):.2%}), true hits kept {found} of {true} ({found / max(1, true):.1%})."
        )


@app.command()
def calibrate(
    pairs: Pairs,
    gate: Annotated[float, typer.Option(help="The share of hits that may be wrong.")] = GATE,
) -> None:
    """Find the threshold for your own labelled pairs, and print the setting."""
    from cothink.core.errors import BadRequest
    from cothink.traffic.cache.semantic.check import PairCheck
    from cothink.traffic.cache.semantic.embed import Sentences

    rows = [row for row in _read(pairs) if row.get("label") in (0, 1)]
    if not any(row["label"] for row in rows):
        raise BadRequest(f"{pairs} holds no pair with label 1, so nothing can be calibrated.", param="pairs")
    check = PairCheck(Sentences())
    scored = sorted(((check.judge(row["a"], row["b"]).similarity, row["label"]) for row in rows), reverse=True)
    threshold, found = lowest_threshold(scored, gate)
    true = sum(label for _, label in scored)
    typer.echo(f"At {gate:.2%} wrong among hits, {found} of {true} true hits are kept ({found / true:.1%}).")
    typer.echo(f"\n[traffic.cache.semantic]\nthreshold = {threshold:.4f}")


def lowest_threshold(scored: list[tuple[float, int]], gate: float) -> tuple[float, int]:
    """Return the lowest threshold with no more wrong hits than the gate, and how many true hits it keeps.

    Args:
        scored: Similarity and label of each pair, highest first.
        gate: The share of hits that may be wrong.
    """
    best, kept, wrong, right = 1.0, 0, 0, 0
    for place, (similarity, label) in enumerate(scored):
        wrong, right = wrong + (label == 0), right + (label == 1)
        is_last = place + 1 == len(scored) or scored[place + 1][0] < similarity
        if is_last and similarity > 0 and wrong <= gate * (wrong + right):
            best, kept = similarity, right
    return best, kept


def _read(path: Path) -> list[dict[str, Any]]:
    """The pairs of a file.

    Raises:
        BadRequest: It cannot be read, or a line is no pair; the message names the line.
    """
    import gzip

    import msgspec

    from cothink.core.errors import BadRequest

    try:
        data = path.read_bytes()
        lines = (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines()
    except OSError as error:
        raise BadRequest(f"{path} cannot be read: {error.strerror or error}.", param="pairs") from error
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.MsgspecError as error:
            raise BadRequest(f"{path}, line {number}: {error}.", param="pairs") from error
        if not (isinstance(row.get("a"), str) and isinstance(row.get("b"), str)):
            raise BadRequest(f"{path}, line {number}: a and b must be texts.", param="pairs")
        rows.append(row)
    return rows


def _write(out: Path, rows: Iterable[dict[str, Any]], judged: "Iterable[Judged]", hits: Iterable[bool]) -> None:
    import msgspec

    lines = [
        msgspec.json.encode(row | {"hit": hit, "similarity": round(one.similarity, 6), "reason": one.reason})
        for row, one, hit in zip(rows, judged, hits, strict=True)
    ]
    out.write_bytes(b"\n".join(lines) + b"\n")
