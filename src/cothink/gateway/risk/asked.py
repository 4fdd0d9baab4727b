"""POST /v1/risk/score: an application or a list of them in, assessments out. The team behind it is `cothink-risk`."""

import msgspec

from cothink.core.answer import Answer
from cothink.core.chunk import Chunk, Usage
from cothink.core.errors import BadRequest, UpstreamBroken
from cothink.core.messages import Message
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.gateway.caching import CacheBody
from cothink.gateway.parts import Found
from cothink.gateway.report import report_of
from cothink.strategies.risk import NAME


class RiskAsked:
    """One body, as it came: the team reads it, so that both ways in have one reading."""

    __slots__ = ("_text",)
    model = NAME
    is_stream = False
    n = 1
    ignored: tuple[str, ...] = ()
    cache: CacheBody | None = None

    def __init__(self, text: str) -> None:
        self._text = text

    def request(self, run: Run, dial: float | None) -> Request:
        """Return what the team reads."""
        return Request(model=self.model, messages=(Message("user", self._text),), run=run, dial=dial, stream=False)

    def writer(self, run: Run, found: Found, created: int) -> "RiskWriter":
        """Return who writes the answer."""
        return RiskWriter(run)


def read_risk(raw: bytes) -> RiskAsked:
    """Understand a body.

    Raises:
        BadRequest: It is empty or not UTF-8; what is in it is the team's to say.
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise BadRequest(f"The body is not UTF-8: byte {error.start} is wrong.", code="invalid_json") from None
    if not text.strip():
        raise BadRequest("The body is empty; an application, or a list of them, is needed.", code="invalid_json")
    return RiskAsked(text)


class RiskWriter:
    """Writes an assessment with the run's report beside it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.usage: Usage | None = None

    def whole(self, answers: list[Answer]) -> bytes:
        """Return the JSON of the answer."""
        (answer,) = answers
        self.usage = answer.usage
        report = msgspec.json.encode(report_of(self._run, self.usage))
        return answer.text.encode()[:-1] + b',"cothink":' + report + b"}"

    def frame(self, chunk: Chunk, number: int = 0) -> bytes:
        """Return nothing: these answers do not stream."""
        return b""

    def end(self) -> bytes:
        """Refuse: these answers do not stream.

        Raises:
            UpstreamBroken: Always.
        """
        raise UpstreamBroken("An assessment does not stream.")

    def fail(self, error: Exception) -> bytes:
        """Return nothing: a failure of a whole answer is a status."""
        return b""
