"""What stands beside a strategy at equal spend: random mixing, one model several times with a vote, and the oracle."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from statistics import fmean

from cothink.evaluation.grade import same_answer
from cothink.evaluation.report.board import Answered, Board, Way

CANNOT_VOTE = frozenset({"code", "recall", "puzzle", "contained"})


@dataclass(frozen=True, slots=True)
class Rival:
    """What the money of a strategy buys without it.

    Args:
        right: For each prompt the chance to be right; None where it cannot be said, and `note` says why.
        note: How it was made, in words.
        ids: The prompts of `right`; None is all of the board.
    """

    name: str
    right: Sequence[float] | None
    note: str = ""
    ids: Sequence[str] | None = None


def mixing(board: Board, spend: float) -> Rival:
    """Send a random share of the prompts to the strong model and the rest to the cheap one, for this spend."""
    if board.cheap is None or board.strong is None:
        return Rival("random mixing", None, "there is no pair of single models")
    low, high = fmean(board.cheap.spend(board.ids)), fmean(board.strong.spend(board.ids))
    share = 1.0 if high <= low else min(1.0, max(0.0, (spend - low) / (high - low)))
    ways = zip(board.cheap.right(board.ids), board.strong.right(board.ids), strict=True)
    return Rival(
        "random mixing", [(1 - share) * cheap + share * strong for cheap, strong in ways],
        f"{100 * share:.0f}% to {board.strong.name}",
    )  # fmt: skip


def oracle(board: Board) -> Rival:
    """One answer each of the pair, the right one chosen by who knows: right in expectation over their answers."""
    if board.cheap is None or board.strong is None:
        return Rival("oracle", None, "there is no pair of single models")
    ways = zip(board.cheap.right(board.ids), board.strong.right(board.ids), strict=True)
    return Rival("oracle", [1 - (1 - cheap) * (1 - strong) for cheap, strong in ways], "either is right")


def repeated(board: Board, way: Way, team: Way) -> Rival:
    """The same model several times with a vote, at the spend of a strategy.

    A spend between two whole numbers of answers is reached by giving a random share of the prompts one more. Where only
    some prompts have so many answers, those are compared.
    """
    name = f"{way.name} ×k"
    if mute := _cannot_vote(board):
        return Rival(name, None, f"answers of kind {mute} have no vote")
    ids = list(board.ids)
    while True:
        once, spend = fmean(way.spend(ids)), fmean(team.spend(ids))
        times = spend / once if once > 0 else float(min(len(way.answers[id]) for id in ids))
        if times < 1 - 1e-9:
            return Rival(name, None, f"one answer of {way.name} costs more")
        low, high = floor(times + 1e-9), ceil(times - 1e-9)
        enough = [id for id in ids if len(way.answers[id]) >= high]
        if not enough:
            most = max(len(way.answers[id]) for id in ids)
            return Rival(f"{way.name} ×{times:.2g}", None, f"needs {high} answers a prompt; there are {most}")
        if len(enough) == len(ids):
            break
        ids = enough
    part = times - low if high > low else 0.0
    few, many = voted(board, way, low, ids), voted(board, way, high, ids)
    right = [(1 - part) * one + part * other for one, other in zip(few, many, strict=True)]
    note = f"vote of {low if low == high else f'{low} or {high}'}"
    if len(ids) < len(board.ids):
        note += f", on the {len(ids)} prompts that have so many answers"
    return Rival(f"{way.name} ×{times:.2g}", right, note, ids)


def voted(board: Board, way: Way, k: int, ids: Sequence[str]) -> list[float]:
    """The chance that a vote of k answers of a model is right, for each prompt; over who comes first."""
    return [_Votes(way.answers[id], board.kinds.get(id, "exact")).of(k) for id in ids]


def vote_curve(board: Board, way: Way, most: int) -> list[tuple[float, float]]:
    """Spend and share of right answers of votes of one, two … as far as every prompt has so many answers."""
    once = fmean(way.spend(board.ids))
    most = min(most, *(len(way.answers[id]) for id in board.ids))
    if _cannot_vote(board) or once <= 0:
        return []
    return [(k * once, fmean(voted(board, way, k, board.ids))) for k in range(1, most + 1)]


def _cannot_vote(board: Board) -> str:
    """The kinds of answers on the board that cannot be compared with each other."""
    return ", ".join(sorted({board.kinds.get(id, "exact") for id in board.ids} & CANNOT_VOTE))


class _Votes:
    """Votes over the answers to one prompt."""

    def __init__(self, answers: Sequence[Answered], kind: str) -> None:
        self._answers = answers
        self._labels = _labels([one.got for one in answers], kind)

    def of(self, k: int) -> float:
        """The share of right votes of k, over who comes first."""
        count = len(self._answers)
        return fmean(self._vote([(first + step) % count for step in range(k)]) for first in range(count))

    def _vote(self, places: Sequence[int]) -> float:
        """The first member of the largest group; answers that could not be read are outvoted by any that could."""
        labels = [self._labels[place] for place in places]
        read = [label for label in labels if label >= 0]
        if not read:
            return self._answers[places[0]].right
        winner = max(dict.fromkeys(read), key=read.count)
        return self._answers[places[labels.index(winner)]].right


def _labels(texts: Sequence[str], kind: str) -> list[int]:
    """Number the different answers; -1 is none."""
    known: list[str] = []
    labels = []
    for text in texts:
        if not text:
            labels.append(-1)
            continue
        place = next((at for at, other in enumerate(known) if other == text or same_answer(other, text, kind)), None)
        if place is None:
            place = len(known)
            known.append(text)
        labels.append(place)
    return labels
