"""What was done for a program, as JSON for machines and Markdown for people."""

import msgspec

from cothink.verify.program.report import ProgramCheck, ProgramReport, Word

STEP = "code_report"
"""The name under which the report stands in a run's trace."""
SIGNS = {"pass": "✓", "fail": "✗", "doubt": "?", "not_run": "–"}


class CandidateReport(msgspec.Struct, frozen=True):
    """One program that was tried: whose it is, and what the checks said."""

    by: str
    verdict: Word
    score: float
    evidence: str


class CodingReport(msgspec.Struct, frozen=True, kw_only=True):
    """The report of the coding team.

    Args:
        verdict: Of the program that is given.
        score: How likely it is right.
        by: Whose program it is.
        language: In lower case.
        checks: Every check of that program.
        not_covered: What was not checked, in words.
        candidates: Every program that was tried, in order.
        holes: What the pro was asked to fill and what came of it.
        tests: How many proposed tests were kept, of how many.
        repairs: How many repairs were made.
        speed: How the given program's time and memory compare with the skeleton's, where both were run.
    """

    verdict: Word
    score: float
    by: str
    language: str
    checks: tuple[ProgramCheck, ...]
    not_covered: tuple[str, ...] = ()
    candidates: tuple[CandidateReport, ...] = ()
    holes: tuple[str, ...] = ()
    tests: str = ""
    repairs: int = 0
    speed: str = ""
    program: str = ""
    markdown: str = ""

    @property
    def checks_words(self) -> str:
        """What speaks most against the program, in one line."""
        failed = [check for check in self.checks if check.status == "fail"]
        return f"{failed[0].name}: {failed[0].detail}" if failed else f"score {self.score:.2f}"


def candidate(by: str, report: ProgramReport) -> CandidateReport:
    """One line of the report."""
    return CandidateReport(by, report.verdict, report.score, report.evidence)


def with_markdown(report: CodingReport) -> CodingReport:
    """The report with its own words for people."""
    return msgspec.structs.replace(report, markdown=markdown(report))


def markdown(report: CodingReport) -> str:
    """The report as a page of Markdown."""
    lines = [
        f"## Verification: {report.verdict} (score {report.score:.2f})",
        "",
        f"The program is by {report.by}, in {report.language}.",
        "",
        "| | check | what was found |",
        "|---|---|---|",
    ]
    lines += [f"| {SIGNS[one.status]} | {_cell(one.name)} | {_cell(one.detail)} |" for one in report.checks]
    sections = (
        ("Tried", [f"{one.by}: {one.verdict}, score {one.score:.2f}; {one.evidence}" for one in report.candidates]),
        ("Holes", list(report.holes)),
        ("Tests that the models proposed", [report.tests] if report.tests else []),
        ("Speed", [report.speed] if report.speed else []),
        ("Not covered", list(report.not_covered)),
    )
    for title, entries in sections:
        if entries:
            lines += ["", f"### {title}", "", *(f"- {_cell(entry)}" for entry in entries)]
    if report.repairs:
        lines += ["", f"Repairs: {report.repairs}."]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("`", "'")[:300]
