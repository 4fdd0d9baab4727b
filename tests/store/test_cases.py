from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from cothink.core.errors import SettingError, StoreAway
from cothink.store.cases import Case, Cases, open_cases
from cothink.store.config import StoreConfig
from store.stores import redis_server


@pytest.fixture(params=["sqlite", "redis"])
async def cases(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Cases]:
    if request.param == "sqlite":
        opened = open_cases(StoreConfig(url=f"sqlite:///{tmp_path / 'store.db'}"))
        yield opened
        await opened.aclose()
        return
    with redis_server(tmp_path) as server:
        opened = open_cases(StoreConfig(url=server.url))
        yield opened
        await opened.aclose()


def case(
    id: str, tenant: str = "a", state: str = "open", at: float = 1.5, version: int = 1, json: bytes = b"{}"
) -> Case:
    return Case(id=id, tenant=tenant, state=state, at=at, version=version, json=json)


async def test_a_case_comes_back_as_it_was(cases: Cases) -> None:
    one = case("x", json='{"a":"最近资金紧张"}'.encode())
    assert await cases.put(one)
    assert await cases.find("x") == one
    assert await cases.find("y") is None


async def test_of_two_changes_of_one_version_only_the_first_is_taken(cases: Cases) -> None:
    await cases.put(case("x"))
    assert not await cases.put(case("x", json=b"new again"))
    first = case("x", state="decided", version=2, json=b"first")
    assert await cases.put(first)
    assert not await cases.put(case("x", state="decided", version=2, json=b"second"))
    assert await cases.find("x") == first
    assert not await cases.put(case("never", version=2))


async def test_cases_are_listed_by_tenant_and_state_the_newest_first(cases: Cases) -> None:
    for at, (id, tenant) in enumerate([("1", "a"), ("2", "b"), ("3", "a"), ("4", "a")]):
        await cases.put(case(id, tenant, at=float(at)))
    await cases.put(case("5", "a", "final", at=9.0))
    await cases.put(msgspec.structs.replace(case("4", "a", "decided", at=3.0), version=2))
    assert [one.id for one in await cases.newest("a", "open", 10)] == ["3", "1"]
    assert [one.id for one in await cases.newest("b", "open", 10)] == ["2"]
    assert [one.id for one in await cases.newest(None, "open", 2)] == ["3", "2"]
    assert [one.id for one in await cases.newest(None, "open", 2, before=1.0)] == ["1"]
    assert [one.id for one in await cases.newest("a", "decided", 10)] == ["4"]
    assert await cases.newest("a:", "open", 10) == []


async def test_what_is_old_goes_but_an_open_case_stays(cases: Cases) -> None:
    await cases.put(case("open", at=1.0))
    await cases.put(case("final", state="final", at=1.0))
    await cases.put(case("new", state="final", at=9.0))
    assert await cases.prune(5.0) == 1
    assert await cases.find("final") is None
    assert [one.id for one in await cases.newest(None, "final", 9)] == ["new"]
    assert await cases.find("open") is not None


async def test_a_store_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for url in (f"sqlite:///{tmp_path / 'file' / 'store.db'}", "redis://127.0.0.1:9/0"):
        opened = open_cases(StoreConfig(url=url, timeout_s=0.1))
        with pytest.raises(StoreAway):
            await opened.find("x")
        await opened.aclose()
    with pytest.raises(SettingError, match=r"store\.url is empty"):
        open_cases(StoreConfig())
