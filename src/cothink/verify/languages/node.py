"""Runs JavaScript with its tests in Node, in a cell of the sandbox.

Program and tests share one process here, unlike Python's two cells: a program that means to deceive can. Each test is
told on a line with a mark that is drawn for this run.
"""

import json
import re
import secrets
import shutil

from cothink.verify.code_examples import examples
from cothink.verify.languages.grammars import parse, walk
from cothink.verify.program.report import ProgramCheck
from cothink.verify.sandbox.config import Limits
from cothink.verify.sandbox.result import RunResult
from cothink.verify.sandbox.sandbox import Sandbox

INSTALL = "Node is not installed: apt-get install nodejs"
OWN_MODULE = re.compile(
    r"^\s*(?:import\b[^;\n]*\bfrom\s*['\"]\.{1,2}/[^'\"\n]*['\"]|"
    r"(?:const|let|var)\b[^;\n=]*=\s*require\(\s*['\"]\.{1,2}/[^'\"\n]*['\"]\s*\));?[ \t]*$",
    re.MULTILINE,
)
TEST_TOOLS = re.compile(
    r"^\s*(?:import\b[^;\n]*\bfrom\s*['\"](?:node:)?(?:assert(?:/strict)?|test|@jest/globals|vitest)['\"]|"
    r"(?:const|let|var)\b[^;\n=]*=\s*"
    r"require\(\s*['\"](?:node:)?(?:assert(?:/strict)?|test)['\"]\s*\)(?:\.strict)?);?[ \t]*$",
    re.MULTILINE,
)
HARNESS = """
;(async () => {
const __mark = MARK;
const assert = require("node:assert/strict");
const { isDeepStrictEqual: __same } = require("node:util");
const __tests = [];
const __tell = (name, status, detail) =>
  process.stdout.write("\\n" + __mark + JSON.stringify({ name, status, detail: String(detail).slice(0, 400) }) + "\\n");
const __one = async (name, body) => {
  try { await body(); __tell(name, "pass", "passed"); }
  catch (error) { __tell(name, "fail", (error && (error.message || error.name)) || error); }
};
const test = (name, ...rest) => { __tests.push([String(name), rest[rest.length - 1]]); };
const it = test;
const describe = (name, body) => body();
const __differ = (want, got) => `expected ${JSON.stringify(want)}, got ${JSON.stringify(got)}`;
const expect = (got) => {
  const check = (good, words, not) => { if (good === not) throw new Error(words); };
  const matchers = (not) => ({
    toBe: (want) => check(Object.is(got, want), __differ(want, got), not),
    toEqual: (want) => check(__same(got, want), __differ(want, got), not),
    toStrictEqual: (want) => check(__same(got, want), __differ(want, got), not),
    toBeCloseTo: (want, digits = 2) =>
      check(Math.abs(got - want) < 10 ** -digits / 2, `expected about ${want}, got ${got}`, not),
    toBeTruthy: () => check(Boolean(got), `expected a true value, got ${JSON.stringify(got)}`, not),
    toBeFalsy: () => check(!got, `expected a false value, got ${JSON.stringify(got)}`, not),
    toBeNull: () => check(got === null, `expected null, got ${JSON.stringify(got)}`, not),
    toBeUndefined: () => check(got === undefined, `expected undefined, got ${JSON.stringify(got)}`, not),
    toContain: (item) => check(got.includes(item), `expected ${JSON.stringify(item)} in it`, not),
    toHaveLength: (size) => check(got.length === size, `expected the length ${size}, got ${got.length}`, not),
    toThrow: () => {
      let threw = false;
      try { got(); } catch { threw = true; }
      check(threw, "nothing was thrown", not);
    },
  });
  return { ...matchers(false), not: matchers(true) };
};
await __one("tests", async () => {
TESTS
});
for (const [name, body] of __tests) await __one(name, body);
__tell("end", "pass", "");
})();
"""


async def run_tests(program: str, tests: str, *, sandbox: Sandbox, limits: Limits) -> tuple[ProgramCheck, ...]:
    """Run a program with tests.

    Args:
        program: JavaScript, types left out.
        tests: Statements with ``assert``, or ``test``, ``it``, ``describe`` and ``expect``; imports of the program
            itself are left out, since both stand in one file.
        sandbox: Where it runs.
        limits: Of the run.

    Raises:
        NotReady: The sandbox cannot run programs here.
    """
    if shutil.which("node") is None:
        return (ProgramCheck("tests", "not_run", INSTALL),)
    mark = secrets.token_hex(8)
    own = TEST_TOOLS.sub("", OWN_MODULE.sub("", tests))
    source = without_exports(program) + HARNESS.replace("MARK", json.dumps(mark), 1).replace("TESTS", own, 1)
    result = await sandbox.run(["node", "program.cjs"], files={"program.cjs": source.encode()}, limits=limits)
    return tuple(_checks(result, mark))


def example_tests(prompt: str, entry_point: str | None) -> str:
    """The examples of a task as asserts of JavaScript; values that it does not have are left out."""
    lines = []
    for step in (step for session in examples(prompt, entry_point) for step in session):
        call, want = _literals(step.source), _literals(step.want or "")
        if step.want is not None and call is not None and want is not None:
            lines.append(f"test({json.dumps(step.check)}, () => assert.deepStrictEqual({call}, {want}));")
    return "\n".join(lines)


def without_exports(code: str) -> str:
    """Leave out ``export`` and imports of types, so that the program and its tests stand in one script."""
    data = bytearray(code.encode("utf-8", "surrogatepass"))
    for node in walk(parse("javascript", code)):
        if node.type != "export_statement":
            continue
        keeps = any(child.type.endswith("declaration") or child.type == "class" for child in node.children)
        for child in node.children:
            if not keeps or child.type in ("export", "default"):
                data[child.start_byte : child.end_byte] = b" " * (child.end_byte - child.start_byte)
    return data.decode("utf-8", "surrogatepass")


def _literals(text: str) -> str | None:
    """Python's literals in a call as JavaScript's; None where they are of another kind."""
    words = {"True": "true", "False": "false", "None": "null"}
    swapped = re.sub(r"\b(True|False|None)\b", lambda match: words[match[0]], text)
    is_plain = not re.search(r"\{|[^\w\s]\(|^\(|\bb['\"]", swapped)
    return swapped if is_plain else None


def _checks(result: RunResult, mark: str) -> list[ProgramCheck]:
    found, ended = [], False
    for line in result.stdout.decode(errors="replace").splitlines():
        if not line.startswith(mark):
            continue
        told = json.loads(line[len(mark) :])
        if told["name"] == "end":
            ended = True
        elif told["status"] in ("pass", "fail"):
            found.append(ProgramCheck(str(told["name"])[:100], told["status"], str(told["detail"])))
    if not ended:
        error = next((line for line in result.stderr.decode(errors="replace").splitlines() if "Error" in line), "")
        found.append(ProgramCheck("tests", "fail", f"{result.words} {error}".strip()))
    return found
