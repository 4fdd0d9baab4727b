import ast
import re
from pathlib import Path

import cothink.monitor
from cothink.monitor.table import METRICS, TABLE, as_markdown

ROOM = Path(cothink.monitor.__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


def test_names_and_kinds_follow_prometheus() -> None:
    for metric in METRICS:
        assert re.fullmatch(r"cothink_[a-z]+(_[a-z]+)*", metric.name)
        assert (metric.kind == "counter") == metric.name.endswith("_total")
        assert not metric.name.endswith(("_bucket", "_sum", "_count", "_info"))
        if metric.is_in_billionths:
            assert metric.unit in metric.name
        assert (metric.kind == "histogram") == bool(metric.bounds)
        assert list(metric.bounds) == sorted(set(metric.bounds))
        assert all(re.fullmatch(r"[a-z]+", label) and label != "le" for label in metric.labels)
        assert metric.words.endswith(".")


def test_each_name_stands_once() -> None:
    assert len(TABLE) == len(METRICS)


def test_the_docs_hold_the_whole_table() -> None:
    assert as_markdown() in PAGE.read_text(encoding="utf-8"), "docs/metrics.md must hold table.as_markdown()"


def test_every_metric_that_the_docs_name_is_in_the_table() -> None:
    text = PAGE.read_text(encoding="utf-8")
    named = {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"\bcothink_[a-z_]+", text)}
    assert named == set(TABLE)


def test_the_room_imports_only_what_stands_below_it() -> None:
    for file in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert not name.startswith("cothink") or name.startswith(
                    ("cothink.core", "cothink.monitor", "cothink.store", "cothink.privacy")
                ), file
