from typing import Any

import pytest

from cothink.core.chunk import Chunk
from cothink.core.engine import Capabilities, Model, Stream
from cothink.core.errors import BadRequest, ContextTooLong, Unsupported
from cothink.core.messages import FunctionSpec, ImagePart, ImageUrl, Message, ResponseFormat, TextPart, Tool
from cothink.core.price import Price
from cothink.core.request import Request, Sampling
from cothink.core.run import Run
from cothink.routing.capability import able, check, joined


class Mute:
    async def stream(self, request: Request) -> Stream:
        yield Chunk(finish="stop")


def model(**can: Any) -> Model:
    return Model(name="r1", engine=Mute(), capabilities=Capabilities(**can), price=Price())


def count(request: Request) -> int:
    return sum(len(message.text.split()) for message in request.messages)


def never(request: Request) -> int:
    raise AssertionError("a short request needs no counting")


def ask(*messages: Message, **fields: Any) -> Request:
    return Request(model="r1", messages=messages or (Message("user", "Hi"),), run=Run("r"), **fields)


PICTURE = Message("user", (TextPart("What?"), ImagePart(ImageUrl("data:x"))))


@pytest.mark.parametrize(
    ("request_", "can", "param", "words"),
    [
        (ask(Message("user", "a"), PICTURE), {}, "messages[1].content[1]", "r1 reads no images"),
        (ask(tools=(Tool(FunctionSpec("f")),)), {"tools": False}, "tools", "calls no tools"),
        (ask(response_format=ResponseFormat(type="json_object")), {"json_schema": False}, "response_format", "JSON"),
        (ask(logprobs=True), {"logprobs": False}, "logprobs", "log-probs"),
    ],
)
def test_what_a_model_cannot_do_is_refused_naming_the_field(
    request_: Request, can: dict[str, Any], param: str, words: str
) -> None:
    with pytest.raises(Unsupported, match=words) as caught:
        check(request_, model(**can), count)
    assert caught.value.param == param
    reason = able(request_, model(**can), count)
    assert reason is not None and words in reason


def test_a_prompt_over_the_context_names_both_numbers() -> None:
    with pytest.raises(ContextTooLong, match="about 150 tokens; r1 takes 100") as caught:
        check(ask(Message("user", "word " * 150)), model(context_tokens=100), count)
    assert caught.value.param == "messages"


def test_a_prompt_with_its_answer_over_the_context_names_both_numbers() -> None:
    request = ask(Message("user", "word " * 95), sampling=Sampling(max_tokens=30))
    with pytest.raises(ContextTooLong, match="about 95 tokens and asks for up to 30 more") as caught:
        check(request, model(context_tokens=100), count)
    assert caught.value.param == "max_tokens"
    assert isinstance(caught.value, BadRequest)


def test_an_estimate_that_may_be_too_high_is_left_to_the_model() -> None:
    check(ask(Message("user", "word " * 110)), model(context_tokens=100), count)


def test_a_request_that_surely_fits_is_not_counted() -> None:
    check(ask(sampling=Sampling(max_tokens=1_000)), model(), never)
    assert able(ask(), model(), never) is None


def test_a_zone_that_is_closed_to_the_request_is_a_reason() -> None:
    assert able(ask(), model(zone="hosted"), count, frozenset({"site"})) == (
        "r1 stands in the zone hosted, and this request may not go there"
    )
    assert able(ask(), model(zone="site"), count, frozenset({"site"})) is None


def test_a_team_can_do_what_either_can_and_gives_no_logprobs() -> None:
    both = frozenset({"text", "image"})
    can = joined(model(tools=False, context_tokens=100), model(zone="hosted", modalities=both, context_tokens=200))
    assert (can.tools, can.modalities, can.context_tokens, can.logprobs, can.zone) == (True, both, 200, False, "hosted")
