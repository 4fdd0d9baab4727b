from typing import Any

import pytest
from openai.types.responses import ResponseTextConfigParam, ToolParam
from openai.types.responses.response_create_params import ResponseCreateParamsBase, ToolChoice
from openai.types.responses.response_input_param import ResponseInputParam
from openai.types.shared_params import Reasoning
from pydantic import ConfigDict, TypeAdapter

from cothink.core.errors import BadRequest, Unsupported
from cothink.core.messages import (
    FunctionCall,
    FunctionSpec,
    ImagePart,
    ImageUrl,
    JsonSchema,
    Message,
    NamedFunction,
    NamedTool,
    RefusalPart,
    ResponseFormat,
    TextPart,
    Tool,
    ToolCall,
)
from cothink.core.request import Request, Sampling
from cothink.core.run import Run
from cothink.engines.catalogue import Catalogue, Row
from cothink.engines.responses_config import ResponsesConfig
from cothink.engines.responses_wire import to_body

CATALOGUE = Catalogue()
SOL, O1_PRO = CATALOGUE.row("gpt-6.1-sol"), CATALOGUE.row("o1-pro")
HI = (Message("user", "hi"),)


def ask(messages: tuple[Message, ...] = HI, **fields: Any) -> Request:
    return Request(model="pro", messages=messages, run=Run("r1"), **fields)


def body_of(request: Request, row: Row = SOL, **config: Any) -> dict[str, Any]:
    body = to_body(request, ResponsesConfig(model=row.name, **config), row)
    _sdk_accepts(body)
    return body


def _sdk_accepts(body: dict[str, Any]) -> None:
    """The official SDK's own types take the body, and know every one of its fields."""
    assert set(body) <= set(ResponseCreateParamsBase.__annotations__)
    for name in ("input", "tools", "tool_choice", "text", "reasoning"):
        if name in body:
            _ADAPTERS[name].validate_python(body[name])


def _adapters() -> dict[str, Any]:
    config = ConfigDict(arbitrary_types_allowed=True)
    return {
        "input": TypeAdapter(ResponseInputParam, config=config),
        "tools": TypeAdapter(list[ToolParam], config=config),
        "tool_choice": TypeAdapter(ToolChoice, config=config),
        "text": TypeAdapter(ResponseTextConfigParam),
        "reasoning": TypeAdapter(Reasoning),
    }


_ADAPTERS = _adapters()


def test_a_plain_question_is_a_small_body_that_is_not_stored() -> None:
    assert body_of(ask()) == {
        "model": "gpt-6.1-sol",
        "input": [{"type": "message", "role": "user", "content": "hi"}],
        "store": False,
        "reasoning": {"mode": "pro"},
    }


def test_opening_system_turns_become_instructions_and_later_ones_stay_in_their_place() -> None:
    body = body_of(
        ask((Message("system", "Be brief."), Message("developer", "In French."), *HI, Message("system", "Now German.")))
    )
    assert body["instructions"] == "Be brief.\n\nIn French."
    assert [item["role"] for item in body["input"]] == ["user", "developer"]


def test_a_conversation_of_system_turns_alone_keeps_one_as_input() -> None:
    body = body_of(ask((Message("system", "a"), Message("system", "b"))))
    assert body["instructions"] == "a"
    assert body["input"] == [{"type": "message", "role": "developer", "content": "b"}]


def test_pictures_travel_with_their_detail() -> None:
    parts = (
        TextPart("what?"),
        ImagePart(ImageUrl("data:image/png;base64,AA==")),
        ImagePart(ImageUrl("https://x", "low")),
    )
    assert body_of(ask((Message("user", parts),)))["input"][0]["content"] == [
        {"type": "input_text", "text": "what?"},
        {"type": "input_image", "image_url": "data:image/png;base64,AA==", "detail": "auto"},
        {"type": "input_image", "image_url": "https://x", "detail": "low"},
    ]


def test_a_picture_for_a_model_that_reads_text_only_is_refused_with_its_place() -> None:
    request = ask((*HI, Message("user", (ImagePart(ImageUrl("data:x")),))))
    with pytest.raises(Unsupported) as caught:
        body_of(request, CATALOGUE.row("o3-mini"))
    assert caught.value.param == "messages[1]"


