"""The embedded engine with a real model of 98 MB: what it can do, and what it does when things go wrong.

Nothing here is asserted on the clock.
"""

import asyncio
import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import openai
import pytest
import pytest_asyncio
from small_llama import SOON, config_of, until, until_idle
from tiny_files import gguf

from cothink.core.errors import ModelFileError, NotReady, SettingError
from cothink.engines import llamacpp
from cothink.engines.endpoint import Endpoint, EndpointFile
from cothink.engines.llamacpp import LlamaServer
from cothink.engines.llamacpp_config import LlamaConfig

pytestmark = pytest.mark.asyncio(loop_scope="module")

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 12},
        "age": {"type": "integer", "minimum": 0, "maximum": 120},
    },
    "required": ["name", "age"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def config(smollm2: Path) -> LlamaConfig:
    pytest.importorskip("xllamacpp", reason="the extra 'local' is not installed")
    return config_of(smollm2)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(config: LlamaConfig) -> AsyncIterator[LlamaServer]:
    async with LlamaServer(config, patience=SOON) as running:
        yield running


def client_of(endpoint: Endpoint) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=endpoint.url + "/v1", api_key=endpoint.key, max_retries=0, timeout=60)


def asked(text: str, **more: object) -> dict[str, object]:
    return {"model": "smol", "messages": [{"role": "user", "content": text}], "temperature": 0, "max_tokens": 16} | more


def told_by_kernel(pid: int, what: str) -> bytes:
    return Path(f"/proc/{pid}/{what}").read_bytes()


def is_gone(pid: int) -> bool:
    try:
        return b") Z " in told_by_kernel(pid, "stat")
    except FileNotFoundError:
        return True


async def test_it_answers_under_its_name_with_usage(server: LlamaServer) -> None:
    async with client_of(server.endpoint()) as client:
        answer = await client.chat.completions.create(**asked("Say hello."))  # type: ignore[call-overload]
        models = await client.models.list()
    assert answer.choices[0].message.content
    assert answer.usage.completion_tokens <= 16
    assert answer.model == "smol"
    assert [model.id for model in models.data] == ["smol"]


async def test_it_streams_and_ends_with_a_finish_reason(server: LlamaServer) -> None:
    async with client_of(server.endpoint()) as client:
        stream = await client.chat.completions.create(**asked("Count to five.", stream=True))  # type: ignore[call-overload]
        chunks = [chunk async for chunk in stream]
    assert sum(bool(chunk.choices and chunk.choices[0].delta.content) for chunk in chunks) > 1
    assert [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason]


async def test_four_requests_are_decoded_side_by_side(server: LlamaServer) -> None:
    before = await until_idle(server)
    questions = [
        asked(f"Write about the number {n}.", max_tokens=24, extra_body={"ignore_eos": True}) for n in range(4)
    ]
    async with client_of(server.endpoint()) as client:
        answers = await asyncio.gather(*(client.chat.completions.create(**q) for q in questions))  # type: ignore[call-overload]
    steps = await until_idle(server) - before
    assert [answer.usage.completion_tokens for answer in answers] == [24] * 4
    assert steps < 4 * 24, "one after the other it would take at least 96 steps"


async def test_a_json_schema_binds_even_a_tiny_model(server: LlamaServer) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON, "strict": True}}
    async with client_of(server.endpoint()) as client:
        answer = await client.chat.completions.create(  # type: ignore[call-overload]
            **asked("Describe Ann, who is 31.", response_format=form, max_tokens=80)
        )
    person = json.loads(answer.choices[0].message.content)
    assert set(person) == {"name", "age"}
    assert 0 <= person["age"] <= 120


async def test_log_probs_come_for_every_token(server: LlamaServer) -> None:
    async with client_of(server.endpoint()) as client:
        answer = await client.chat.completions.create(  # type: ignore[call-overload]
            **asked("Say hello.", logprobs=True, top_logprobs=2, extra_body={"ignore_eos": True})
        )
    tokens = answer.choices[0].logprobs.content
    assert len(tokens) == answer.usage.completion_tokens
    assert all(token.logprob <= 0 and len(token.top_logprobs) == 2 for token in tokens)


async def test_an_equal_beginning_is_not_computed_again(server: LlamaServer) -> None:
    text = "The fox is red. " * 40
    async with client_of(server.endpoint()) as client:
        await client.chat.completions.create(**asked(text + "Why?"))  # type: ignore[call-overload]
        answer = await client.chat.completions.create(**asked(text + "How?"))  # type: ignore[call-overload]
    assert answer.usage.prompt_tokens_details.cached_tokens > 150


async def test_a_wrong_key_is_refused(server: LlamaServer) -> None:
    async with client_of(Endpoint(server.endpoint().url, "guess")) as client:
        with pytest.raises(openai.AuthenticationError):
            await client.chat.completions.create(**asked("hello"))  # type: ignore[call-overload]


