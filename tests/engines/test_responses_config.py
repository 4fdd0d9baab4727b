from typing import Any

import pytest

from cothink.core.errors import SettingError
from cothink.engines.responses_config import ResponsesConfig


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model", ""), ("url", "api.openai.com"), ("mode", "turbo"), ("delivery", "pigeon"), ("on_unsupported", "x"),
        ("effort", "loud"), ("summary", "long"), ("poll_first_s", 0.0), ("poll_most_s", 0.1), ("poll_failures", 0),
        ("heartbeat_s", 0), ("cancel_s", 1e9), ("answer_bytes", 1), ("event_bytes", 0), ("poll_first_s", float("nan")),
    ],
)  # fmt: skip
def test_a_value_out_of_range_is_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(SettingError, match=f"responses.{field} is"):
        ResponsesConfig(**({"model": "o1-pro"} | {field: value}))


def test_neither_the_key_nor_a_header_is_shown() -> None:
    config = ResponsesConfig(model="o1-pro", key="sk-1", headers=(("x-secret", "s-2"),))
    assert "sk-1" not in repr(config)
    assert "s-2" not in repr(config)