def test_calls_of_tools_and_their_results_become_items_and_thoughts_stay_here() -> None:
    call = ToolCall("call_1", FunctionCall("add", '{"a": 1'))  # as the model wrote it, even if it does not parse
    body = body_of(
        ask(
            (
                *HI,
                Message("assistant", "I add.", tool_calls=(call,), reasoning_content="secret thought"),
                Message("tool", "3", tool_call_id="call_1"),
                Message("tool", (TextPart("3"),), tool_call_id="call_1"),
            )
        )
    )
    assert body["input"][1:] == [
        {"type": "message", "role": "assistant", "content": "I add."},
        {"type": "function_call", "call_id": "call_1", "name": "add", "arguments": '{"a": 1'},
        {"type": "function_call_output", "call_id": "call_1", "output": "3"},
        {"type": "function_call_output", "call_id": "call_1", "output": [{"type": "input_text", "text": "3"}]},
    ]
    assert "secret" not in str(body)


def test_a_refusal_of_an_earlier_turn_is_kept_as_its_words() -> None:
    said = (Message("assistant", None, refusal="No."), Message("assistant", (RefusalPart("Never."),)))
    items = body_of(ask((*HI, *said, *HI)))["input"]
    assert [item["content"] for item in items] == ["hi", "No.", "Never.", "hi"]


@pytest.mark.parametrize(
    ("message", "param"),
    [(Message("tool", "3"), "messages[1].tool_call_id"), (Message("function", "3", name="f"), "messages[1].role")],
)
def test_a_turn_without_a_place_is_refused(message: Message, param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        body_of(ask((*HI, message)))
    assert caught.value.param == param


def test_tools_are_laid_flat_and_never_strict_by_accident() -> None:
    spec = FunctionSpec("add", "adds", {"type": "object"}, strict=True)
    body = body_of(
        ask(
            tools=(Tool(spec), Tool(FunctionSpec("now"))),
            tool_choice=NamedTool(NamedFunction("add")),
            parallel_tool_calls=False,
        )
    )
    assert body["tools"] == [
        {"type": "function", "name": "add", "description": "adds", "parameters": {"type": "object"}, "strict": True},
        {"type": "function", "name": "now", "parameters": {"type": "object", "properties": {}}, "strict": False},
    ]
    assert body["tool_choice"] == {"type": "function", "name": "add"}
    assert body["parallel_tool_calls"] is False


def test_a_choice_without_tools_is_not_sent() -> None:
    assert "tool_choice" not in body_of(ask(tool_choice="auto"))


def test_a_schema_is_laid_flat_under_text() -> None:
    schema = JsonSchema("point", {"type": "object"}, "a point", True)
    body = body_of(ask(response_format=ResponseFormat("json_schema", schema)))
    assert body["text"] == {
        "format": {
            "type": "json_schema",
            "name": "point",
            "schema": {"type": "object"},
            "strict": True,
            "description": "a point",
        }
    }
    assert body_of(ask(response_format=ResponseFormat("json_object")))["text"] == {"format": {"type": "json_object"}}
    assert "text" not in body_of(ask(response_format=ResponseFormat("text")))
    with pytest.raises(BadRequest, match="json_schema"):
        body_of(ask(response_format=ResponseFormat("json_schema")))


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("temperature", {"sampling": Sampling(temperature=0.6)}),
    ("top_p", {"sampling": Sampling(top_p=0.95)}),
    ("presence_penalty", {"sampling": Sampling(presence_penalty=0.5)}),
    ("frequency_penalty", {"sampling": Sampling(frequency_penalty=0.5)}),
    ("seed", {"sampling": Sampling(seed=0)}),
    ("logit_bias", {"sampling": Sampling(logit_bias={"5": 1.0})}),
    ("logprobs", {"logprobs": True, "top_logprobs": 3}),
    ("top_k", {"extras": {"top_k": 5}}),
]


@pytest.mark.parametrize(("param", "fields"), REFUSED)
def test_what_the_model_refuses_is_left_out_with_a_warning(param: str, fields: dict[str, Any]) -> None:
    request = ask(**fields)
    body = body_of(request, O1_PRO)
    assert set(body) == {"model", "input", "store"}
    assert request.run.warnings == [f"o1-pro does not take '{param}'; it was left out."]


