import pytest

from cothink.store.key import SHOWN, KeyRecord, allows, digest_of, new_secret


def test_secrets_are_long_unlike_each_other_and_mostly_hidden() -> None:
    secrets = {new_secret() for _ in range(1000)}
    assert len(secrets) == len({secret[:SHOWN] for secret in secrets}) == 1000
    assert {len(secret) for secret in secrets} == {46}
    assert len(digest_of(b"x")) == 64


@pytest.mark.parametrize(
    ("patterns", "names", "may"),
    [
        ((), ("anything",), True),
        (("r1",), ("r1",), True),
        (("r1",), ("R1",), False),
        (("cothink-*",), ("cothink-auto:0.7", "cothink-auto"), True),
        (("cothink-*",), ("r1",), False),
        (("pro",), ("o1-pro", "pro"), True),
        (("*",), ("pro",), True),
    ],
)
def test_a_pattern_allows_what_it_names(patterns: tuple[str, ...], names: tuple[str, ...], may: bool) -> None:
    assert allows(patterns, *names) is may


def test_a_key_lives_until_it_is_revoked_or_expires() -> None:
    key = KeyRecord(id="k", name="n", digest="d", prefix="p", expires_at=10.0)
    assert key.is_live(9.9)
    assert not key.is_live(10.0)
    assert not KeyRecord(id="k", name="n", digest="d", prefix="p", revoked_at=1.0).is_live(0.0)
