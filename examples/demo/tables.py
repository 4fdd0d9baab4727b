"""The demo's tables: one row a question, and one row a way of answering."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from cothink.core.chunk import Usage
from cothink.core.price import Price, usd
from cothink.engines.catalogue import Catalogue
from cothink.verify.maths.equality import answers_equal
from cothink.verify.maths.final_answer import final_answer

ROWS = Catalogue()
LIST_PRICE = {"r1": ROWS.row("deepseek-r1").price or Price(), "pro": ROWS.row("gpt-6.1-sol").price or Price()}


@dataclass(frozen=True)
class Row:
    """One answer to one problem, with the `cothink` field that came with it."""

    problem: dict[str, Any]
    model: str
    text: str
    report: dict[str, Any]
    seconds: float

    @property
    def is_right(self) -> bool:
        """Whether the answer is the expected one: the only place that reads it, after the run."""
        found = final_answer(self.text)
        return found is not None and answers_equal(found.text, self.problem["answer"]).stands

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Every call that was made for this answer."""
        return list(self.report.get("calls", ()))

    @property
    def tokens(self) -> int:
        """Tokens read and written over all calls."""
        return sum(call["usage"]["total_tokens"] for call in self.calls)

    @property
    def list_cost_usd(self) -> float:
        """What the same tokens would have cost at list prices."""
        return sum(usd(LIST_PRICE[call["model"]].cost_nanousd(_usage(call))) for call in self.calls)

    @property
    def asked_the_pro(self) -> bool:
        """Whether the pro was needed."""
        return any(call["model"] == "pro" for call in self.calls)

    @property
    def check(self) -> str:
        """What decided over R1's answer: the check that found fault, else the last one."""
        checks = self.report.get("checks", ())
        deciding = next((check for check in checks if check["standing"] == "falls"), checks[-1] if checks else None)
        return f"{deciding['check']} {deciding['standing']}" if deciding else "–"


def _usage(call: dict[str, Any]) -> Usage:
    return Usage(call["usage"]["prompt_tokens"], call["usage"]["completion_tokens"])


def problem_table(rows: Sequence[Row]) -> Table:
    """One row a question that went through the cascade."""
    table = Table(title="cothink-cascade, question by question", show_lines=False)
    for name in ("question", "check of R1's answer", "answered by", "right"):
        table.add_column(name)
    for name in ("tokens", "s", "list price $"):
        table.add_column(name, justify="right")
    for row in sorted(rows, key=lambda row: str(row.problem["id"])):
        table.add_row(
            f"[{row.problem['id']}] {row.problem['question'][:44]}…".replace("[", r"\["),
            row.check,
            "pro (escalated)" if row.asked_the_pro else "r1",
            "[green]right[/green]" if row.is_right else "[red]wrong[/red]",
            str(row.tokens),
            f"{row.seconds:.1f}",
            f"{row.list_cost_usd:.6f}",
        )
    return table


def totals_table(rows: Sequence[Row], models: Sequence[str]) -> Table:
    """One row a way of answering."""
    table = Table(title="The same questions three ways")
    table.add_column("answered by")
    for name in ("right", "pro calls", "tokens", "s a question", "list price $"):
        table.add_column(name, justify="right")
    for model in models:
        mine = [row for row in rows if row.model == model]
        pro_calls = sum(call["model"] == "pro" for row in mine for call in row.calls)
        table.add_row(
            model,
            f"{sum(row.is_right for row in mine)} of {len(mine)}",
            str(pro_calls),
            str(sum(row.tokens for row in mine)),
            f"{sum(row.seconds for row in mine) / len(mine):.1f}",
            f"{sum(row.list_cost_usd for row in mine):.6f}",
        )
    return table
