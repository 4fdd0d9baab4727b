"""A request as the server sees it."""

import msgspec
import pytest
from chat_requests import TOOL, ask

from cothink.core.errors import SettingError
from cothink.core.messages import (
    FunctionCall,
    ImagePart,
    ImageUrl,
    JsonSchema,
    Message,
    NamedFunction,
    NamedTool,
    ResponseFormat,
    TextPart,
    ToolCall,
)
from cothink.core.request import Sampling
from cothink.engines.chat_body import encode_body, fold_system, to_body, with_rule
from cothink.engines.chat_config import ChatCompletionsConfig


def body(request, **settings):
    config = ChatCompletionsConfig(**{"url": "http://a", "model": "m", "preset": "none", **settings})
    return msgspec.json.decode(msgspec.json.encode(to_body(request, config, config.model, config.rules)))


def test_a_plain_request_carries_only_what_was_set():
    assert body(ask(stream=False)) == {"model": "m", "messages": [{"role": "user", "content": "hello there"}]}


def test_a_stream_asks_for_its_usage_unless_the_server_refuses_that():
    assert body(ask())["stream_options"] == {"include_usage": True}
    assert "stream_options" not in body(ask(), stream_usage=False)


def test_everything_that_a_client_set_is_passed_on():
    schema = {"type": "object"}
    sent = body(
        ask(
            sampling=Sampling(temperature=0.0, top_p=0.5, max_tokens=9, stop=("x",), seed=0, logit_bias={"1": -1.0}),
            tools=(TOOL,),
            tool_choice=NamedTool(NamedFunction("weather")),
            parallel_tool_calls=False,
            response_format=ResponseFormat("json_schema", JsonSchema("n", schema, strict=True)),
            logprobs=True,
            top_logprobs=0,
            reasoning_effort="low",
            extras={"top_k": 40, "chat_template_kwargs": {"thinking": True}},
        )
    )
    assert sent["temperature"] == 0.0
    assert sent["seed"] == 0
    assert sent["stop"] == ["x"]
    assert sent["max_tokens"] == 9
    assert sent["logit_bias"] == {"1": -1.0}
    assert sent["tools"][0]["function"]["name"] == "weather"
    assert sent["tools"][0]["type"] == "function"
    assert sent["tool_choice"] == {"function": {"name": "weather"}, "type": "function"}
    assert sent["parallel_tool_calls"] is False
    assert sent["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "n", "schema": schema, "strict": True},
    }
    assert (sent["logprobs"], sent["top_logprobs"], sent["reasoning_effort"]) == (True, 0, "low")
    assert (sent["top_k"], sent["chat_template_kwargs"]) == (40, {"thinking": True})


def test_extras_change_nothing_that_is_ours():
    sent = body(
        ask(
            stream=False,
            sampling=Sampling(temperature=0.3),
            extras={"model": "x", "stream": True, "n": 5, "temperature": 9},
        )
    )
    assert sent == {"model": "m", "messages": [{"role": "user", "content": "hello there"}], "temperature": 0.3}


