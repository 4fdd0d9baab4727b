"""What a key spent since it was last written: counted in this process, a row for each model and day."""

from cothink.core.chunk import Usage
from cothink.store.money import Spend


class Tally:
    """The counts of one key.

    Args:
        key: The key's id.
        team: Its team's name, or nothing.
    """

    __slots__ = ("_key", "_rows", "_team")

    def __init__(self, key: str, team: str) -> None:
        self._key = key
        self._team = team
        self._rows: dict[tuple[str, str], list[int]] = {}

    def add(self, day: str, model: str, usage: Usage, nanousd: int) -> bool:
        """Count one call; say whether a row was begun, which is to be written."""
        row = self._rows.get((day, model))
        is_new = row is None
        if row is None:
            row = self._rows[day, model] = [0, 0, 0, 0]
        row[0] += 1
        row[1] += usage.prompt_tokens
        row[2] += usage.completion_tokens
        row[3] += nanousd
        return is_new

    def drain(self) -> list[Spend]:
        """Return what was counted, and begin anew."""
        rows, self._rows = self._rows, {}
        return [
            Spend(
                day=day,
                key=self._key,
                team=self._team,
                model=model,
                calls=calls,
                prompt_tokens=prompt_tokens,
                completion_tokens=completion_tokens,
                nanousd=nanousd,
            )
            for (day, model), (calls, prompt_tokens, completion_tokens, nanousd) in rows.items()
        ]
