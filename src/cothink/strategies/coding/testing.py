"""Tests that both models propose independently; kept where they agree with each other or with the examples."""

import asyncio
from typing import TYPE_CHECKING

from cothink.strategies.coding import prompts
from cothink.strategies.coding.proposals import Proposal, inputs_of, kept, merged, read
from cothink.verify.code_examples import examples
from cothink.verify.program.compare import outcomes
from cothink.verify.program.shape import shape

if TYPE_CHECKING:
    from cothink.strategies.coding.work import Candidate, Work


async def propose(work: "Work", first: "Candidate") -> tuple[str, str]:
    """Ask both models, run what they propose, keep what agrees.

    Returns:
        The kept tests as lines, and in words how many of how many.
    """
    name = work.task.task.entry_point or ""
    prompt = work.task.task.prompt
    asked = prompts.tests(prompt, name, work.config.proposed_tests)
    answers = await asyncio.gather(
        work.ask(work.team.r1, asked, "proposes tests", sample=1), work.ask(work.team.pro, asked, "proposes tests")
    )
    found: list[Proposal] = []
    for by, answer in zip(("r1", "pro"), answers, strict=True):
        if answer is not None:
            found += read(answer.text, name, by, work.config.proposed_tests)
    proposals = merged(found)
    if not proposals:
        return "", "none could be read"
    ran = []
    if (await work.checker.sandbox.available()).ok:
        ran = [
            await outcomes(
                first.code, name, inputs_of(proposals), sandbox=work.checker.sandbox, limits=work.checker.limits
            )
        ]
    shown = shape(prompt, name, examples(prompt, name))
    known = {repr(call): result for call, result in zip(shown.calls, shown.results, strict=True)}
    agreed = kept(proposals, ran, known)
    return "\n".join(
        one.line(name) for one in agreed
    ), f"{len(agreed)} of {len(proposals)} were kept: both proposed them"
