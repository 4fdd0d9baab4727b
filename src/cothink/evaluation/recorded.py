"""An Engine that answers with what a model once said. It never guesses: what was not recorded cannot be asked."""

from cothink.core.chunk import Chunk, Usage
from cothink.core.engine import Stream
from cothink.core.errors import UpstreamRefused
from cothink.core.request import Request
from cothink.evaluation.outcomes import Sample


class Recorded:
    """One model's recorded answers to one prompt, given one after the other, each once.

    Args:
        role: ``r1`` or ``pro``.
        samples: The answers, in the order in which they are given.
        numbers: The number of each among all that were recorded.
        calls: Takes ``(role, number)`` of each call; both roles of a run share it, so it holds the order.

    The number of the sample that was given is in each answer's ``model``, as ``role:number``, so that whoever reads the
    final answer knows whose it is.
    """

    def __init__(
        self, role: str, samples: tuple[Sample, ...], numbers: tuple[int, ...], calls: list[tuple[str, int]]
    ) -> None:
        self._role = role
        self._left = list(zip(samples, numbers, strict=True))
        self._count = len(samples)
        self._calls = calls

    async def stream(self, request: Request) -> Stream:
        """Give the next recorded answer.

        Raises:
            UpstreamRefused: All were given.
        """
        if not self._left:
            raise UpstreamRefused(f"Only {self._count} answers of {self._role} to this prompt were recorded.")
        sample, number = self._left.pop(0)
        self._calls.append((self._role, number))
        yield Chunk(text=sample.text, model=f"{self._role}:{number}")
        yield Chunk(finish="stop", usage=Usage(sample.prompt_tokens or 0, sample.completion_tokens or 0))


def recorded(role: str, samples: tuple[Sample, ...], first: int, calls: list[tuple[str, int]]) -> Recorded:
    """Return the engine of all samples, beginning with number ``first`` and going round."""
    numbers = tuple((first + step) % len(samples) for step in range(len(samples)))
    return Recorded(role, tuple(samples[number] for number in numbers), numbers, calls)
