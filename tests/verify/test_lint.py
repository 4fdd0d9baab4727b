import pytest

from cothink.verify import lint as linting
from cothink.verify.lint import lint

GOOD = 'def add(a: int, b: int) -> int:\n    """Add."""\n    return a + b\n'


async def statuses(code: str, **options: float) -> dict[str, tuple[str, str]]:
    return {check.name: (check.status, check.detail) for check in await lint(code, **options)}


async def test_tidy_code_passes_everything() -> None:
    assert {status for status, _ in (await statuses(GOOD)).values()} == {"pass"}


async def test_each_finding_is_told_with_its_line() -> None:
    found = await statuses("import os\ndef f(x: int) -> str:\n  eval('1')\n  return x\n")
    assert found["format"][0] == "doubt"
    assert "line 1: F401" in found["lint"][1] and found["lint"][0] == "doubt"
    assert "S307" in found["security"][1]
    assert "line 4: error: Incompatible return value type" in found["types"][1]


async def test_an_undefined_name_fails() -> None:
    assert (await statuses("def f() -> int:\n    return nothing\n"))["lint"][0] == "fail"


async def test_a_missing_tool_is_not_run_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linting.shutil, "which", lambda *_, **__: None)
    found = await statuses(GOOD)
    assert found["types"] == ("not_run", "mypy is not installed: pip install 'cothink[code]'")


async def test_a_tool_that_takes_too_long_is_ended() -> None:
    assert "took more than" in (await statuses(GOOD, seconds=0.001))["types"][1]
