"""`make demo`: two real models on this machine answer as one, behind the OpenAI API, on real input.

The gateway runs as its own process, as in production; everything is asked through the official `openai` client.
An expected answer grades after the run; it is in no request.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from openai import AsyncOpenAI
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from running import gateway
from tables import Row, problem_table, totals_table

HERE = Path(__file__).parent
MODELS = ("r1", "pro", "cothink-cascade")
AT_ONCE = 4  # the embedded models batch four requests
# It stands before the question, so that the models read it once: the beginning of a prompt is kept. Equations without
# words are what a small model gets right most often, and what the check can recompute.
INSTRUCTION = (
    "Solve the problem below. Write each step as one short equation, no words, at most five. Then end with "
    "`Answer: NUMBER`.\n\nProblem: "
)
READ_APPLICATION = (
    "Fill the JSON from the loan application above. Amounts in US dollars. In `evidence` copy for each fact the part "
    "of a sentence that states it, exactly as written. In `risk_phrases` copy parts of sentences that hint at money "
    "trouble, exactly as written."
)


def problems(full: bool) -> list[dict[str, Any]]:
    """All problems, or ten spread over the grades."""
    rows = [json.loads(line) for line in (HERE / "problems.jsonl").read_text().splitlines()]
    if full:
        return rows
    grades = sorted({row["grade"] for row in rows})
    by_grade = {grade: [row for row in rows if row["grade"] == grade] for grade in grades}
    spread = [by_grade[grade][place] for place in (0, 5) for grade in grades]
    return sorted(spread[:10], key=lambda row: str(row["id"]))


async def solve(client: AsyncOpenAI, model: str, problem: dict[str, Any], at_once: asyncio.Semaphore) -> Row:
    """Send one question to one model; the row is not graded yet."""
    async with at_once:
        began = time.monotonic()
        answer = await client.chat.completions.create(
            model=model,
            messages=[{"role": "user", "content": INSTRUCTION + problem["question"]}],
            max_tokens=200,
            temperature=0,
        )
        seconds = time.monotonic() - began
    return Row(
        problem=problem,
        model=model,
        text=answer.choices[0].message.content or "",
        report=(answer.model_extra or {}).get("cothink", {}),
        seconds=seconds,
    )


async def word_problems(client: AsyncOpenAI, console: Console, full: bool) -> None:
    """R1 alone, the pro alone, and the cascade on the same problems."""
    chosen = problems(full)
    at_once = asyncio.Semaphore(AT_ONCE)
    rows: list[Row] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        for model in MODELS:
            bar = progress.add_task(f"{model:16}", total=len(chosen))
            for done in asyncio.as_completed([solve(client, model, problem, at_once) for problem in chosen]):
                rows.append(await done)
                progress.advance(bar)
    count_drafts(rows)
    console.print(problem_table([row for row in rows if row.model == "cothink-cascade"]))
    console.print(totals_table(rows, MODELS))
    console.print(
        "The drafts are R1's answers from above, out of an exact cache: tokens and price count them, seconds do not.",
        style="dim",
    )


def count_drafts(rows: list[Row]) -> None:
    """Count R1's draft in the cascade's cost, though the cache gave it: elsewhere nobody asks R1 the same first."""
    drafts = {row.problem["id"]: row.calls[0] for row in rows if row.model == "r1"}
    for row in rows:
        if row.model == "cothink-cascade":
            row.report["calls"] = [drafts[row.problem["id"]] if call.get("cached") else call for call in row.calls]


async def application(client: AsyncOpenAI, console: Console) -> None:
    """One loan application to JSON, each fact with a quote that must stand in the text."""
    text = json.loads((HERE / "applications.jsonl").read_text().splitlines()[0])["text"]
    schema = json.loads((HERE / "application.schema.json").read_text())
    console.print(text, style="dim", highlight=False)
    answer = await client.chat.completions.create(
        model="cothink-cascade",
        messages=[{"role": "user", "content": f"{text}\n\n---\n{READ_APPLICATION}"}],
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "application", "schema": schema, "strict": True},
        },
        max_tokens=400,
        temperature=0,
    )
    facts = json.loads(answer.choices[0].message.content or "")
    console.print_json(data=facts)
    quotes = [*facts["evidence"].values(), *facts["risk_phrases"]]
    found = sum(quote in text for quote in quotes)
    report = (answer.model_extra or {})["cothink"]
    console.print(
        f"{found} of {len(quotes)} quotes stand in the text word for word · {report['strategy']} · "
        f"{' + '.join(call['model'] for call in report['calls'])} · {report['verification']}",
        style="cyan",
    )


async def chat(client: AsyncOpenAI, console: Console) -> None:
    """One chat, word by word."""
    question = "In three sentences: why do bread and beer both need yeast?"
    console.print(f"› {question}", style="bold")
    stream = await client.chat.completions.create(
        model="cothink-auto", messages=[{"role": "user", "content": question}], stream=True, max_tokens=160
    )
    async for frame in stream:
        if frame.choices and frame.choices[0].delta.content:
            console.print(frame.choices[0].delta.content, end="", highlight=False, soft_wrap=True)
    console.print()


async def show(url: str, console: Console, small: bool, full: bool) -> None:
    """The three parts, how long they took, and what to do next."""
    began = time.monotonic()
    async with AsyncOpenAI(base_url=url, api_key="none", timeout=600, max_retries=0) as client:
        console.rule("1. Arithmetic word problems, through cothink-cascade")
        await word_problems(client, console, full)
        console.rule("2. A loan application to JSON with quoted evidence")
        await application(client, console)
        console.rule("3. A streaming chat")
        await chat(client, console)
    console.rule("What you saw")
    which = (
        "SmolLM2 135M plays both roles: this shows the plumbing and nothing else"
        if small
        else ("Qwen2.5-Coder 0.5B stood in for R1 and 1.5B for the pro: no figure above is R1's or the pro's")
    )
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    console.print(f"The show took {minutes} min {seconds} s on {os.cpu_count()} cores, set-up and loading not counted.")
    console.print(f"{which}. Costs are what the same tokens would have cost at R1's and the pro's list prices.\n")
    console.print(
        "Keep it running:   [bold].venv/bin/cothink serve --embedded " + ("small" if small else "pair") + "[/bold]"
    )
    console.print(
        "Point a client at: [bold]http://127.0.0.1:8080/v1[/bold]  (models: r1, pro, cothink-cascade, cothink-auto …)"
    )


def main() -> None:
    """Read the options, start the gateway, show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="SmolLM2 for both roles: 98 MB, plumbing only")
    parser.add_argument("--full", action="store_true", help="all problems instead of ten")
    parser.add_argument("--models", type=Path, help="a folder with the GGUF files, if you have them")
    options = parser.parse_args()
    console = Console(width=max(100, Console().width))
    with gateway("small" if options.small else "pair", options.models, console) as url:
        asyncio.run(show(url, console, options.small, options.full))


if __name__ == "__main__":
    sys.exit(main())
