"""A plan for blocks as models write it, numbered and in sentences, in the form that the check of plans reads."""

import re

STEP = re.compile(
    r"^[ \t>]*(?:(?P<number>\d+)[.)]|[-•])?[ \t]*\(?(?P<verb>unstack|stack|pick[- ]?up|put[- ]?down)\b"
    r"(?P<rest>[^\n]*)$",
    re.MULTILINE | re.IGNORECASE,
)
WORD = re.compile(r"[a-z]\w*")
BETWEEN = frozenset({"the", "block", "blocks", "from", "on", "onto", "top", "of", "table", "to", "it", "down", "up"})
VERBS = {"pick": "pick-up", "put": "put-down", "unst": "unstack", "stac": "stack"}


def plan_of(answer: str) -> str:
    """Return the last plan of an answer, an action a line as ``(unstack red blue)``; nothing where there is none.

    A new plan begins where the numbers begin again.
    """
    steps: list[str] = []
    for found in STEP.finditer(answer.replace("*", "").replace("`", "")):
        if found["number"] == "1":
            steps = []
        verb = next(name for begin, name in VERBS.items() if found["verb"].casefold().startswith(begin))
        names = [word for word in WORD.findall(found["rest"].casefold()) if word not in BETWEEN]
        count = 1 if verb in ("pick-up", "put-down") else 2
        if len(names) >= count:
            steps.append(f"({' '.join([verb, *names[:count]])})")
    return "\n".join(steps)
