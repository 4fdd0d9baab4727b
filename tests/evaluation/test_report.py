"""Reports over rows and decisions that a test wrote: what stands beside a strategy, and the three files."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from typer.testing import CliRunner

from cothink.cli.main import app
from cothink.core.errors import SettingError
from cothink.evaluation.live.rows import Row
from cothink.evaluation.report.beside import mixing, oracle, repeated, voted
from cothink.evaluation.report.board import Answered, Board, Way
from cothink.evaluation.report.curves import Line, Point, cost_quality
from cothink.evaluation.report.html import html
from cothink.evaluation.report.markdown import markdown
from cothink.evaluation.report.read import Reading, boards
from cothink.evaluation.report.write import make, write
from evaluation import recordings

IDS = [str(number) for number in range(10)]


def row(model: str, id: str, right: bool | None, *, usd: float | None = 0.1, **more: object) -> Row:
    calls = {"r1": 1, "pro": 1} if model.startswith("cothink") else {model: 1}
    fields = {
        "set": "sums",
        "kind": "number",
        "got": "1" if right else "0",
        "score": float(right is True),
        "cost_usd": usd,
        "calls": calls,
        "tokens": dict.fromkeys(calls, 10),
        "completion_tokens": 10 * len(calls),
        "began_at": float(id) if id.isdigit() else 0.0,
        "seconds": 0.5,
        "first_s": 0.1,
    }
    return Row(model=model, id=id, right=right, **(fields | more))  # type: ignore[arg-type]


def rows_file(path: Path, *rows: Row) -> Path:
    path.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in rows))
    return path


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """R1 is right in 6 of 10, the pro in 8, a cascade in 9 for half the pro's money."""
    rows = [row("r1", id, int(id) < 6, usd=0.1, group="even" if int(id) % 2 == 0 else "odd") for id in IDS]
    rows += [row("pro", id, int(id) >= 2, usd=1.0) for id in IDS]
    rows += [row("cothink-cascade", id, int(id) >= 1, usd=0.55, memory_bytes=2**21) for id in IDS]
    return rows_file(tmp_path / "live.jsonl", *rows)


def figures_of(path: Path, **how: object) -> dict[str, object]:
    report = make([path], Reading(**how))  # type: ignore[arg-type]
    found: dict[str, object] = msgspec.to_builtins(report.sets[0])
    return found


def test_a_strategy_stands_beside_what_its_money_buys(live: Path) -> None:
    found = figures_of(live)
    assert (found["unit"], found["cheap"], found["strong"], found["best"]) == ("$", "r1", "pro", "pro")
    (team,) = found["teams"]  # type: ignore[misc]
    assert team["name"] == "cothink-cascade"
    mix, r1s, pros, either = team["rivals"]
    assert mix["right"][0] == pytest.approx(0.7)
    assert mix["note"] == "50% to pro"
    assert team["right"][0] - mix["right"][0] == pytest.approx(mix["ahead"][0])
    assert r1s["right"] is None
    assert r1s["note"] == "needs 6 answers a prompt; there are 1"
    assert pros["note"] == "one answer of pro costs more"
    assert either["right"][0] == 1.0
    assert found["oracle_spend"] == pytest.approx(0.1 + 0.4 * 1.0)


def test_differences_are_paired_and_tested(live: Path) -> None:
    ways = {way["name"]: way for way in figures_of(live)["ways"]}  # type: ignore[attr-defined]
    cascade = ways["cothink-cascade"]
    assert (cascade["only_this"], cascade["only_that"], cascade["p_value"]) == (1, 0, 1.0)
    assert cascade["ahead"][0] == pytest.approx(0.1)
    assert cascade["ahead"][1] <= 0.1 <= cascade["ahead"][2]
    assert ways["pro"]["ahead"] is None


def test_speed_tokens_and_memory_are_told(live: Path) -> None:
    ways = {way["name"]: way for way in figures_of(live)["ways"]}  # type: ignore[attr-defined]
    cascade = ways["cothink-cascade"]
    assert (cascade["seconds_p50"], cascade["first_p95"], cascade["memory_bytes"]) == (0.5, 0.1, 2**21)
    assert cascade["tokens_per_s"] == pytest.approx(200 / 5)
    assert cascade["calls"] == {"r1": 1.0, "pro": 1.0}
    assert ways["r1"]["memory_bytes"] is None