def test_images_tool_turns_and_empty_content_keep_their_form():
    call = ToolCall("c1", FunctionCall("weather", '{"city": "Rome"}'))
    sent = body(
        ask(
            Message(role="user", content=(TextPart("look"), ImagePart(ImageUrl("data:image/png;base64,AA==")))),
            Message(role="assistant", tool_calls=(call,)),
            Message(role="tool", content="sunny", tool_call_id="c1"),
        )
    )["messages"]
    assert sent[0]["content"][1] == {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    assert sent[1]["content"] is None
    assert sent[1]["tool_calls"][0]["function"]["arguments"] == '{"city": "Rome"}'
    assert sent[2] == {"role": "tool", "content": "sunny", "tool_call_id": "c1"}


def test_a_developer_is_a_system_prompt_to_open_models():
    assert body(ask(Message(role="developer", content="be brief"), "hi"))["messages"][0]["role"] == "system"


# R1's rules


@pytest.mark.parametrize(
    ("model", "preset", "rules"),
    [
        ("deepseek-ai/DeepSeek-R1", "auto", "r1"),
        ("deepseek-r1-distill-qwen-1.5b", "auto", "r1"),
        ("deepseek-ai/DeepSeek-R1-0528", "auto", "r1-0528"),
        ("nvidia/DeepSeek-R1-0528-NVFP4-v2", "auto", "r1-0528"),
        ("deepseek-flash", "auto", "none"),
        ("qwen2.5-coder", "auto", "none"),
        ("deepseek-ai/DeepSeek-R1", "none", "none"),
        ("my-alias", "r1", "r1"),
    ],
)
def test_the_preset_follows_the_models_name_unless_it_is_set(model, preset, rules):
    assert ChatCompletionsConfig(url="http://a", model=model, preset=preset).rules == rules


@pytest.mark.parametrize("preset", ["r1", "r1-0528"])
def test_r1_gets_its_own_sampling_where_the_client_sets_none(preset):
    sent = body(ask(), preset=preset)
    assert (sent["temperature"], sent["top_p"]) == (0.6, 0.95)
    sent = body(ask(sampling=Sampling(temperature=0.0)), preset=preset)
    assert (sent["temperature"], sent["top_p"]) == (0.0, 0.95)


def test_the_first_r1_reads_a_system_prompt_in_the_first_user_turn_and_0528_as_it_is():
    request = ask(Message(role="system", content="Be brief."), "hi", Message(role="assistant", content="yes"), "more")
    folded = body(request, preset="r1")["messages"]
    assert [message["role"] for message in folded] == ["user", "assistant", "user"]
    assert folded[0]["content"] == "Be brief.\n\nhi"
    assert body(request, preset="r1-0528")["messages"][0] == {"role": "system", "content": "Be brief."}


def test_several_system_prompts_parts_and_no_user_turn_fold_too():
    system = [Message(role="system", content="A"), Message(role="developer", content="B")]
    parts = Message(role="user", content=(TextPart("see"),))
    assert fold_system([*system, parts]) == (Message(role="user", content=(TextPart("A\n\nB"), TextPart("see"))),)
    assert fold_system(system) == (Message(role="user", content="A\n\nB"),)
    assert fold_system([Message(role="system", content=""), Message(role="user", content="x")]) == (
        Message(role="user", content="x"),
    )


# the rule for old thoughts

CALL = (ToolCall("c", FunctionCall("f", "{}")),)
TALK = (
    Message(role="user", content="1"),
    Message(role="assistant", content="a", reasoning_content="plain"),
    Message(role="user", content="2"),
    Message(role="assistant", tool_calls=CALL, reasoning_content="before the tool"),
    Message(role="tool", content="t", tool_call_id="c"),
    Message(role="assistant", content="b", reasoning_content="after the tool"),
    Message(role="user", content="3"),
)


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ("drop", []),
        ("keep", ["plain", "before the tool", "after the tool"]),
        ("keep_if_tools", ["before the tool", "after the tool"]),
    ],
)
def test_old_thoughts_travel_by_the_upstreams_rule(rule, kept):
    ruled = with_rule(TALK, rule)
    assert [message.reasoning_content for message in ruled if message.reasoning_content] == kept
    assert [message.role for message in ruled] == [message.role for message in TALK]
    assert "plain" not in str(body(ask(*TALK), reasoning="drop"))


# settings


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("url", "vllm:8000", "url is 'vllm:8000'"),
        ("model", "", "model is empty"),
        ("preset", "r2", "preset is 'r2'; allowed are auto, r1"),
        ("reasoning", "maybe", "reasoning is 'maybe'; allowed are drop"),
        ("head_s", 0.0, "head_s is 0"),
        ("event_bytes", 1, "event_bytes is 1"),
    ],
)
def test_a_setting_out_of_range_is_refused_in_words(setting, value, words):
    with pytest.raises(SettingError, match=words):
        ChatCompletionsConfig(**{"url": "http://a", "model": "m", setting: value})


def test_the_key_is_not_shown():
    config = ChatCompletionsConfig(url="http://a", model="m", key="hush", headers=(("x-key", "hush"),))
    assert "hush" not in repr(config)


@pytest.mark.parametrize("preset", ["none", "r1", "r1-0528"])
@pytest.mark.parametrize(
    "request_",
    [
        ask(),
        ask(stream=False),
        ask(Message("system", "Be brief."), "hi", Message("assistant", "yes"), "why?"),
        ask(Message("developer", "Be brief."), "hi"),
        ask("hi", Message("assistant", "yes", reasoning_content="hm"), "why?"),
        ask("hi", Message("assistant", None, tool_calls=(ToolCall("c", FunctionCall("f", "{}")),)), "why?"),
        ask(Message("user", (TextPart("look"), ImagePart(ImageUrl("data:image/png;base64,AA=="))))),
        ask(sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=9, stop=("x", "y"), seed=0)),
        ask(sampling=Sampling(presence_penalty=0.5, frequency_penalty=-0.5, logit_bias={"1": -1.0})),
        ask(extras={"top_k": 4}),
        ask(tools=(TOOL,), tool_choice="auto"),
        ask(response_format=ResponseFormat("json_object")),
        ask(response_format=ResponseFormat("text")),
        ask(logprobs=True, top_logprobs=2),
        ask(reasoning_effort="low"),
    ],
)
def test_the_body_that_is_sent_holds_what_the_dict_holds(request_, preset):
    for stream_usage in (True, False):
        config = ChatCompletionsConfig(url="http://a", model="m", preset=preset, stream_usage=stream_usage)
        sent = encode_body(request_, config, config.model, config.rules)
        assert msgspec.json.decode(sent) == body(request_, preset=preset, stream_usage=stream_usage)
