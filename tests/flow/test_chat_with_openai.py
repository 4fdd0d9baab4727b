import openai
import pytest

from gateway.scripted import HELLO, Heard, Scripted, Shelf, gateway


def client_of(port: int) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none", max_retries=0)


def test_the_real_client_gets_a_whole_answer() -> None:
    heard = Heard()
    with gateway(Shelf(r1=Scripted(*HELLO)), heard) as port, client_of(port) as client:
        answer = client.chat.completions.create(model="r1", messages=[{"role": "user", "content": "hi"}])
    assert answer.choices[0].message.content == "Hello world"
    assert answer.choices[0].message.reasoning_content == "Let me think."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "r1-real"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (7, 3, 10)
    assert answer.cothink["strategy"] == "direct"
    assert answer._request_id == answer.cothink["trace_id"]
    assert (heard.started, heard.outcomes) == (1, ["completed"])


def test_the_real_client_reads_a_stream() -> None:
    with gateway(Shelf(r1=Scripted(*HELLO))) as port, client_of(port) as client:
        chunks = list(
            client.chat.completions.create(
                model="r1",
                messages=[{"role": "user", "content": "hi"}],
                stream=True,
                stream_options={"include_usage": True},
            )
        )
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "Hello world"
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage.total_tokens == 10
    assert chunks[-1].cothink["strategy"] == "direct"


def test_an_unknown_model_is_a_404_with_near_names() -> None:
    heard = Heard()
    with (
        gateway(Shelf(r1=Scripted(*HELLO)), heard) as port,
        client_of(port) as client,
        pytest.raises(openai.NotFoundError, match="near names: r1") as failure,
    ):
        client.chat.completions.create(model="r2", messages=[{"role": "user", "content": "hi"}])
    assert (failure.value.code, failure.value.param) == ("model_not_found", "model")
    assert (heard.started, heard.outcomes) == (0, ["refused"])
