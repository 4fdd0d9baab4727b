"""A whole answer of an OpenAI-style server, read the short way where nothing in it needs a second look."""

from collections.abc import Callable

from cothink.core.answer import Answer, fold
from cothink.engines.chat_stream import FINISH, ChatStream, decode
from cothink.engines.chat_wire import WireFrame


def read_answer(body: bytes, model: str, warn: Callable[[str], None], *, think_open: bool) -> Answer:
    """Return what a body says.

    Args:
        body: The JSON.
        model: The name to show.
        warn: Told what the client should know.
        think_open: The text begins within the thought.

    Raises:
        UpstreamError: It is an error.
        UpstreamBroken: It is no answer, or one that does not say why it ended.
    """
    frame = decode(body)
    answer = _plain(frame, model, think_open=think_open)
    if answer is not None:
        return answer
    return fold(ChatStream(model, warn, think_open=think_open).whole_frame(frame))


def _plain(frame: WireFrame, model: str, *, think_open: bool) -> Answer | None:
    """Return an answer of words alone, or None where `ChatStream` has to look at it."""
    choices = frame.choices
    if choices is None or len(choices) != 1 or frame.error is not None or frame.object == "error":
        return None
    choice = choices[0]
    said, finish = choice.message, FINISH.get(choice.finish_reason or "")
    if said is None or finish is None or choice.index or choice.delta is not None or choice.logprobs is not None:
        return None
    text = said.content
    if not text or text.isspace() or said.tool_calls or said.refusal:
        return None
    thought = said.thought
    if not thought and (think_open or text[0] == "<" or text[0].isspace()):
        return None  # the text may open with the thought
    usage = frame.usage
    return Answer(
        text=text, reasoning=thought, finish=finish, usage=None if usage is None else usage.usage, model=model
    )