def test_answers_at_the_same_time_share_their_time(tmp_path: Path) -> None:
    path = rows_file(tmp_path / "a", *(row("r1", id, True, began_at=5.0, seconds=2.0) for id in IDS))
    assert figures_of(path)["ways"][0]["tokens_per_s"] == pytest.approx(50)  # type: ignore[index]


def test_an_error_is_left_out_or_counts_as_wrong_when_it_is_said(tmp_path: Path) -> None:
    rows = [row("r1", id, True) for id in IDS[:6]]
    rows += [row("r1", id, None, error="busy", code="upstream_busy") for id in IDS[6:]]
    path = rows_file(tmp_path / "a", *rows)
    left_out = figures_of(path)["ways"][0]  # type: ignore[index]
    wrong = figures_of(path, errors_are_wrong=True)["ways"][0]  # type: ignore[index]
    assert (left_out["right"][0], left_out["errors"], left_out["prompts"]) == (1.0, 4, 6)
    assert (wrong["right"][0], wrong["errors"], wrong["prompts"]) == (0.6, 4, 10)
    assert left_out["error_codes"] == {"upstream_busy": 4}
    assert "| r1 | upstream_busy ×4 |" in markdown(make([path], Reading()))


def test_where_all_are_right_the_interval_still_knows_doubt(tmp_path: Path) -> None:
    path = rows_file(tmp_path / "a", *(row("r1", id, True) for id in IDS))
    value, low, high = figures_of(path)["ways"][0]["right"]  # type: ignore[index]
    assert (value, high) == (1.0, 1.0)
    assert 0.6 < low < 0.8


def test_prompts_that_not_all_have_answered_are_left_out_and_said(live: Path, tmp_path: Path) -> None:
    other = rows_file(tmp_path / "other.jsonl", *(row("other", id, True) for id in IDS[:4]))
    report = make([live, other], Reading())
    assert report.sets[0].prompts == 4
    assert "pro has answered 10 prompts; compared are the 4 that all have." in report.sets[0].notes
    assert make([live, other], Reading(models=["r1", "pro"])).sets[0].prompts == 10


def test_without_a_common_prompt_there_is_nothing_to_compare(live: Path, tmp_path: Path) -> None:
    other = rows_file(tmp_path / "other.jsonl", row("other", "zzz", True))
    with pytest.raises(SettingError, match=r"no prompt was answered by every way \(prompts: r1 10, pro 10"):
        make([live, other], Reading())


def test_spend_is_tokens_where_a_price_is_not_known(tmp_path: Path) -> None:
    rows = [row(name, id, True, usd=None) for id in IDS for name in ("r1", "pro")]
    path = rows_file(tmp_path / "a", *rows)
    found = figures_of(path, weights={"pro": 4.0})
    assert found["unit"] == "tokens (pro=4)"
    assert [way["spend"] for way in found["ways"]] == [10.0, 40.0]  # type: ignore[attr-defined]


def test_the_pair_is_what_is_named_else_the_cheapest_and_the_dearest(tmp_path: Path) -> None:
    rows = [row(name, id, True, usd=usd) for id in IDS for name, usd in (("b", 2.0), ("a", 3.0), ("c", 1.0))]
    path = rows_file(tmp_path / "a", *rows)
    assert (figures_of(path)["cheap"], figures_of(path)["strong"]) == ("c", "a")
    assert figures_of(path, pair=("c", "b"))["strong"] == "b"
    with pytest.raises(SettingError, match="--pair names 'x'; the single models are b, a, c"):
        figures_of(path, pair=("x", "b"))


def board(answers: list[list[Answered]], spend: float, kind: str = "number") -> Board:
    ids = [str(place) for place in range(len(answers))]
    single = Way("m", dict(zip(ids, answers, strict=True)))
    team = Way("team", {id: [Answered(1.0, spend)] for id in ids}, is_team=True)
    return Board("s", "calls", [single, team], ids, dict.fromkeys(ids, kind), cheap=single, strong=single)


