"""What R1's thought looks like while it comes: the signs that it may lead nowhere."""

from collections import deque
from collections.abc import Callable
from typing import Literal

from cothink.core.chunk import Chunk
from cothink.strategies.early.config import EarlyConfig
from cothink.strategies.early.words import Words

Sign = Literal["long", "slow", "unusual", "stalled", "unsure", "loop", "hedging"]
_CHARS_A_TOKEN = 4


class Signs:
    """Watches one answer of R1 as it comes.

    Args:
        config: Which signs are watched, and from where on they are bad.
        usual_tokens: How long thoughts of this kind usually are; None where that is not known.
        clock: Seconds that only grow.
    """

    def __init__(self, config: EarlyConfig, usual_tokens: int | None, clock: Callable[[], float]) -> None:
        self._config = config
        self._usual = usual_tokens
        self._clock = clock
        self._began_at = self._came_at = clock()
        self._words = Words()
        self._logprobs: deque[float] = deque(maxlen=config.logprob_tokens)
        self._contents = self._chars = 0
        self._answers = False  # the thought is over

    @property
    def thought_tokens(self) -> int:
        """The length of the thought so far: pieces are tokens, unless they are longer."""
        return max(self._contents, self._chars // _CHARS_A_TOKEN)

    def see(self, chunk: Chunk) -> None:
        """Take in what came."""
        if not chunk.has_content:
            return
        self._came_at = self._clock()
        self._logprobs.extend(max(-20.0, token.logprob) for token in chunk.logprobs)
        self._words.read(chunk.reasoning or chunk.text)
        if chunk.reasoning:
            self._contents += 1
            self._chars += len(chunk.reasoning)
        else:
            self._answers = True

    def bad(self) -> dict[Sign, str]:
        """Return the signs that are bad now, each with its words."""
        config, now = self._config, self._clock()
        found: dict[Sign, str] = {}
        if not self._answers:
            found |= self._length(now)
        silent_s = now - self._came_at
        if config.stalled_s and silent_s >= config.stalled_s:
            found["stalled"] = f"nothing came from R1 for {silent_s:.1f} s"
        if config.mean_logprob and len(self._logprobs) == config.logprob_tokens:
            mean = sum(self._logprobs) / len(self._logprobs)
            if mean < config.mean_logprob:
                found["unsure"] = f"R1's last {len(self._logprobs)} tokens have a mean log-probability of {mean:.2f}"
        if config.repeats and self._words.repeats >= config.repeats:
            found["loop"] = f"R1 wrote the same words {self._words.repeats} times"
        if config.hedges and self._words.hedges > config.hedges:
            found["hedging"] = f"R1 doubts itself {self._words.hedges:.0f} times in a thousand words"
        return found

    def due_in_s(self) -> float | None:
        """Return the seconds until time alone may make a sign bad; None where none can."""
        config, now = self._config, self._clock()
        dues = [self._came_at + config.stalled_s - now] if config.stalled_s else []
        if config.thought_s and not self._answers:
            dues.append(self._began_at + config.thought_s - now)
        return min((due for due in dues if due > 0), default=None)

    def _length(self, now: float) -> dict[Sign, str]:
        config, tokens = self._config, self.thought_tokens
        found: dict[Sign, str] = {}
        if config.thought_tokens and tokens > config.thought_tokens:
            found["long"] = f"R1's thought is over {config.thought_tokens} tokens"
        if config.thought_s and now - self._began_at >= config.thought_s:
            found["slow"] = f"R1 thinks for {now - self._began_at:.1f} s"
        if config.over_usual and self._usual is not None and tokens > config.over_usual * max(1, self._usual):
            found["unusual"] = (
                f"R1's thought of {tokens} tokens is over {config.over_usual:g} times the usual {self._usual}"
            )
        return found