@pytest.mark.parametrize(("param", "fields"), REFUSED)
def test_what_the_model_refuses_is_refused_where_the_setting_says_so(param: str, fields: dict[str, Any]) -> None:
    with pytest.raises(Unsupported) as caught:
        body_of(ask(**fields), O1_PRO, on_unsupported="refuse")
    assert (caught.value.param, caught.value.status) == (param, 400)


def test_defaults_that_change_nothing_are_left_out_without_a_word() -> None:
    sampling = Sampling(temperature=1.0, top_p=1.0, presence_penalty=0.0, frequency_penalty=0.0, logit_bias={})
    request = ask(sampling=sampling)
    assert "temperature" not in body_of(request, O1_PRO, on_unsupported="refuse")
    assert request.run.warnings == []


def test_a_model_that_samples_gets_temperature_and_log_probs() -> None:
    own = {"chatty": {"engine": "responses", "zone": "hosted", "priced": False}}
    request = ask(sampling=Sampling(temperature=0.2), logprobs=True, top_logprobs=2)
    body = body_of(request, Catalogue(own).row("chatty"))
    assert (body["temperature"], body["top_logprobs"]) == (0.2, 2)
    assert body["include"] == ["message.output_text.logprobs"]
    assert request.run.warnings == []


@pytest.mark.parametrize(
    ("asked", "sent", "warned"),
    [("none", "low", True), ("minimal", "low", True), ("low", "low", False), ("max", "max", False)],
)
def test_efforts_are_moved_to_what_the_model_takes(asked: str, sent: str, warned: bool) -> None:
    request = ask(reasoning_effort=asked)
    assert body_of(request)["reasoning"] == {"mode": "pro", "effort": sent}
    assert bool(request.run.warnings) is warned


def test_an_effort_that_is_none_is_refused_and_one_that_is_not_known_is_passed_on() -> None:
    with pytest.raises(BadRequest, match="'loud'"):
        body_of(ask(reasoning_effort="loud"))
    assert body_of(ask(reasoning_effort="minimal"), O1_PRO)["reasoning"] == {"effort": "minimal"}
    with pytest.raises(Unsupported, match="takes low, medium"):
        body_of(ask(reasoning_effort="none"), on_unsupported="refuse")
    own = {"plain": {"engine": "responses", "zone": "hosted", "priced": False, "efforts": []}}
    request = ask(reasoning_effort="low")
    assert "reasoning" not in body_of(request, Catalogue(own).row("plain"))
    assert "left out" in request.run.warnings[0]


def test_the_settings_give_effort_mode_and_summary_where_the_request_says_nothing() -> None:
    body = body_of(ask(), effort="high", mode="standard", summary="auto", store=True)
    assert body["reasoning"] == {"mode": "standard", "effort": "high", "summary": "auto"}
    assert body["store"] is True
    assert body_of(ask(reasoning_effort="low"), effort="high")["reasoning"]["effort"] == "low"


@pytest.mark.parametrize(("asked", "sent"), [(None, None), (1, 16), (16, 16), (100_000, 100_000), (900_000, 100_000)])
def test_max_tokens_is_held_to_what_the_api_and_the_model_take(asked: int | None, sent: int | None) -> None:
    request = ask(sampling=Sampling(max_tokens=asked))
    assert body_of(request, O1_PRO).get("max_output_tokens") == sent
    assert bool(request.run.warnings) is (asked != sent)


def test_max_tokens_out_of_range_is_refused_where_the_setting_says_so() -> None:
    with pytest.raises(BadRequest, match="16 to 100000") as caught:
        body_of(ask(sampling=Sampling(max_tokens=1)), O1_PRO, on_unsupported="refuse")
    assert caught.value.param == "max_tokens"


def test_tools_and_schemas_are_never_left_out_silently() -> None:
    own = {"bare": {"engine": "responses", "zone": "hosted", "priced": False, "tools": False, "json_schema": False}}
    row = Catalogue(own).row("bare")
    with pytest.raises(Unsupported, match="tools"):
        body_of(ask(tools=(Tool(FunctionSpec("f")),)), row)
    with pytest.raises(Unsupported, match="JSON"):
        body_of(ask(response_format=ResponseFormat("json_object")), row)
