from typing import Any

import pytest

from cothink.core.errors import SettingError
from cothink.gateway.config import GatewayConfig


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"port": 70_000}, "gateway.port is 70000; a number from 0 to 65535 is allowed"),
        ({"port": "80"}, "gateway.port is '80'"),
        ({"max_n": True}, "gateway.max_n is True"),
        ({"max_body_bytes": 1}, "gateway.max_body_bytes"),
        ({"whole_s": 0}, "gateway.whole_s"),
        ({"heartbeat_s": None}, "gateway.heartbeat_s"),
        ({"heartbeat_s": float("nan")}, "gateway.heartbeat_s"),
        ({"log_format": "xml"}, "text or json"),
        ({"host": ""}, "gateway.host is empty"),
        ({"keys": {"a": "short"}}, "gateway.keys.a"),
        ({"keys": {"a": "with a space"}}, "gateway.keys.a"),
        ({"keys": {"": "sk-long-enough"}}, "gateway.keys."),
    ],
)
def test_a_bad_value_is_refused_with_what_is_allowed(more: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingError) as failure:
        GatewayConfig(**more)
    assert words in failure.value.message


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_no_keys_are_refused_where_other_machines_can_connect(host: str) -> None:
    with pytest.raises(SettingError, match=r"gateway\.keys is empty"):
        GatewayConfig(host=host)
    assert GatewayConfig(host=host, keys={"a": "sk-long-enough"})
    assert GatewayConfig(host=host, allow_anonymous=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_no_keys_are_fine_on_loopback(host: str) -> None:
    assert GatewayConfig(host=host).is_loopback


def test_limits_may_be_off_and_keys_are_not_shown() -> None:
    config = GatewayConfig(whole_s=None, first_s=None, idle_s=None, run_calls=None, keys={"a": "sk-long-enough"})
    assert "sk-long-enough" not in repr(config)
