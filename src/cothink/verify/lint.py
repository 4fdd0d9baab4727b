"""Formatting, lint, security rules and types of Python, by ruff and mypy as programs of their own; nothing is run.

Both read text only: neither imports what it checks. Each has a limit on its time.
"""

import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from cothink.verify.program.report import ProgramCheck

TOOL_S = 30.0
SHOWN = 4
INSTALL = "pip install 'cothink[code]'"
RULES = {"lint": "E9,F,B,PLE", "security": "S"}
FAULTS = ("E9", "F821", "F823", "invalid-syntax")  # the program would stop there


async def lint(code: str, *, seconds: float = TOOL_S) -> tuple[ProgramCheck, ...]:
    """Check a program's text.

    Returns:
        The checks ``format``, ``lint``, ``security`` and ``types``. What would stop the program fails, all else is a
        doubt; a tool that is not there is ``not_run``.
    """
    checks = await asyncio.gather(
        _format(code, seconds),
        *(_rules(name, rules, code, seconds) for name, rules in RULES.items()),
        _types(code, seconds),
    )
    return tuple(checks)


async def _format(code: str, seconds: float) -> ProgramCheck:
    ran = await _run("ruff", ["format", "--isolated", "--check", "--quiet", "-"], code, seconds)
    if isinstance(ran, str):
        return ProgramCheck("format", "not_run", ran)
    return ProgramCheck(
        "format", *(("pass", "as ruff formats") if ran[0] == 0 else ("doubt", "ruff would format it otherwise"))
    )


async def _rules(name: str, rules: str, code: str, seconds: float) -> ProgramCheck:
    arguments = ["check", "--isolated", "--select", rules, "--output-format", "json", "--no-cache", "-"]
    ran = await _run("ruff", arguments, code, seconds)
    if isinstance(ran, str):
        return ProgramCheck(name, "not_run", ran)
    try:
        found: list[dict[str, Any]] = json.loads(ran[1])
    except ValueError:
        return ProgramCheck(name, "not_run", "ruff answered something that could not be read")
    found = [one for one in found if one["code"] != "S101"]  # asserts in an answer are its tests
    if not found:
        return ProgramCheck(name, "pass", "no findings")
    shown = "; ".join(f"line {one['location']['row']}: {one['code']} {one['message']}" for one in found[:SHOWN])
    is_fault = any(str(one["code"]).startswith(FAULTS) for one in found)
    return ProgramCheck(name, "fail" if is_fault else "doubt", f"{len(found)} findings: {shown}")


async def _types(code: str, seconds: float) -> ProgramCheck:
    with tempfile.TemporaryDirectory(prefix="cothink-") as folder:
        file = Path(folder, "program.py")
        await asyncio.to_thread(file.write_text, code, encoding="utf-8")
        options = ["--config-file=", "--no-incremental", "--cache-dir=/dev/null", "--ignore-missing-imports"]
        ran = await _run("mypy", [*options, "--no-error-summary", "--no-color-output", str(file)], "", seconds)
    if isinstance(ran, str):
        return ProgramCheck("types", "not_run", ran)
    errors = [line.partition("program.py:")[2] for line in ran[1].splitlines() if ": error:" in line]
    if ran[0] == 0 or not errors:
        return ProgramCheck("types", "pass", "no findings")
    return ProgramCheck(
        "types", "doubt", f"{len(errors)} findings: {'; '.join(f'line {line}' for line in errors[:SHOWN])}"
    )


async def _run(tool: str, arguments: list[str], stdin: str, seconds: float) -> tuple[int, str] | str:
    """Exit code and output of a tool; in words why there is none."""
    path = shutil.which(tool) or shutil.which(tool, path=str(Path(sys.executable).parent))
    if path is None:
        return f"{tool} is not installed: {INSTALL}"
    process = await asyncio.create_subprocess_exec(
        path,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(seconds):
            output, _ = await process.communicate(stdin.encode("utf-8", "surrogatepass"))
    except TimeoutError:
        return f"{tool} took more than {seconds:g} s"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, output.decode(errors="replace")
