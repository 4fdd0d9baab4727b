"""The exact checks, joined from room ``verify`` into one verdict for each kind of task."""

import re

from cothink.core.answer import Answer
from cothink.core.errors import BadRequest
from cothink.core.messages import Tool
from cothink.core.request import Request
from cothink.core.verdict import Verdict
from cothink.routing.kind import KindName, TaskKind
from cothink.strategies.evidence import ASKS_QUOTES, quotes_in
from cothink.verify.arithmetic import check_arithmetic
from cothink.verify.completeness import check_completeness
from cothink.verify.confidence import check_confidence
from cothink.verify.config import VerifyConfig
from cothink.verify.equations import check_equations
from cothink.verify.maths.final_answer import final_answer
from cothink.verify.quotes import check_quotes, quoted_strings
from cothink.verify.schema import check_schema
from cothink.verify.strict_json import NotStrict, load_strict
from cothink.verify.word_problem import check_word_problem

STEPS = "arithmetic"  # the check of steps: it shows that they are right, not that they are the ones that are needed
_ANY_OBJECT = {"type": "object"}
_SUM = re.compile(r"[-−(√]?\s?\d[\d.,\s()+\-−*/×÷·^]*[\d)]")
_OPERATOR = re.compile(r"\d\s*[)\s]*[-−+*/×÷·^]")
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


def check_whole(request: Request, answer: Answer, kind: TaskKind) -> Verdict:
    """Whether an answer is one: not empty, not refused, not cut off.

    A free text that ends at the client's own ``max_tokens`` is what the client asked for.
    """
    if answer.refusal:
        return Verdict("completeness", "falls", f"The model refuses: “{answer.refusal[:200]}”.")
    finish = answer.finish
    if kind.name == "json_schema" and finish == "stop":
        return Verdict("completeness", "stands", "The answer ended by itself; its form is checked by the schema.")
    if finish == "length" and kind.name == "open" and request.sampling.max_tokens is not None and answer.text.strip():
        return Verdict("completeness", "unsure", "The answer ends at the length that the client asked for.")
    return check_completeness(answer.text, finish_reason=finish)


def check_tools(request: Request, answer: Answer) -> Verdict:
    """Whether every tool call names a tool on offer and its arguments keep the tool's schema."""
    tools: dict[str, Tool] = {tool.function.name: tool for tool in request.tools}
    for call in answer.tool_calls:
        tool = tools.get(call.function.name)
        if tool is None:
            return Verdict(
                "tools", "falls", f"The answer calls “{call.function.name[:80]}”, which is no tool on offer."
            )
        schema = tool.function.parameters or _ANY_OBJECT
        try:
            verdict = check_schema(call.function.arguments or "{}", schema, param="tools")
        except BadRequest:  # the model's server took the schema; what we cannot read we do not hold against the answer
            verdict = check_schema(call.function.arguments or "{}", _ANY_OBJECT, param="tools")
        if verdict.falls:
            return Verdict("tools", "falls", f"The arguments of {call.function.name}: {verdict.evidence}")
    return Verdict("tools", "stands", "Every tool call keeps its tool's schema.")


def check_shape(request: Request, answer: Answer) -> Verdict:
    """Whether the answer is JSON by the client's schema, and whether what it quotes stands in the text."""
    form = request.response_format
    schema = form.json_schema.schema if form is not None and form.json_schema is not None else _ANY_OBJECT
    verdict = check_schema(answer.text, schema)
    if not verdict.stands:
        return verdict
    try:
        value = load_strict(answer.text.strip())
    except NotStrict as error:
        return Verdict("schema", "falls", f"The answer is no strict JSON: {error}.")
    asked = any(ASKS_QUOTES.search(message.text) for message in request.messages if message.role != "assistant")
    if quotes := quotes_in(value, schema, asked=asked):
        quoted = check_quotes(_source(request), quotes).verdict
        return Verdict(quoted.check, quoted.standing, f"{verdict.evidence} {quoted.evidence}", quoted.score)
    return verdict


def check_maths(question: str, answer: str, kind: KindName) -> Verdict:
    """Recompute the sum that was asked for, substitute into equations, else recompute the steps that are shown."""
    asked = recompute(question, answer)
    if asked is not None:
        return asked
    if kind == "equation":
        substituted = check_equations(question, answer)
        if not substituted.unsure:
            return substituted
    steps = check_arithmetic(question, answer)
    if steps.falls or kind == "equation":
        # right steps say nothing of the solution
        return steps if steps.falls else Verdict("equations", "unsure", steps.evidence)
    return _with_final(steps, check_word_problem(question, answer))


def recompute(question: str, answer: str) -> Verdict | None:
    """Compute the sum of a question that is one sum and nothing else, and compare; None where it is something else."""
    sums = [match[0].strip(" ,.") for match in _SUM.finditer(question) if _OPERATOR.search(match[0])]
    if len(sums) != 1 or _NUMBER.search(question.replace(sums[0], "")):
        return None
    found = final_answer(answer)
    numbers = _NUMBER.findall(answer if found is None else found.text)
    if not numbers:
        return None
    verdict = check_arithmetic("", f"{sums[0]} = {numbers[-1 if found is None else 0]}")
    return None if verdict.unsure else Verdict("recomputation", verdict.standing, verdict.evidence)


def check_quoted(request: Request, answer: str) -> Verdict:
    """Whether every passage in quotation marks stands in what the user gave."""
    return check_quotes(_source(request), quoted_strings(answer, min_chars=8)).verdict


def check_sureness(answer: Answer, config: VerifyConfig) -> Verdict:
    """How sure the model was of a short answer; being sure is no proof, so it never stands by that alone."""
    tokens = answer.logprobs
    margins = [
        token.top_logprobs[0].logprob - token.top_logprobs[1].logprob for token in tokens if len(token.top_logprobs) > 1
    ]
    verdict = check_confidence(
        [min(0.0, token.logprob) for token in tokens],
        margins=[max(0.0, margin) for margin in margins] if tokens and len(margins) == len(tokens) else None,
        config=config,
    )
    return Verdict(verdict.check, "unsure", verdict.evidence, verdict.score) if verdict.stands else verdict


def _with_final(steps: Verdict, final: Verdict) -> Verdict:
    """One verdict of the steps and the final answer: a fault in either is a fault; both must stand."""
    if final.falls:
        return final
    if steps.stands and final.stands:
        return Verdict(STEPS, "stands", f"{steps.evidence} {final.evidence}")
    return Verdict(STEPS, "unsure", f"{steps.evidence} {final.evidence}")


def _source(request: Request) -> str:
    """All that was given to quote from."""
    return "\n\n".join(message.text for message in request.messages if message.role != "assistant")
