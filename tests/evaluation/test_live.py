"""Live runs with models that say what a test wrote down: resume, the cap on cost, tries, errors, files."""

import asyncio
import json
from pathlib import Path

import pytest

from cothink.core.chunk import Usage
from cothink.core.errors import (
    CoThinkError,
    SettingError,
    UpstreamBusy,
    UpstreamError,
    UpstreamRefused,
    UpstreamUnreachable,
)
from cothink.core.price import Price
from cothink.core.request import Request
from cothink.evaluation.live import memory
from cothink.evaluation.live.asking import Fatal, How
from cothink.evaluation.live.purse import CapReached, Purse
from cothink.evaluation.live.rows import Row, Terms, opened, read
from cothink.evaluation.live.runner import MOST_ERRORS_IN_A_ROW, Ended, Plan, digest, run
from cothink.evaluation.live.target import Target, read_prices
from cothink.evaluation.retention import conversations
from cothink.evaluation.sets.task import Task
from strategies.scripted import Scripted, Silent, model

TASKS = [Task("sums", str(n), (f"What is {n} + {n}?",), "number", (str(2 * n),)) for n in range(4)]
TERMS = Terms(set="sums", tasks=digest(TASKS), seed=3, temperature=0.5, max_tokens=100)
DEAR = Price(input_usd=0.0, output_usd=10_000.0)  # a cent a token


def right(request: Request) -> str:
    return f"Answer: {2 * int(request.question.split()[2])}"


def target(name: str, engine: Scripted | Silent, price: Price | None = None, **more: object) -> Target:
    booked = model(name, engine, price=price or Price()).engine
    return Target(name, booked, prices=(price,) if price else (Price(),), is_held=True, **more)  # type: ignore[arg-type]