async def test_the_key_is_in_no_command_line(server: LlamaServer) -> None:
    key = server.endpoint().key.encode()
    assert key not in told_by_kernel(server.pid, "cmdline")
    assert key not in told_by_kernel(server.pid, "environ")


async def test_a_prompt_longer_than_a_slot_is_refused_and_says_so(server: LlamaServer) -> None:
    async with client_of(server.endpoint()) as client:
        with pytest.raises(openai.BadRequestError, match="exceed"):
            await client.chat.completions.create(**asked("word " * 5000))  # type: ignore[call-overload]


async def test_workers_find_the_child_through_a_file(config: LlamaConfig, tmp_path: Path) -> None:
    shared = EndpointFile(tmp_path / "smol.endpoint")
    async with LlamaServer(config, changed=shared.publish) as server:
        assert EndpointFile(shared.path).endpoint() == server.endpoint()
    with pytest.raises(NotReady):
        shared.endpoint()


async def test_the_child_ends_when_its_parent_is_killed(config: LlamaConfig) -> None:
    code = (
        "import asyncio, sys\n"
        "from cothink.engines.llamacpp import LlamaServer\n"
        "from cothink.engines.llamacpp_config import LlamaConfig\n"
        "async def main():\n"
        f"    async with LlamaServer(LlamaConfig(path={config.path!r}, context_tokens=512, slots=1)) as server:\n"
        "        print(server.pid, flush=True)\n"
        "        await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    )
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    parent.kill()
    await parent.wait()
    parent.stdout.feed_eof()

    async def child_is_gone() -> bool:
        return is_gone(child)

    await until(child_is_gone)


async def test_a_stopped_child_is_gone_and_says_so(config: LlamaConfig) -> None:
    server = LlamaServer(config)
    await server.start()
    pid = server.pid
    await server.stop()
    assert is_gone(pid)
    with pytest.raises(NotReady, match="was stopped"):
        server.endpoint()


async def test_a_model_file_that_was_cut_is_refused_before_any_process_starts(smollm2: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    with smollm2.open("rb") as whole:
        cut.write_bytes(whole.read(60_000_000))
    server = LlamaServer(config_of(cut))
    with pytest.raises(ModelFileError, match="is cut off"):
        await server.start()
    with pytest.raises(NotReady, match="could not be started"):
        server.endpoint()


async def test_a_file_that_only_the_engine_finds_wrong_is_refused_with_its_words_in_our_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("xllamacpp", reason="the extra 'local' is not installed")
    odd = tmp_path / "odd.gguf"
    odd.write_bytes(gguf())
    with pytest.raises(ModelFileError, match=r"could not load odd\.gguf"):
        await LlamaServer(config_of(odd, context_tokens=512)).start()
    assert "error loading model" in caplog.text


async def test_a_context_longer_than_the_model_takes_is_refused_with_both_numbers(smollm2: Path) -> None:
    with pytest.raises(SettingError, match=r"context_tokens is 9000; .* takes at most 8192"):
        await LlamaServer(config_of(smollm2, context_tokens=9000)).start()


async def test_a_processor_without_avx2_is_refused_before_any_process_starts(smollm2: Path) -> None:
    with pytest.raises(SettingError, match="no AVX2"):
        await LlamaServer(config_of(smollm2), cpuinfo="flags : sse2 avx").start()


async def test_without_the_extra_it_says_what_to_install(smollm2: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(SettingError, match=r"pip install 'cothink\[local\]'"):
        await LlamaServer(config_of(smollm2)).start()


async def test_a_child_that_is_too_slow_is_ended(config: LlamaConfig) -> None:
    with pytest.raises(NotReady, match=r"did not load within 0\.1 s"):
        await LlamaServer(dataclasses.replace(config, start_timeout_s=0.1)).start()


async def test_a_smaller_kv_cache_and_a_draft_model_serve_too(config: LlamaConfig) -> None:
    both = dataclasses.replace(config, kv_cache="q8_0", draft_path=config.path, context_tokens=512, slots=1)
    async with LlamaServer(both) as server:
        async with client_of(server.endpoint()) as client:
            answer = await client.chat.completions.create(**asked("Count to twenty.", max_tokens=32))  # type: ignore[call-overload]
        assert answer.choices[0].message.content
        assert (await server.metrics())["spec_decode_num_accepted_tokens_total"] > 0


async def test_state_of_a_child_that_is_gone_is_not_ready(config: LlamaConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    server = LlamaServer(config)
    monkeypatch.setattr(server, "endpoint", lambda: Endpoint("http://127.0.0.1:9", "k"))
    with pytest.raises(NotReady, match="does not tell its state"):
        await server.slots()
    assert llamacpp.STATUS_TIMEOUT_S > 0


async def test_a_machine_that_starts_no_process_is_not_ready(
    config: LlamaConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(asyncio, "create_subprocess_exec", refuse)
    with pytest.raises(NotReady, match="has no process: Resource temporarily unavailable"):
        await LlamaServer(config).start()
