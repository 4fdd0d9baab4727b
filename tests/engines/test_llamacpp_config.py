import dataclasses

import pytest

from cothink.core.errors import SettingError
from cothink.engines.llamacpp_config import LlamaConfig


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("context_tokens", 0),
        ("context_tokens", 2_000_000),
        ("slots", 0),
        ("slots", 65),
        ("threads", -1),
        ("batch_tokens", 1),
        ("kv_cache", "q3_k"),
        ("reuse_chunk_tokens", -1),
        ("prompt_cache_mb", -1),
        ("draft_tokens", 0),
        ("start_timeout_s", 0.0),
        ("stop_timeout_s", -1.0),
        ("start_timeout_s", float("nan")),
    ],
)
def test_a_value_out_of_range_is_refused_with_field_value_and_range(field: str, value: object) -> None:
    with pytest.raises(SettingError) as caught:
        dataclasses.replace(LlamaConfig(path="m.gguf"), **{field: value})
    assert caught.value.param == field
    assert str(value) in caught.value.message
    assert "allowed" in caught.value.message


def test_an_empty_path_is_refused() -> None:
    with pytest.raises(SettingError, match="path is empty"):
        LlamaConfig(path="")


def test_reusing_chunks_without_reusing_prefixes_is_refused() -> None:
    with pytest.raises(SettingError, match="reuse_prefix is off"):
        LlamaConfig(path="m.gguf", reuse_prefix=False, reuse_chunk_tokens=64)