class Pauses:
    """A sleep that only writes down how long it should have been."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


async def go(out: Path, *targets: Target, how: How | None = None, again: bool = False, **plan: object) -> Ended:
    made = Plan(**({"tasks": TASKS, "targets": targets, "terms": TERMS} | plan))  # type: ignore[arg-type]
    with opened(out, drop_errors=again) as file:
        return await run(made, file, how or How(sleep=Pauses()), tell=lambda row: None)


async def test_every_task_is_put_to_every_model_and_each_row_says_what_it_took(tmp_path: Path) -> None:
    engine = Scripted(right)
    ended = await go(tmp_path / "rows", target("a", engine, DEAR), target("b", Scripted("Answer: 2")), samples=2)
    rows = read(tmp_path / "rows").rows
    assert ended == Ended(0)
    assert len({row.key for row in rows}) == 16
    assert sum(row.right is True for row in rows if row.model == "a") == 8
    assert sum(row.right is True for row in rows if row.model == "b") == 2
    row = next(row for row in rows if row.model == "a")
    assert (row.prompt_tokens, row.completion_tokens, row.tokens, row.calls) == (100, 20, {"a": 20}, {"a": 1})
    assert row.cost_usd == pytest.approx(0.2)
    assert row.seconds >= (row.first_s or 0) > 0
    assert {request.sampling.seed for request in engine.requests} == {3, 4}
    assert {request.sample for request in engine.requests} == {0, 1}
    assert engine.requests[0].sampling.max_tokens == 100


async def test_a_run_that_was_cut_goes_on_and_has_each_row_once(tmp_path: Path) -> None:
    out, engine = tmp_path / "rows", Scripted(right)
    await go(out, target("a", engine), tasks=TASKS[:2])
    whole = out.read_bytes()
    out.write_bytes(whole[: whole.rindex(b"\n", 0, -1) + 9])  # killed within a line
    assert len(read(out).rows) == 1
    await go(out, target("a", engine))
    rows = read(out).rows
    assert sorted(row.id for row in rows) == ["0", "1", "2", "3"]
    assert engine.calls == 5
    await go(out, target("a", engine))
    assert (engine.calls, len(read(out).rows)) == (5, 4)


async def test_more_samples_and_more_models_go_into_the_same_file(tmp_path: Path) -> None:
    out = tmp_path / "rows"
    await go(out, target("a", Scripted(right)))
    await go(out, target("a", Scripted(right)), target("b", Scripted(right)), samples=2)
    assert len(read(out).rows) == 16
    assert len(read(out).terms) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"temperature": 0.7}, "temperature 0.5 for sums; this run has 0.7"),
        ({"max_tokens": 9}, "max_tokens 100"),
        ({"seed": 1}, "seed 3"),
        ({"tasks": "other"}, "begun with tasks"),
    ],
)
async def test_a_file_begun_with_other_terms_is_refused(tmp_path: Path, change: dict[str, object], words: str) -> None:
    import msgspec

    await go(tmp_path / "rows", target("a", Scripted(right)))
    with pytest.raises(SettingError, match=words):
        await go(tmp_path / "rows", target("a", Scripted(right)), terms=msgspec.structs.replace(TERMS, **change))


def test_two_runs_never_write_one_file(tmp_path: Path) -> None:
    with (
        opened(tmp_path / "rows"),
        pytest.raises(SettingError, match="Another run writes"),
        opened(tmp_path / "rows"),
    ):
        pass


@pytest.mark.parametrize("line", ["{}", "3", "not json", '{"set": "s", "id": 5, "model": "m"}'])
def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path: Path, line: str) -> None:
    path = tmp_path / "rows"
    path.write_text(line + "\n")
    with pytest.raises(SettingError, match="rows, line 1: no row of a live run"), opened(path):
        pass
    assert path.read_text() == line + "\n"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"--out is .*cannot be written: No such file"), opened(tmp_path / "a" / "b"):
        pass


async def test_a_busy_server_is_waited_for_as_long_as_it_asks(tmp_path: Path) -> None:
    busy = UpstreamBusy("busy", retry_after_s=7.0)
    pauses = Pauses()
    engine = Scripted(busy, busy, right)
    await go(tmp_path / "rows", target("a", engine), tasks=TASKS[:1], how=How(sleep=pauses))
    (row,) = read(tmp_path / "rows").rows
    assert (row.right, row.tries, row.error) == (True, 3, None)
    assert pauses.slept == [7.0, 7.0]


async def test_pauses_double_up_to_the_longest(tmp_path: Path) -> None:
    pauses = Pauses()
    engine = Scripted(UpstreamUnreachable("away"))
    how = How(sleep=pauses, tries=6, wait_s=1, wait_most_s=5, chance=lambda: 1.0)
    await go(tmp_path / "rows", target("a", engine), tasks=TASKS[:1], how=how)
    (row,) = read(tmp_path / "rows").rows
    assert pauses.slept == [1, 2, 4, 5, 5]
    assert (row.right, row.tries, row.error, row.code) == (None, 6, "away", "upstream_unreachable")


async def test_a_refusal_is_a_row_at_once_and_no_wrong_answer(tmp_path: Path) -> None:
    engine = Scripted(UpstreamRefused("no", code="content_policy"), right)
    await go(tmp_path / "rows", target("a", engine), tasks=TASKS[:2], concurrency=1)
    first, second = read(tmp_path / "rows").rows
    assert (first.right, first.code, first.tries) == (None, "content_policy", 1)
    assert second.right is True


async def test_errors_are_asked_again_only_when_it_is_said(tmp_path: Path) -> None:
    out = tmp_path / "rows"
    await go(out, target("a", Scripted(UpstreamRefused("no"), right)), concurrency=1)
    again = Scripted(right)
    await go(out, target("a", again))
    assert again.calls == 0
    await go(out, target("a", again), again=True)
    assert again.calls == 1
    assert [row.error for row in read(out).rows] == [None] * 4


async def test_an_answer_that_takes_too_long_is_an_error(tmp_path: Path) -> None:
    silent = Silent()
    how = How(timeout_s=0.02, tries=1)
    await go(tmp_path / "rows", target("a", silent), tasks=TASKS[:1], how=how)
    (row,) = read(tmp_path / "rows").rows
    assert row.code == "deadline_passed"
    assert silent.open == 0


@pytest.mark.parametrize(
    "error",
    [
        UpstreamError("The key is not accepted.", code="upstream_auth"),
        UpstreamRefused("None of that name.", code="model_not_found"),
        UpstreamRefused("The model's server refused the request (404)."),
    ],
)
async def test_what_no_task_could_mend_ends_the_run_and_writes_no_row(tmp_path: Path, error: CoThinkError) -> None:
    with pytest.raises(Fatal, match="The run ends"):
        await go(tmp_path / "rows", target("a", Scripted(error)))
    assert read(tmp_path / "rows").rows == []


async def test_errors_without_end_end_the_run(tmp_path: Path) -> None:
    tasks = [Task("sums", str(n), ("?",), "number", ("1",)) for n in range(100)]
    ended = await go(tmp_path / "rows", target("a", Scripted(UpstreamRefused("no"))), tasks=tasks, concurrency=1)
    assert ended.missing == 100 - MOST_ERRORS_IN_A_ROW
    assert f"{MOST_ERRORS_IN_A_ROW} errors in a row" in (ended.stopped or "")


async def test_the_cap_on_cost_stops_cleanly_and_is_not_passed(tmp_path: Path) -> None:
    """An answer costs 0.20, at its worst 1.00: after the second the worst does not fit any more."""
    out = tmp_path / "rows"
    for _ in range(2):  # the second run begins with what the first has spent
        ended = await go(out, target("a", Scripted(right), DEAR), most_usd=1.3, concurrency=4)
        assert ended.missing == 2
        assert "$0.400000 of $1.300000 are spent" in (ended.stopped or "")
    assert read(out).cost_usd == pytest.approx(0.4)
    assert (await go(out, target("a", Scripted(right), DEAR), most_usd=2.0)).missing == 0


async def test_money_that_bought_no_row_is_written_down_and_counted(tmp_path: Path) -> None:
    """Two calls are made for an answer, and only the first fits."""

    class Team:
        def __init__(self) -> None:
            self.inner = model("a", Scripted("x"), price=DEAR).engine

        async def stream(self, request: Request):  # type: ignore[no-untyped-def]
            for sample in range(9):
                async for chunk in self.inner.stream(request.ask(request.messages, sample=sample)):
                    last = chunk
            yield last

    team = Target("team", Team(), prices=(DEAR,), is_held=True)
    ended = await go(tmp_path / "rows", team, most_usd=1.2, tasks=TASKS[:1])
    kept = read(tmp_path / "rows")
    assert (ended.missing, kept.rows) == (1, [])
    assert "did not fit under the cap" in (ended.stopped or "")
    assert 0 < kept.cost_usd <= 1.2


async def test_a_cap_without_a_price_is_refused_after_the_first_answer(tmp_path: Path) -> None:
    unpriced = Target("a", model("a", Scripted(right)).engine, unpriced=frozenset({"a"}))
    with pytest.raises(SettingError, match="give --price a=IN,OUT"):
        await go(tmp_path / "rows", unpriced, most_usd=1.0)
    await go(tmp_path / "rows", unpriced)
    assert {row.cost_usd for row in read(tmp_path / "rows").rows} == {None}


async def test_where_the_worst_is_not_known_the_first_call_goes_alone() -> None:
    purse = Purse(1.0)
    first = await purse.take("a", None)
    assert first == 1.0
    waiting = asyncio.create_task(purse.take("a", None))
    await asyncio.sleep(0)
    assert not waiting.done()
    await purse.settle("a", first, 0.3)
    assert await waiting == 0.3
    assert await purse.take("a", None) == 0.3
    await purse.settle("a", 0.3, 0.3)
    await purse.settle("a", 0.3, 0.3)
    with pytest.raises(CapReached, match=r"\$0.900000 of \$1.000000"):
        await purse.take("a", None)


async def test_a_conversation_keeps_its_turns_and_is_one_row(tmp_path: Path) -> None:
    (task,) = conversations(1, turns=6)
    kept = {fact.asked: fact.truth for fact in task.facts}

    def says(request: Request) -> str:
        turn = sum(message.role == "user" for message in request.messages) - 1
        return kept.get(turn, "Noted.")

    engine = Scripted(says)
    terms = Terms(set=task.set, tasks="t", seed=0, temperature=None, max_tokens=50)
    await go(tmp_path / "rows", target("a", engine), tasks=[task], terms=terms)
    (row,) = read(tmp_path / "rows").rows
    assert (row.right, row.score, row.got) == (True, 1.0, "2 of 2")
    assert sorted(row.facts) == sorted((fact.asked - fact.told, True) for fact in task.facts)
    assert [len(request.messages) for request in engine.requests] == [1, 3, 5, 7, 9, 11]
    assert (row.completion_tokens, row.calls) == (120, {"a": 6})


async def test_so_many_answers_are_waited_for_at_once(tmp_path: Path) -> None:
    open_now = most = 0

    class Counting:
        async def stream(self, request: Request):  # type: ignore[no-untyped-def]
            nonlocal open_now, most
            open_now += 1
            most = max(most, open_now)
            await asyncio.sleep(0.005)
            async for chunk in Scripted(right).stream(request):
                yield chunk
            open_now -= 1

    await go(tmp_path / "rows", Target("a", Counting()), samples=5, concurrency=3)
    assert most == 3


@pytest.mark.parametrize("text", ["a", "a=1", "a=1,2,3", "=1,2", "a=x,1", "a=-1,2"])
def test_a_price_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(SettingError, match=r"it looks like r1=0\.55,2\.19"):
        read_prices([text])


def test_prices_are_dollars_a_million() -> None:
    assert read_prices(["org/m=x=1,2"])["org/m=x"].cost_nanousd(Usage(1_000_000, 0)) == 10**9


def test_memory_counts_the_embedded_engines_that_have_the_weights_open(tmp_path: Path) -> None:
    def process(pid: str, command: str, weights: str, peak: int) -> None:
        (tmp_path / pid).mkdir()
        (tmp_path / pid / "cmdline").write_bytes(b"python\0-P\0" + command.encode())
        (tmp_path / pid / "maps").write_text(f"7f00-7f01 r--p 0 00:00 1   /cache/{weights}\n7f02-7f03 rw-p 0 00:00 0\n")
        (tmp_path / pid / "status").write_text(f"Name: x\nVmHWM:\t  {peak} kB\nVmRSS: 1 kB\n")

    process("11", "llamacpp_child.py", "one.gguf", 1000)
    process("12", "llamacpp_child.py", "two.gguf", 500)
    process("13", "other.py", "one.gguf", 7)
    (tmp_path / "self" / "task" / "1").mkdir(parents=True)
    (tmp_path / "self" / "task" / "1" / "children").write_text("11 12 13 99")
    assert memory.peak_bytes(frozenset({"one.gguf"}), tmp_path) == 1000 * 1024
    assert memory.peak_bytes(frozenset({"one.gguf", "two.gguf"}), tmp_path) == 1500 * 1024
    assert memory.peak_bytes(frozenset({"none.gguf"}), tmp_path) is None
    assert memory.peak_bytes(frozenset({"one.gguf"}), tmp_path / "nowhere") is None


def test_what_is_asked_has_a_digest_that_moves_with_it() -> None:
    assert digest(TASKS) == digest(list(TASKS)) != digest(TASKS[:3])


def test_a_row_is_written_once_only(tmp_path: Path) -> None:
    with opened(tmp_path / "rows") as file:
        file.add(Row(set="s", id="1", model="m"))
        with pytest.raises(ValueError, match="there already"):
            file.add(Row(set="s", id="1", model="m"))
    (line,) = (tmp_path / "rows").read_text().splitlines()
    assert json.loads(line) == {"set": "s", "id": "1", "model": "m"}
