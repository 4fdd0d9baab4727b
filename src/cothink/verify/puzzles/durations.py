"""The time between two moments, in the form that was asked for."""

import re
from datetime import UTC, datetime, timedelta, timezone

from cothink.verify.puzzles.finding import Finding, same

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}
_DATES = (
    (r"(\d{4})-(\d{2})-(\d{2})", (1, 2, 3)),
    (r"(\d{2})/(\d{2})/(\d{4})", (3, 1, 2)),
    (r"([A-Z][a-z]{2})[a-z]* (\d{1,2}),? (\d{4})", (3, 1, 2)),
    (r"(\d{1,2}) ([A-Z][a-z]{2})[a-z]* (\d{4})", (3, 2, 1)),
)
_CLOCK = re.compile(r"(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{3}))?)?")


def duration(question: str, answer: str) -> Finding | None:
    """How long something took, from its beginning to its end."""
    asked = re.search(r"in (D days, HH:MM:SS|D days, HH:MM|D days|HH:MM:SS\.mmm|HH:MM:SS|HH:MM)\.", question)
    ends = re.search(r"(?:started at|began at|departed at|between|elapsed from)\s+(.+?)\s+(?:and|to)\s+"
                     r"(?:ended at|completed at|arrived at)?\s*(.+?)[.?]\s", question)  # fmt: skip
    moments = [_moment(words) for words in ends.groups()] if ends else []
    if not asked or len(moments) != 2 or moments[0] is None or moments[1] is None:
        return None
    took = moments[1] - moments[0]
    if took < timedelta(0):
        return None
    wanted = _written(took, asked[1])
    said = re.sub(r"\bday\b", "days", answer.strip().strip("`*. "))
    return same(re.findall(r"\d+", said), re.findall(r"\d+", wanted), f"The time between, {wanted},")


def _moment(words: str) -> datetime | None:
    date = next((match for pattern, _ in _DATES if (match := re.search(pattern, words))), None)
    order = next((order for pattern, order in _DATES if re.search(pattern, words)), (1, 2, 3))
    clock = _CLOCK.search(words)
    if date is None and clock is None:
        return None
    year, month, day = (2000, 1, 1) if date is None else (_number(date[place]) for place in order)
    hour, minute, second, milli = (int(part or 0) for part in clock.groups()) if clock else (0, 0, 0, 0)
    offset = re.search(r"([-+])(\d{2})(\d{2})\s*$", words)
    zone = UTC
    if offset:
        sign = 1 if offset[1] == "+" else -1
        zone = timezone(sign * timedelta(hours=int(offset[2]), minutes=int(offset[3])))
    try:
        return datetime(year, month, day, hour, minute, second, milli * 1000, zone)
    except ValueError:
        return None


def _number(words: str) -> int:
    return int(words) if words.isdigit() else _MONTHS.get(words.casefold(), 0)


def _written(took: timedelta, form: str) -> str:
    seconds = took.seconds
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
    if ":SS" in form:
        clock += f":{seconds % 60:02}"
    if ".mmm" in form:
        clock += f".{took.microseconds // 1000:03}"
    if form == "D days":
        return f"{took.days} days"
    return f"{took.days} days, {clock}" if form.startswith("D") else clock