A, B, NONE = Answered(1.0, 1.0, "7"), Answered(0.0, 1.0, "8"), Answered(0.0, 1.0, "")


def test_a_vote_takes_the_most_frequent_answer_over_who_comes_first() -> None:
    made = board([[A, B, Answered(1.0, 1.0, "7.0")], [B, A, B], [NONE, A, NONE]], 3.0)
    single = made.ways[0]
    assert voted(made, single, 1, made.ids) == pytest.approx([2 / 3, 1 / 3, 1 / 3])
    assert voted(made, single, 3, made.ids) == [1.0, 0.0, 1.0]
    assert repeated(made, single, made.ways[1]).right == [1.0, 0.0, 1.0]


def test_spend_between_two_votes_mixes_them() -> None:
    made = board([[A, A, B], [B, A, A]], 1.5)
    rival = repeated(made, made.ways[0], made.ways[1])
    one, two = (voted(made, made.ways[0], k, made.ids) for k in (1, 2))
    assert rival.right == pytest.approx([(a + b) / 2 for a, b in zip(one, two, strict=True)])
    assert (rival.name, rival.note) == ("m ×1.5", "vote of 1 or 2")


def test_a_vote_is_compared_on_the_prompts_that_have_so_many_answers() -> None:
    made = board([[A, A], [A]], 2.0)
    rival = repeated(made, made.ways[0], made.ways[1])
    assert rival.ids == ["0"]
    assert "on the 1 prompts" in rival.note


def test_programs_have_no_vote() -> None:
    made = board([[A, A]], 2.0, kind="code")
    assert repeated(made, made.ways[0], made.ways[1]).note == "answers of kind code have no vote"


def test_without_a_pair_nothing_stands_beside() -> None:
    single = Way("m", {"0": [A]})
    made = Board("s", "calls", [single], ["0"])
    assert (mixing(made, 1.0).right, oracle(made).right) == (None, None)


def test_decisions_stand_beside_the_recorded_models(tmp_path: Path) -> None:
    recordings.write(tmp_path)
    rows = [
        {"prompt_id": "a", "calls": [["r1", 0]], "final": ["r1", 0]},
        {"prompt_id": "b", "calls": [["r1", 0], ["pro", 0]], "final": ["pro", 0]},
        {"prompt_id": "c", "calls": [["r1", 0]], "final": None},
    ]
    path = tmp_path / "cascade.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    report = make([path], Reading(pair=("cheap", "dear"), data=tmp_path))
    (found,) = report.sets
    assert (found.name, found.unit, found.prompts) == ("sums, replayed", "calls of the pro", 3)
    ways = {way.name: way for way in found.ways}
    assert ways["cascade"].right[0] == pytest.approx(2 / 3)
    assert ways["cascade"].spend == pytest.approx(1 / 3)
    assert ways["r1"].right[0] == pytest.approx(2 / 3)
    with pytest.raises(SettingError, match="need --data, the recordings, and --pair"):
        make([path], Reading(data=tmp_path))
    with pytest.raises(SettingError, match="--weights lacks pro"):
        make([path], Reading(pair=("cheap", "dear"), data=tmp_path, weights={"r1": 1.0}))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"prompt_id": "zzz", "calls": [], "final": None}, "line 1: prompt_id 'zzz' is not in the recordings"),
        ({"prompt_id": "a", "calls": [["r1", 0]], "final": ["r1", 9]}, "line 1: calls and final must be"),
        ({"prompt_id": "a", "calls": [["gold", 0]], "final": None}, "line 1: calls and final must be"),
        ({"prompt_id": "a", "calls": 3, "final": None}, "line 1: calls and final must be"),
    ],
)
def test_decisions_that_do_not_fit_are_named(tmp_path: Path, line: dict[str, object], words: str) -> None:
    recordings.write(tmp_path)
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps(line) + "\n")
    with pytest.raises(SettingError, match=words):
        boards([path], Reading(pair=("cheap", "dear"), data=tmp_path))


