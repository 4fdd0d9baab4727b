import pytest

from cothink.core.errors import Unauthorized
from cothink.gateway.auth import Keys

KEYS = Keys({"alice": "sk-alice-key", "bob": "sk-bob-key"})


@pytest.mark.parametrize("header", [b"Bearer sk-bob-key", b"bearer sk-bob-key", b"Bearer  sk-bob-key "])
async def test_a_key_names_its_caller(header: bytes) -> None:
    caller = await KEYS.caller(header)
    assert (caller.key, caller.tenant) == ("bob", "bob")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "missing_api_key"),
        (b"", "invalid_api_key"),
        (b"Bearer", "invalid_api_key"),
        (b"Bearer ", "invalid_api_key"),
        (b"Basic c2s6", "invalid_api_key"),
        (b"Bearer sk-bob-ke", "invalid_api_key"),
        (b"Bearer sk-bob-key2", "invalid_api_key"),
        (b"Bearer \xff\xfe", "invalid_api_key"),
    ],
)
async def test_anything_else_is_turned_away_and_not_repeated(header: bytes | None, code: str) -> None:
    with pytest.raises(Unauthorized) as failure:
        await KEYS.caller(header)
    assert failure.value.code == code
    assert "sk-bob" not in failure.value.message


async def test_without_keys_everybody_is_anonymous() -> None:
    assert (await Keys({}).caller(b"Bearer whatever")).key == "anonymous"
