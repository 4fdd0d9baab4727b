"""One answer on the terminal: thinking dimmed, words as they come, and a line of what it took."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console


class Told:
    """What was said, and what it cost."""

    def __init__(self) -> None:
        self.text = ""
        self.cost_usd = 0.0
        self.report: dict[str, Any] = {}
        self.usage: dict[str, Any] = {}


def tell(frames: Iterator[dict[str, Any]], console: Console, *, thinking: bool = True) -> Told:
    """Print a stream of chat frames as it comes, with or without the thinking; return what was said."""
    told = Told()
    in_thought = False
    for frame in frames:
        told.report = frame.get("cothink") or told.report
        told.usage = frame.get("usage") or told.usage
        for choice in frame.get("choices", ()):
            delta = choice.get("delta", {})
            if thinking and (thought := delta.get("reasoning_content")):
                in_thought = True
                console.print(thought, end="", style="dim", markup=False, highlight=False, soft_wrap=True)
            if words := delta.get("content"):
                if in_thought:
                    console.print("\n")
                    in_thought = False
                told.text += words
                console.print(words, end="", markup=False, highlight=False, soft_wrap=True)
    console.print()
    told.cost_usd = float(told.report.get("cost_usd") or 0.0)
    return told


def summary(told: Told) -> str:
    """Return one line: who worked, what was checked, tokens, dollars."""
    parts = []
    if strategy := told.report.get("strategy"):
        parts.append(str(strategy))
    if calls := told.report.get("calls"):
        parts.append(" + ".join(str(call["model"]) for call in calls))
    if verification := told.report.get("verification"):
        parts.append(str(verification))
    if told.usage:
        parts.append(f"{told.usage.get('prompt_tokens', 0)} + {told.usage.get('completion_tokens', 0)} tokens")
    parts.append(f"${told.cost_usd:.6f}")
    return " · ".join(parts)
