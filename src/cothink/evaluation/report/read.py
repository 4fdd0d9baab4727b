"""Reads what a report is made of: rows of live runs, and decisions of `cothink eval replay` with their recordings."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cothink.core.errors import SettingError
from cothink.evaluation.live.rows import Row, is_rows
from cothink.evaluation.live.rows import read as read_rows
from cothink.evaluation.outcomes import Case, load, rows
from cothink.evaluation.report.board import TEAM, Answered, Board, Way, common, lacking, pair_of
from cothink.routing.recordings import RIGHT, numbered_lines

PRO_CALLS = {"r1": 0.0, "pro": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How files are read.

    Args:
        pair: The cheap and the strong single model; for decisions the recorded models in the roles R1 and pro.
        data: The folder of recordings, for decisions.
        weights: What a token of each model weighs where dollars are not known; for decisions, a call of each role.
        models: The ways that are wanted; all where empty.
        errors_are_wrong: An answer that is an error counts as wrong; else it is left out.
    """

    pair: tuple[str, str] | None = None
    data: Path | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    models: Sequence[str] = ()
    errors_are_wrong: bool = False


def boards(files: Sequence[Path], how: Reading) -> tuple[list[Board], list[str]]:
    """Read files and return a board for each data set, and in words which were left out and why.

    Raises:
        SettingError: A file is neither rows nor decisions, or lacks what it needs.
    """
    live: list[Row] = []
    decided: dict[str, Path] = {}
    for path in files:
        if is_rows(_first_line(path)):
            live += read_rows(path).rows
        elif _is_decision(_first_line(path)):
            decided[path.stem.removesuffix(".decisions")] = path
        else:
            raise SettingError(
                f"{path} is neither rows of cothink eval run nor decisions of cothink eval replay "
                "(prompt_id, calls, final).",
                param="files",
            )
    by_set: dict[str, list[Row]] = {}
    for row in live:
        if not how.models or row.model in how.models:
            by_set.setdefault(row.set, []).append(row)
    notes = [f"{name}: no row has a graded answer." for name, mine in by_set.items() if not _graded(mine, how)]
    found = [_live_board(name, mine, how) for name, mine in by_set.items() if _graded(mine, how)]
    if decided:
        found += _replay_boards(decided, how)
    if not found:
        raise SettingError(" ".join(notes) or "The files hold no rows of these models.", param="files")
    return found, notes


def _graded(mine: Sequence[Row], how: Reading) -> bool:
    return any(row.right is not None or (row.error is not None and how.errors_are_wrong) for row in mine)


def _live_board(name: str, mine: Sequence[Row], how: Reading) -> Board:
    in_dollars = all(row.cost_usd is not None for row in mine if row.error is None) and any(
        row.cost_usd for row in mine
    )
    by_model: dict[str, dict[tuple[str, int], Row]] = {}
    for row in mine:  # a row that stands in two files counts once, the later one
        by_model.setdefault(row.model, {})[row.id, row.sample] = row
    ways = [_live_way(model, list(own.values()), in_dollars, how) for model, own in by_model.items()]
    ways = [way for way in ways if way.answers]
    ids = common(name, ways)
    cheap, strong = pair_of(ways, ids, how.pair) or (None, None)
    weighed = ", ".join(f"{model}={weight:g}" for model, weight in how.weights.items())
    unit = "$" if in_dollars else f"tokens ({weighed})" if weighed else "tokens"
    return Board(
        name,
        unit,
        ways,
        ids,
        {row.id: row.kind for row in mine},
        {row.id: row.group for row in mine if row.group},
        cheap,
        strong,
        lacking(ways, ids),
    )


def _live_way(model: str, mine: list[Row], in_dollars: bool, how: Reading) -> Way:
    answers: dict[str, list[Answered]] = {}
    for row in mine:
        if row.error is not None and not how.errors_are_wrong:
            continue
        if row.error is None and row.right is None:
            continue
        spend = (row.cost_usd or 0.0) if in_dollars else _tokens(row, how.weights)
        # a conversation counts by the share of its facts; all else is right or wrong
        right = row.score if row.kind == "recall" else float(row.right is True)
        answers.setdefault(row.id, []).append(Answered(right, spend, row.got))
    asked = {name for row in mine for name in row.calls}
    return Way(
        model,
        answers,
        is_team=model.startswith(TEAM) or len(asked) > 1,
        errors=sum(row.error is not None for row in mine),
        ungraded=sum(row.error is None and row.right is None for row in mine),
        asked=len(mine),
        rows=mine,
    )


