"""Tells thought from answer where a server leaves ``<think>…</think>`` in the text, as R1's own template writes it."""

OPEN = "<think>"
CLOSE = "</think>"
MOST_BLANKS = 200  # characters before the tag that may be white space


class ThinkTags:
    """One answer's text, split as it comes; a tag may be cut anywhere.

    Only a tag at the very start opens the thought: later ones are words that the answer speaks of.

    Args:
        opened: The stream begins within the thought, since the template has written the opening tag already.
    """

    __slots__ = ("_held", "_state")

    def __init__(self, opened: bool = False) -> None:
        self._state = "opened" if opened else "start"  # start, opened, thought, gap, answer
        self._held = ""

    @property
    def in_thought(self) -> bool:
        """The thought has begun and has not ended."""
        return self._state in {"opened", "thought"}

    @property
    def is_over(self) -> bool:
        """Nothing is told apart any more: all that comes is the answer."""
        return self._state == "answer"

    def feed(self, text: str) -> tuple[str, str]:
        """Return the next words of the thought and of the answer. What could be half a tag is held back."""
        if self._state == "answer":
            return "", text
        text, self._held = self._held + text, ""
        if self._state in {"start", "opened"}:
            if not self._begun(text):
                return "", ""
            text, self._held = self._held, ""
        if self._state == "thought":
            return self._thought(text)
        return "", self._answer(text)

    def pass_on(self) -> str:
        """Split no more, since the server splits by itself; return what was held back."""
        held, self._held = self._held, ""
        self._state = "answer"
        return held

    def end(self) -> tuple[str, str]:
        """Return what was held back, now that nothing more comes."""
        held, self._held = self._held, ""
        return (held, "") if self.in_thought else ("", held)

    def _begun(self, text: str) -> bool:
        """See whether the text opens with the tag, and hold it until that is clear."""
        bare = text.lstrip()
        self._held = text
        if len(text) - len(bare) > MOST_BLANKS:
            self._state = "answer" if self._state == "start" else "thought"
        elif bare.startswith(OPEN):
            self._state = "thought"
            self._held = bare[len(OPEN) :]
        elif OPEN.startswith(bare):  # also where nothing but white space came
            return False
        else:
            self._state = "answer" if self._state == "start" else "thought"
        return True

    def _thought(self, text: str) -> tuple[str, str]:
        thought, tag, answer = text.partition(CLOSE)
        if tag:
            self._state = "gap"
            return thought, self._answer(answer)
        kept = _half_tag(text)
        self._held = text[len(text) - kept :]
        return text[: len(text) - kept], ""

    def _answer(self, text: str) -> str:
        """Drop the blank lines between thought and answer."""
        if self._state == "gap":
            text = text.lstrip()
            if text:
                self._state = "answer"
        return text


def _half_tag(text: str) -> int:
    """Return how many characters at the end could be the beginning of the closing tag."""
    for size in range(min(len(CLOSE) - 1, len(text)), 0, -1):
        if CLOSE.startswith(text[-size:]):
            return size
    return 0
