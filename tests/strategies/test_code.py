import shutil
from collections.abc import AsyncIterator, Sequence

import pytest

from cothink.core.errors import NotReady
from cothink.strategies.code import SandboxedCode, check_syntax, wanted_function
from cothink.verify.sandbox.result import RunResult
from cothink.verify.sandbox.run import Order
from cothink.verify.sandbox.sandbox import Sandbox

QUESTION = "Write a Python function double.\n>>> double(2)\n4"


@pytest.fixture
async def check() -> AsyncIterator[SandboxedCode]:
    async with Sandbox() as sandbox:
        found = await sandbox.available()
        if not found.ok:
            pytest.skip(found.reason)
        yield SandboxedCode(sandbox)


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")
async def test_code_is_run_against_the_examples_of_the_question(check: SandboxedCode) -> None:
    good = await check(QUESTION, "```python\ndef double(x):\n    return 2 * x\n```")
    bad = await check(QUESTION, "```python\ndef double(x):\n    return x\n```")
    assert (good.standing, bad.standing) == ("stands", "falls")


async def test_where_nothing_can_be_run_it_is_unsure() -> None:
    class Away(Sandbox):
        async def run_together(self, orders: Sequence[Order]) -> tuple[RunResult, ...]:
            raise NotReady("bubblewrap is missing")

    verdict = await SandboxedCode(Away())("Write f.\n>>> f(1)\n1", "```python\ndef f(x): return x\n```")
    assert (verdict.standing, verdict.check) == ("unsure", "code")
    assert "bubblewrap is missing" in verdict.evidence


@pytest.mark.parametrize(
    ("answer", "standing"),
    [
        ("```python\ndef double(x):\n    return 2 * x\n```", "unsure"),
        ("```python\ndef double(:\n```", "falls"),
        ("def double(x): return 2 * x", "unsure"),
        ("It doubles a number, as you can see.", "unsure"),
        ("```js\nfunction double(x) {\n```", "unsure"),
        ("", "unsure"),
        ("```python\n" + "(" * 10_000 + "\n```", "falls"),
    ],
)
def test_code_that_does_not_parse_falls_and_nothing_stands_by_parsing(answer: str, standing: str) -> None:
    assert check_syntax(QUESTION, answer).standing == standing


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("def helper():\n    pass\n\ndef main_one(x):\n    '''Do it.'''", "main_one"),
        ("Write a function called total that adds.", "total"),
        ("Write a function `mean(values)`.", "mean"),
        ("Write a function rev(text) that reverses.", "rev"),
        ("写一个名为 add_all 的函数", "add_all"),
        ("Reverse a list.\nassert rev([1]) == [1]", "rev"),
        ("Write a function that sorts.", None),
    ],
)
def test_the_wanted_function_is_the_last_head_or_the_one_named(question: str, name: str | None) -> None:
    assert wanted_function(question) == name
