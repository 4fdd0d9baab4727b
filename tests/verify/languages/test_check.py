"""Programs of other languages, judged with Node in the real sandbox."""

import pytest

from cothink.verify.languages.check import check_language
from cothink.verify.program.report import ProgramReport
from cothink.verify.sandbox.config import Limits
from cothink.verify.sandbox.sandbox import Sandbox
from needs import program

pytestmark = pytest.mark.needs_bubblewrap
LIMITS = Limits(wall_s=5, cpu_s=5)
ADD = "export function add(a, b) { return a + b; }"


async def judged(
    sandbox: Sandbox, language: str, code: str, tests: str | None = None, prompt: str = ""
) -> ProgramReport:
    program("node", "nodejs")
    return await check_language(language, code, tests, prompt=prompt, sandbox=sandbox, limits=LIMITS)


def details(report: ProgramReport) -> dict[str, tuple[str, str]]:
    return {check.name: (check.status, check.detail) for check in report.checks}


async def test_asserts_and_examples_pass(sandbox: Sandbox) -> None:
    tests = "import { add } from './add.js';\nimport assert from 'node:assert';\nassert.equal(add(2, 2), 4);"
    report = await judged(sandbox, "javascript", f"```js\n{ADD}\n```", tests, "add(1, 2) -> 3")
    assert report.verdict == "pass"
    assert details(report)["example 1"][0] == "pass"


async def test_test_and_expect_say_what_was_expected(sandbox: Sandbox) -> None:
    tests = "describe('add', () => { it('adds', () => { expect(add(1, 2)).toBe(4); }); });"
    report = await judged(sandbox, "javascript", ADD, tests)
    assert (report.verdict, details(report)["adds"]) == ("fail", ("fail", "expected 4, got 3"))


async def test_typescript_runs_without_its_types(sandbox: Sandbox) -> None:
    code = "export const twice = (x: number): number => x * 2 as number;"
    report = await judged(sandbox, "typescript", code, "test('t', (): void => { expect(twice(2)).toEqual(4); });")
    assert report.verdict == "pass"


async def test_what_needs_a_compiler_is_not_run_and_said(sandbox: Sandbox) -> None:
    report = await judged(sandbox, "typescript", "enum E { A }\nfunction f() { return E.A; }", "assert(f() === 0);")
    assert report.verdict == "unsure"
    assert "line 1: an enum" in report.not_covered[0]


async def test_a_hang_is_stopped(sandbox: Sandbox) -> None:
    report = await check_language(
        "javascript",
        "function f() { for (;;); }",
        "assert(f());",
        sandbox=sandbox,
        limits=Limits(wall_s=1, cpu_s=1),
    )
    assert (report.verdict, details(report)["tests"][1][:30]) == ("fail", "The program was stopped after ")


async def test_an_exit_before_the_tests_is_no_pass(sandbox: Sandbox) -> None:
    report = await judged(sandbox, "javascript", "function f() { return 1; }\nprocess.exit(0);", "assert(f() === 1);")
    assert report.verdict == "fail"


async def test_a_fault_of_syntax_fails_and_nothing_is_run(sandbox: Sandbox) -> None:
    report = await judged(sandbox, "javascript", "function f( { return 1; }", "assert(true);")
    assert [check.name for check in report.checks] == ["syntax"]
    assert report.verdict == "fail"


async def test_an_unknown_language_is_unsure(sandbox: Sandbox) -> None:
    report = await judged(sandbox, "cobol", "MOVE A TO B.")
    assert "there is no grammar for 'cobol'" in report.not_covered[0]
