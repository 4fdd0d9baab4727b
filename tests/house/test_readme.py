"""The two READMEs say the same, and what they show of an answer is what the code writes."""

import json
import re
import tomllib

import msgspec
import pytest

from cothink.gateway.report import CallReport, CheckReport, Report
from house.pages import FENCE, LINK, ROOT, blocks

HEADING = re.compile(r"^(#+) ", re.MULTILINE)
ROW = re.compile(r"^\|", re.MULTILINE)
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh.md").read_text(encoding="utf-8")
REPORT = next(block for block in blocks("json") if block.page.name == "README.md")


def sections(text: str) -> list[str]:
    return re.split(r"^## ", FENCE.sub("", text), flags=re.MULTILINE)


def test_the_chinese_readme_has_the_same_headings_in_order() -> None:
    assert HEADING.findall(FENCE.sub("", CHINESE)) == HEADING.findall(FENCE.sub("", ENGLISH))


def test_the_chinese_readme_has_the_same_code_byte_for_byte() -> None:
    assert [match[0] for match in FENCE.finditer(CHINESE)] == [match[0] for match in FENCE.finditer(ENGLISH)]


def test_the_chinese_readme_has_as_many_table_rows_and_list_items_in_each_section() -> None:
    for english, chinese in zip(sections(ENGLISH), sections(CHINESE), strict=True):
        where = english.splitlines()[0]
        assert len(ROW.findall(chinese)) == len(ROW.findall(english)), where
        assert chinese.count("\n- ") == english.count("\n- "), where


def test_the_chinese_readme_has_the_same_links() -> None:
    others = {"README.md", "README.zh.md"}
    english = [target for target in LINK.findall(ENGLISH) if target not in others]
    assert [target for target in LINK.findall(CHINESE) if target not in others] == english


@pytest.mark.parametrize("text", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_the_measured_tables_have_their_place(text: str) -> None:
    assert text.count("<!-- measured:begin -->") == text.count("<!-- measured:end -->") == 1


def test_the_real_deployment_is_under_fifteen_lines() -> None:
    deployment = next(block for block in blocks("toml") if block.page.name == "README.md")
    assert len(deployment.text.splitlines()) < 15
    assert {"r1", "pro", "gateway"} <= tomllib.loads(deployment.text).keys()


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        (Report, [json.loads(REPORT.text)]),
        (CallReport, json.loads(REPORT.text)["calls"]),
        (CheckReport, json.loads(REPORT.text)["checks"]),
    ],
)
def test_the_report_that_is_shown_has_the_fields_of_the_code(kind: type, found: list[dict[str, object]]) -> None:
    for value in found:
        msgspec.convert(value, kind)
        assert value.keys() <= set(kind.__struct_fields__)
