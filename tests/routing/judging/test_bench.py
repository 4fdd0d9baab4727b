from pathlib import Path

import pytest

from routing.outcomes import QUICK, write

pytest.importorskip("lightgbm")

from cothink.core.errors import SettingError
from cothink.routing.judging import bench
from cothink.routing.judging.forms import FORMS
from cothink.routing.judging.protocols import BOUND, OURS, folds
from cothink.routing.learned.recorded import load
from cothink.routing.learned.train import read


def quiet(words: str) -> None:
    assert "held out" in words


def test_every_published_form_stands_beside_ours_with_intervals(tmp_path: Path) -> None:
    table = load(write(tmp_path), ["r1", "pro"])
    lines = bench.judge(table, "rows", parts=2, plan=QUICK, say=quiet)["made-up"]
    assert [one.way for one in lines] == [OURS, *FORMS, BOUND]
    by_name = {one.way: one for one in lines}
    assert by_name[OURS].lift.value > 0.2, "kinds with other winners are told apart"
    assert all(one.lift.low <= one.lift.value <= one.lift.high for one in lines)
    assert bench.markdown(lines).count("\n") == len(lines) + 1
    assert by_name[OURS].plain()["rows"] == 120


def test_a_kind_that_is_held_out_is_cut_nowhere_and_a_set_neither(tmp_path: Path) -> None:
    write(tmp_path)
    table = load(write(tmp_path, dataset="second", seed=3), ["r1", "pro"])
    data = read(table)
    by_kind = folds("kinds", data, table.datasets, 3)
    for kind in set(table.kinds):
        assert len({int(by_kind[i]) for i, one in enumerate(table.kinds) if one == kind}) == 1
    assert len(set(zip(folds("sets", data, table.datasets, 9).tolist(), table.datasets, strict=True))) == 2


def test_an_unknown_protocol_and_a_single_set_are_refused(tmp_path: Path) -> None:
    table = load(write(tmp_path), ["r1", "pro"])
    for protocol in ("sets", "moons"):
        with pytest.raises(SettingError, match="allowed are rows, kinds, sets"):
            folds(protocol, read(table), table.datasets, 2)
