"""Several programs pass: find inputs on which they differ, and choose by what comes out there.

Source: D. Li et al., S*: test-time scaling for code generation, arXiv 2502.14382 (2025).
"""

import re
from typing import TYPE_CHECKING

from cothink.strategies.coding import prompts
from cothink.strategies.coding.filling import made_inputs
from cothink.verify.program.compare import Outcomes, outcomes, same_outcome, shown

if TYPE_CHECKING:
    from cothink.strategies.coding.work import Candidate, Work

ANSWER = re.compile(r"answer\W*(\d+)", re.IGNORECASE)


async def tell_apart(work: "Work", best: "list[Candidate]") -> "Candidate":
    """The candidate to give.

    Where all give the same results, the last one: it is the filled or mended one. Where they differ, results that an
    example shows were checked before, so the pro is asked which result is right on one input; without its word the
    higher score decides.
    """
    name = work.task.task.entry_point
    if name is None or work.task.language != "python" or not (await work.checker.sandbox.available()).ok:
        return max(reversed(best), key=lambda one: one.report.score)
    made = made_inputs(work, best[0].code, name)
    if not made:
        return best[-1]
    results = [
        await outcomes(one.code, name, made, sandbox=work.checker.sandbox, limits=work.checker.limits) for one in best
    ]
    number = _differing(results)
    if number is None:
        return best[-1]
    groups = _groups(results, number)
    call = f"{name}({', '.join(map(repr, made[number].arguments))})"
    words = [shown(results[members[0]][number]) for members in groups]
    asked = prompts.choose(work.task.task.prompt, call, words)
    answer = await work.ask(work.team.pro, asked, "says which result is right")
    chosen = _chosen(answer.text if answer else "", len(groups))
    work.request.run.trace.note("told_apart", {"call": call, "results": words, "chosen": chosen})
    if chosen is not None:
        return best[groups[chosen][-1]]
    return max(reversed(best), key=lambda one: one.report.score)


def _differing(results: list[Outcomes]) -> int | None:
    """The first input on which not all came to the same."""
    shortest = min(map(len, results))
    for number in range(shortest):
        if any(not same_outcome(results[0][number], other[number]) for other in results[1:]):
            return number
    return None


def _groups(results: list[Outcomes], number: int) -> list[list[int]]:
    """Which candidates agree on an input."""
    groups: list[list[int]] = []
    for at, result in enumerate(results):
        for members in groups:
            if same_outcome(results[members[0]][number], result[number]):
                members.append(at)
                break
        else:
            groups.append([at])
    return groups


def _chosen(text: str, count: int) -> int | None:
    found = ANSWER.findall(text)
    number = int(found[-1]) - 1 if found else -1
    return number if 0 <= number < count else None
