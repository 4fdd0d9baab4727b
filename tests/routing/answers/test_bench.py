import pytest

from cothink.core.errors import SettingError
from cothink.routing.answers.bench import VIEWS, folds, judge, simple
from cothink.routing.answers.recorded import Row
from routing.answers.world import QUICK


def test_no_prompt_and_no_kind_is_cut(rows: list[Row]) -> None:
    for protocol, name in (("rows", "prompt_id"), ("kinds", "kind")):
        parts = folds(rows, protocol, 2)
        where: dict[str, set[int]] = {}
        for row, part in zip(rows, parts, strict=True):
            where.setdefault(getattr(row, name), set()).add(int(part))
        assert all(len(found) == 1 for found in where.values())
        assert set(parts) == {0, 1}


@pytest.mark.parametrize(("protocol", "parts"), [("sets", 2), ("kinds", 9)])
def test_a_cut_that_cannot_be_made_is_refused(rows: list[Row], protocol: str, parts: int) -> None:
    with pytest.raises(SettingError):
        folds(rows, protocol, parts)


def test_every_held_out_answer_is_judged_in_every_view_beside_simple_ways(rows: list[Row]) -> None:
    judged = judge(rows, folds(rows, "rows", 2), 0.3, QUICK)
    assert list(judged) == list(VIEWS)
    found = judged["all there is"].figures(0.3)
    assert found.auc.value > 0.9 and 0 <= found.ece < 0.3
    assert found.right_at_share.value > sum(row.right for row in rows) / len(rows)
    assert judged["all there is"].take([row.kind == "sum" for row in rows]).figures(0.3).auc.value > 0.5
    alone = simple(rows)["(exact verdict alone)"].figures(0.3)
    assert alone.auc.value == 0.5
