"""Checks the code in an answer: does it parse, does it do what the prompt's examples and the given tests say."""

from dataclasses import asdict

from cothink.verify import code_blocks, code_examples, code_session
from cothink.verify.code_report import CodeCheck, CodeReport, conclude
from cothink.verify.sandbox.config import Limits
from cothink.verify.sandbox.sandbox import Sandbox


async def check_code(
    prompt: str,
    program: str,
    *,
    entry_point: str | None = None,
    tests: str | None = None,
    sandbox: Sandbox,
    limits: Limits | None = None,
) -> CodeReport:
    """Check one program without a model.

    Args:
        prompt: The task, in words or as the head of a function; its examples are read and run.
        program: The answer: Markdown with code blocks, or bare code; where it only goes on with the prompt's code,
            both are joined.
        entry_point: The function that is asked for; without it only doctests and tests are run.
        tests: Test code: asserts, ``check(candidate)``, ``test_*`` functions, ``unittest`` classes.
        sandbox: Where it runs; nothing of the answer runs anywhere else.
        limits: For the program; None is the sandbox's own.

    Returns:
        A report. It stands only where something that the program computes was compared and nothing failed. Results are
        compared by the rule of `sandbox.inside.compare`; given tests compare as they are written.

    Raises:
        NotReady: The sandbox cannot run programs here.
    """
    block = code_blocks.program(program, entry_point)
    if block.language and block.language not in code_blocks.PYTHON_NAMES:
        return _report(
            (CodeCheck("syntax", "not_run", f"{block.language} is not checked, only Python is"),), block.code
        )
    code = code_blocks.completed(prompt, block.code, entry_point)
    fault = code_blocks.parse_fault(code)
    if fault is not None:
        cut = "" if block.closed else "; its fence is not closed, so the answer may be cut off"
        return _report((CodeCheck("syntax", "fail", f"the program does not parse: {fault}{cut}"),), code)
    sessions = code_examples.examples(prompt, entry_point)
    work = {
        "sessions": [[asdict(step) for step in session] for session in sessions],
        "tests": tests,
        "entry_point": entry_point,
    }
    outcome = await code_session.hold(sandbox, code, work, limits or sandbox.config.limits)
    checks = (CodeCheck("syntax", "pass", "the program parses"), *outcome.checks)
    return CodeReport(
        verdict=conclude(checks),
        checks=checks,
        program=code,
        unlimited=outcome.candidate.unlimited,
        wall_s=outcome.candidate.wall_s,
    )


def _report(checks: tuple[CodeCheck, ...], code: str) -> CodeReport:
    return CodeReport(conclude(checks), checks, code)
