"""What may leave for a hosted model: requests with placeholders for personal data, and the way back."""

from dataclasses import dataclass, field
from typing import Final

import msgspec

from cothink.core.errors import Unsupported
from cothink.core.messages import Message
from cothink.core.request import Request
from cothink.privacy.config import PrivacyConfig
from cothink.privacy.detect import Detector
from cothink.privacy.masking import Placeholders, Restorer
from cothink.privacy.outgoing import Writer, texts_of
from cothink.privacy.spans import Span

HINT: Final = (
    "Words such as <PERSON_1> stand for details that are withheld. Use them as they are, each as one name; "
    "do not guess what they stand for."
)


class MaskedCounts(msgspec.Struct, frozen=True):
    """What the trace keeps of one call: how many values of each type stayed here."""

    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Masked:
    """What may leave, and what it takes to read the answer.

    Attributes:
        messages: The messages with placeholders, and where there are any with a hint that says so.
        placeholders: What stands for what. It never leaves.
    """

    messages: tuple[Message, ...]
    placeholders: Placeholders

    @property
    def counts(self) -> dict[str, int]:
        """How many different values of each type were masked; empty where nothing was."""
        return self.placeholders.counts

    def restore(self, text: str, *, in_json: bool = False) -> str:
        """Return the text of an answer with the values back in it."""
        return self.placeholders.restore(text, in_json=in_json)

    def restorer(self, *, in_json: bool = False) -> Restorer:
        """Return what restores a text that comes in pieces."""
        return Restorer(self.placeholders, in_json=in_json)


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """Decides what may leave. It knows no engine and does no I/O.

    Args:
        detector: Finds personal data.
        keep: Types that may leave.
        images: Whether pictures may leave.
    """

    detector: Detector = field(default_factory=Detector)
    keep: frozenset[str] = frozenset()
    images: bool = True

    @classmethod
    def of(cls, config: PrivacyConfig) -> "EgressPolicy | None":
        """Return the policy that the settings ask for; None where they turn it off."""
        if config.mask == "off":
            return None
        detector = Detector.of(config.find)
        return cls(detector, frozenset(config.keep), config.images == "pass")

    def mask(self, messages: tuple[Message, ...]) -> Masked:
        """Return messages that may leave. A value has the same placeholder in every message.

        Raises:
            Unsupported: There is a picture, and pictures may not leave.
        """
        writer = self._writer(messages)
        masked = tuple([writer.message(message) for message in messages])
        if not writer.placeholders.counts:
            return Masked(messages, writer.placeholders)
        return Masked((Message(role="system", content=HINT), *masked), writer.placeholders)

    def mask_request(self, request: Request) -> tuple[Request, Masked]:
        """Return a request that may leave, and what reads its answer.

        Beside the messages, the free text of tools, of the answer's schema, of stop texts and of extras is masked.

        Raises:
            Unsupported: There is a picture, and pictures may not leave.
        """
        writer = self._writer(request.messages)
        messages = tuple([writer.message(message) for message in request.messages])
        tools = tuple([writer.tool(tool) for tool in request.tools])
        form = writer.form(request.response_format)
        stop = tuple([writer.text(text) for text in request.sampling.stop])
        extras = writer.value(request.extras, is_free=True)
        if not writer.placeholders.counts:
            return request, Masked(request.messages, writer.placeholders)
        masked = Masked((Message(role="system", content=HINT), *messages), writer.placeholders)
        sampling = msgspec.structs.replace(request.sampling, stop=stop)
        return (
            msgspec.structs.replace(
                request,
                messages=masked.messages,
                tools=tools,
                response_format=form,
                sampling=sampling,
                extras=extras,
            ),
            masked,
        )

    def spans(self, text: str) -> list[Span]:
        """Return what must not leave, in order."""
        found = self.detector.scan(text)
        return [span for span in found if span.type not in self.keep] if self.keep else found

    def _writer(self, messages: tuple[Message, ...]) -> Writer:
        if not self.images and any(message.has_image for message in messages):
            raise Unsupported(
                "A picture may not leave this site, for nothing reads what is in it: ask a model of the site.",
                param="messages",
                code="image_not_allowed",
            )
        return Writer(self.spans, Placeholders([text for message in messages for text in texts_of(message)]))
