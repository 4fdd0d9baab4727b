"""The check of puzzles: the first kind that knows the question judges the answer."""

import re

from cothink.core.verdict import Verdict
from cothink.verify.puzzles import (
    calculations,
    cryptarithms,
    durations,
    lists,
    matrices,
    paths,
    plans,
    rewriting,
    roots,
    squares,
)
from cothink.verify.puzzles.finding import Finding, PuzzleCheck
from cothink.verify.puzzles.reading import answer_of

CHECK = "puzzle"
MAX_QUESTION_CHARS = 60_000
_HUGE = re.compile(r"\d{1000}")  # Python refuses to read numbers of thousands of digits, and so do we
KINDS: tuple[PuzzleCheck, ...] = (
    squares.sudoku, squares.futoshiki,
    matrices.rotation, matrices.spiral, matrices.nearest_zero, matrices.largest_island, matrices.pooling,
    matrices.game_of_life, matrices.operations,
    calculations.numbers_make, calculations.rounded_expression, calculations.expression, calculations.complex_sum,
    calculations.divisors, calculations.simplest_fraction, calculations.prime_factors, calculations.prime_count,
    calculations.bit_count, calculations.base_conversion, calculations.dice, roots.real_roots,
    durations.duration, cryptarithms.cryptarithm,
    lists.number_order, lists.number_filter, lists.word_order, lists.word_reversal, lists.backwards, lists.letter_count,
    lists.anagrams, lists.palindrome, lists.palindrome_partition, lists.alternation, lists.extreme_number, lists.legs,
    lists.course_order,
    paths.shortest_path, paths.maze, paths.colouring, paths.lineage, paths.kinship,
    rewriting.token_rewriting, rewriting.insertion, rewriting.synthesis, rewriting.string_rules,
    rewriting.bf_program,
    plans.jugs, plans.buttons, plans.knights, plans.blocks, plans.cube, plans.statements,
)  # fmt: skip


def check_puzzle(question: str, answer: str) -> Verdict:
    """Judge an answer by what its question says, recomputed or played through by a program.

    Args:
        question: The whole question.
        answer: The whole answer; its last ``<answer>`` tag, code fence or "Answer:" is what is judged.

    Returns:
        ``unsure`` where no kind of puzzle is recognised in the question.
    """
    finding = None
    if len(question) <= MAX_QUESTION_CHARS and not _HUGE.search(question) and not _HUGE.search(answer):
        finding = _found(question, answer_of(answer))
    if finding is None:
        return Verdict(CHECK, "unsure", "The question is no puzzle that can be recomputed.")
    return Verdict(CHECK, "stands" if finding.holds else "falls", finding.words)


def _found(question: str, answer: str) -> Finding | None:
    for kind in KINDS:
        finding = kind(question, answer)
        if finding is not None:
            return finding
    return None
