"""The check of code: it must parse, and where there is a sandbox it must do what the question's examples say."""

from cothink.core.errors import NotReady
from cothink.core.verdict import Verdict
from cothink.verify.code import check_code
from cothink.verify.code_blocks import PYTHON_NAMES, blocks, completed, parse_fault, program
from cothink.verify.code_entry import wanted_function
from cothink.verify.sandbox.sandbox import Sandbox


class SandboxedCode:
    """Runs an answer's code against the examples and tests that the question shows.

    Args:
        sandbox: Where it runs; nothing of an answer runs anywhere else.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def __call__(self, question: str, answer: str) -> Verdict:
        """Judge the code; ``unsure`` where there is no code, no example, or nowhere to run it."""
        syntax = check_syntax(question, answer)
        if syntax.falls or not has_python(question, answer):
            return syntax
        entry_point = wanted_function(question)
        try:
            report = await check_code(question, answer, entry_point=entry_point, sandbox=self._sandbox)
        except NotReady as error:
            return Verdict("code", "unsure", f"Code cannot be run here: {error.message}")
        return report.verdict


def check_syntax(question: str, answer: str) -> Verdict:
    """Whether the Python of an answer parses; whether it is right is another matter, so it never stands by that."""
    entry_point = wanted_function(question)
    if not has_python(question, answer):
        return Verdict("syntax", "unsure", "The answer holds no Python code that could be checked.")
    block = program(answer, entry_point)
    fault = parse_fault(completed(question, block.code, entry_point))
    if fault is not None:
        return Verdict("syntax", "falls", f"The Python code does not parse: {fault}.")
    return Verdict("syntax", "unsure", "The Python code parses; there was no way to run it.")


def has_python(question: str, answer: str) -> bool:
    """Whether an answer holds Python, in a block or bare; prose that explains code does not."""
    entry_point = wanted_function(question)
    if not blocks(answer):
        return parse_fault(completed(question, answer, entry_point)) is None
    language = program(answer, entry_point).language
    return not language or language in PYTHON_NAMES