def _tokens(row: Row, weights: Mapping[str, float]) -> float:
    if not row.tokens:
        return float(row.completion_tokens)
    return sum(weights.get(name, 1.0) * count for name, count in row.tokens.items())


def _replay_boards(files: Mapping[str, Path], how: Reading) -> list[Board]:
    """A board for each data set that was decided."""
    if how.data is None or how.pair is None:
        raise SettingError("Decisions of a replay need --data, the recordings, and --pair R1,PRO.", param="data")
    cases = {case.prompt_id: case for case in load(how.data, how.pair)}
    weights = dict(how.weights) or PRO_CALLS
    if missing := {"r1", "pro"} - weights.keys():
        raise SettingError(f"--weights lacks {', '.join(sorted(missing))}; decisions need r1=…,pro=….", param="weights")
    teams = [_replay_way(name, path, cases, weights) for name, path in files.items()]
    by_set: dict[str, list[Case]] = {}
    for id in common("replay", teams):
        by_set.setdefault(cases[id].dataset, []).append(cases[id])
    return [_replay_board(name, mine, teams, weights, how) for name, mine in by_set.items()]


def _replay_board(
    name: str, mine: Sequence[Case], teams: Sequence[Way], weights: Mapping[str, float], how: Reading
) -> Board:
    ids = [case.prompt_id for case in mine]
    r1, pro = (_recorded_way(role, mine, weights[role]) for role in ("r1", "pro"))
    mine_only = [replace(team, answers={id: team.answers[id] for id in ids}, asked=len(ids)) for team in teams]
    pair = how.pair or ("r1", "pro")
    unit = "calls of the pro" if weights == PRO_CALLS else f"calls (r1={weights['r1']:g}, pro={weights['pro']:g})"
    return Board(
        f"{name}, replayed",
        unit,
        [r1, pro, *mine_only],
        ids,
        dict.fromkeys(ids, "exact"),
        {case.prompt_id: case.group for case in mine if case.group},
        r1,
        pro,
        [f"Recorded answers: r1 = {pair[0]}, pro = {pair[1]}."],
    )


def _recorded_way(role: str, cases: Sequence[Case], weight: float) -> Way:
    answers = {
        case.prompt_id: [Answered(_right(case, sample.score), weight, sample.answer) for sample in case.samples(role)]
        for case in cases
    }
    return Way(role, answers, asked=sum(map(len, answers.values())))


def _replay_way(name: str, path: Path, cases: Mapping[str, Case], weights: Mapping[str, float]) -> Way:
    answers: dict[str, list[Answered]] = {}
    for number, row in enumerate(rows(path), 1):
        place = f"{path.name}, line {number}"
        case = cases.get(str(row.get("prompt_id")))
        if case is None:
            raise SettingError(f"{place}: prompt_id {row.get('prompt_id')!r} is not in the recordings.", param="data")
        try:
            calls = [str(role) for role, _ in row["calls"]]
            spend = sum(weights[role] for role in calls)
            final = row["final"]
            score = 0.0 if final is None else _right(case, case.samples(_role(final[0]))[int(final[1])].score)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise SettingError(
                f"{place}: calls and final must be [role, number] of recorded answers ({error}).", param="final"
            ) from error
        answers.setdefault(case.prompt_id, []).append(Answered(score, spend))
    return Way(name, answers, is_team=True, asked=sum(map(len, answers.values())))


def _role(name: Any) -> str:
    if name not in ("r1", "pro"):
        raise ValueError(f"the role {name!r} is neither r1 nor pro")
    return str(name)


def _right(case: Case, score: float | None) -> float:
    if score is None:
        raise SettingError(f"{case.dataset} {case.prompt_id}: a recorded answer has no grade.", param="data")
    return float(score >= RIGHT)


def _first_line(path: Path) -> bytes:
    return next((line for _, line in numbered_lines(path)), b"")


def _is_decision(line: bytes) -> bool:
    try:
        value = json.loads(line)
    except ValueError:
        return False
    return isinstance(value, dict) and {"prompt_id", "calls", "final"} <= value.keys()
