import json

import msgspec
import pytest

from cothink.core.errors import SettingError, Unsupported
from cothink.core.messages import (
    FunctionCall,
    FunctionSpec,
    ImagePart,
    ImageUrl,
    JsonSchema,
    Message,
    ResponseFormat,
    TextPart,
    Tool,
    ToolCall,
)
from cothink.core.request import Request, Sampling
from cothink.core.run import Run
from cothink.privacy.config import PrivacyConfig
from cothink.privacy.egress import HINT, EgressPolicy

MAIL, PHONE = "ann@example.org", "13857124409"
POLICY = EgressPolicy()


def everything(request: Request) -> str:
    """All that an engine could send of a request."""
    parts = (request.messages, request.tools, request.response_format, request.sampling, request.extras)
    return msgspec.json.encode(parts).decode()


def test_every_text_of_a_request_is_masked_and_a_value_is_the_same_everywhere() -> None:
    request = Request(
        model="pro",
        run=Run("r"),
        messages=(
            Message(role="system", content=f"Write to {MAIL}."),
            Message(role="user", content=(TextPart(f"{MAIL} called {PHONE}"), TextPart("and?")), name=f"{PHONE}"),
            Message(
                role="assistant",
                content=None,
                reasoning_content=f"I mail {MAIL}",
                tool_calls=(ToolCall("1", FunctionCall("send", json.dumps({"to": MAIL}))),),
            ),
            Message(role="tool", content=f"sent to {MAIL}", tool_call_id="1"),
        ),
        tools=(Tool(FunctionSpec("send", f"e.g. {MAIL}", {"properties": {"to": {"enum": [MAIL], "type": "string"}}})),),
        response_format=ResponseFormat("json_schema", JsonSchema("x", {"properties": {"a": {"const": PHONE}}}, MAIL)),
        sampling=Sampling(stop=(PHONE,)),
        extras={"chat_template_kwargs": {"who": MAIL}},
    )
    leaving, masked = POLICY.mask_request(request)
    assert MAIL in everything(request)
    assert MAIL not in everything(leaving)
    assert PHONE not in everything(leaving)
    assert leaving.messages[0].content == HINT
    assert leaving.messages[-1].content == "sent to <EMAIL_ADDRESS_1>"
    assert leaving.messages[2].name is None
    assert masked.counts == {"EMAIL_ADDRESS": 1, "PHONE_NUMBER": 1}
    assert masked.restore("ask <EMAIL_ADDRESS_1>") == f"ask {MAIL}"


def test_a_request_without_personal_data_leaves_as_it_came() -> None:
    request = Request(model="pro", run=Run("r"), messages=(Message(role="user", content="What is 2 + 2?"),))
    leaving, masked = POLICY.mask_request(request)
    assert leaving is request
    assert masked.counts == {}


def test_messages_alone_can_be_masked() -> None:
    masked = POLICY.mask((Message(role="user", content=f"I am at {MAIL}"),))
    assert [message.content for message in masked.messages] == [HINT, "I am at <EMAIL_ADDRESS_1>"]


def test_a_type_that_is_kept_leaves() -> None:
    policy = EgressPolicy(keep=frozenset({"EMAIL_ADDRESS"}))
    masked = policy.mask((Message(role="user", content=f"{MAIL} {PHONE}"),))
    assert masked.messages[-1].content == f"{MAIL} <PHONE_NUMBER_1>"


def test_pictures_leave_or_are_refused_by_setting() -> None:
    picture = Message(role="user", content=(ImagePart(ImageUrl("https://example.org/a.png")),))
    assert POLICY.mask((picture,)).messages == (picture,)
    with pytest.raises(Unsupported, match="picture"):
        EgressPolicy(images=False).mask((picture,))


def test_the_settings_say_whether_anything_is_masked() -> None:
    assert EgressPolicy.of(PrivacyConfig(mask="off")) is None
    policy = EgressPolicy.of(PrivacyConfig(keep=(), images="refuse"))
    assert policy is not None
    assert (policy.keep, policy.images) == (frozenset(), False)


def test_an_unknown_type_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingError, match=r"keep has 'NAME'.*PERSON"):
        PrivacyConfig(keep=("NAME",))