def test_the_figures_of_a_replay_stand_in_a_report_as_they_are(tmp_path: Path) -> None:
    recordings.write(tmp_path)
    out = tmp_path / "cascade.json"
    words = ["eval", "replay", "--strategy", "cascade", "--pair", "cheap,dear", "--data", str(tmp_path)]
    assert CliRunner().invoke(app, [*words, "--json", str(out)]).exit_code == 0
    (found,) = make([out], Reading()).sets
    (team,) = found.teams
    assert (found.name, team.name, found.cheap, found.strong) == ("cascade, as replayed", "cascade", "r1", "pro")
    assert [rival.name for rival in team.rivals][:2] == ["r1", "pro"]
    assert team.rivals[0].ahead is not None
    assert html(make([out], Reading())).count("<svg") == 1
    out.write_text('[{"way": "r1"}]')
    with pytest.raises(SettingError, match=r"cascade\.json: no figures of cothink eval replay .*wanted are way"):
        make([out], Reading())


@pytest.mark.parametrize("text", ["", "hello\n", '{"a": 1}\n'])
def test_a_file_of_something_else_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.jsonl").write_text(text)
    with pytest.raises(SettingError, match=r"x\.jsonl is neither rows of cothink eval run nor decisions"):
        boards([tmp_path / "x.jsonl"], Reading())


def test_a_set_without_grades_is_left_out_and_said(live: Path, tmp_path: Path) -> None:
    bare = rows_file(tmp_path / "bare", row("r1", "1", None, set="puzzles"))
    report = make([live, bare], Reading())
    assert [one.name for one in report.sets] == ["sums"]
    assert report.notes == ["puzzles: no row has a graded answer."]
    with pytest.raises(SettingError, match="puzzles: no row has a graded answer"):
        make([bare], Reading())


def test_retention_is_told_by_the_turns_between(tmp_path: Path) -> None:
    rows = [
        row("r1", id, id != "1", kind="recall", score=0.5 if id == "1" else 1.0, facts=[(3, True), (8, id != "1")])
        for id in ("1", "2")
    ]
    report = make([rows_file(tmp_path / "a", *rows)], Reading())
    (way,) = report.sets[0].ways
    assert (way.right[0], way.recall) == (0.75, [(3, 1.0, 2), (8, 0.5, 2)])
    assert "| r1 | 100 (2) | 50 (2) |" in markdown(report)
    assert html(report).count("<svg") == 2


def test_the_three_files_say_the_same_and_the_page_stands_alone(live: Path, tmp_path: Path) -> None:
    nasty = '<script>alert("x")</script>|'
    extra = rows_file(tmp_path / "extra.jsonl", *(row(nasty, id, True) for id in IDS))
    files = write(make([live, extra], Reading()), tmp_path / "deep" / "out")
    assert [path.name for path in files] == ["report.md", "report.html", "report.json"]
    text, page, values = (path.read_text(encoding="utf-8") for path in files)
    assert json.loads(values)["sets"][0]["ways"][0]["name"] == "r1"
    assert "| pro | 80.0 [" in text
    assert "\\|" in text
    assert "<script" not in page
    assert not re.search(r"(?:src|href)\s*=|@import|url\(", page)
    for drawing in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        ElementTree.fromstring(drawing)
    assert len(list((tmp_path / "deep" / "out").iterdir())) == 3


def test_an_out_that_is_a_file_is_named(live: Path) -> None:
    with pytest.raises(SettingError, match=r"--out is .*cannot be written"):
        write(make([live], Reading()), live)


@pytest.mark.parametrize("spends", [(0.0, 0.0), (1.0, 1.0), (0.001, 5.0), (1e-9, 1e6), (0.0, 3.0)])
def test_a_chart_holds_any_spend(spends: tuple[float, float]) -> None:
    points = [
        Point(f"way {place}", spend, 1.0, 1.0, 1.0, kind)
        for place, (spend, kind) in enumerate(zip(spends, ("single", "team"), strict=True))
    ]
    drawing = cost_quality(points, [Line("l", [(spends[0], 1.0), (spends[1], 1.0)], "mixing")], "$")
    root = ElementTree.fromstring(drawing)
    assert "nan" not in drawing
    heights = [float(mark.attrib["y"]) for mark in root.iter() if mark.attrib.get("class") == "label"]
    assert abs(heights[0] - heights[1]) >= 14 or abs(spends[0] - spends[1]) > 1e-3
