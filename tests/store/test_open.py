import builtins
from pathlib import Path
from typing import Any

import pytest

from cothink.core.errors import SettingError
from cothink.settings import load
from cothink.settings.show import shown
from cothink.store.config import StoreConfig
from cothink.store.open import open_store
from cothink.store.redis import RedisStore
from cothink.store.sqlite_store import SqliteStore


def test_nothing_named_is_a_file_in_the_users_folder_of_data() -> None:
    nothing = Path("/dev/null")
    assert load(nothing, {"XDG_DATA_HOME": "/data"}).store.url == "sqlite:////data/cothink/cothink.db"
    assert open_store(load(nothing, {}).store).place == str(Path.home() / ".local/share/cothink/cothink.db")
    assert open_store(load(nothing, {"COTHINK_STORE_URL": "sqlite:///here.db"}).store).place == "here.db"
    with pytest.raises(SettingError, match=r"store\.url is empty"):
        open_store(StoreConfig())


def test_a_password_of_a_store_is_not_shown() -> None:
    lines = {line.path: line.value for line in shown(load(Path("/dev/null"), {"COTHINK_STORE_URL": "redis://:pw@h/0"}))}
    assert lines["store.url"] == "(set, not shown)"
    lines = {line.path: line.value for line in shown(load(Path("/dev/null"), {"COTHINK_STORE_URL": "redis://h/0"}))}
    assert lines["store.url"] == "redis://h/0"


def test_a_url_names_the_kind_of_store(tmp_path: Path) -> None:
    file = open_store(StoreConfig(url=f"sqlite:///{tmp_path / 'a.db'}"))
    assert isinstance(file, SqliteStore)
    assert file.place == str(tmp_path / "a.db")
    assert not (tmp_path / "a.db").exists(), "nothing is opened before it is needed"
    redis = open_store(StoreConfig(url="redis://:secret@10.0.0.1:6379/2"))
    assert isinstance(redis, RedisStore)
    assert redis.place == "10.0.0.1:6379/2"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"url": "postgres://me:secret@host/db"}, "'postgres://…@host/db'"),
        ({"url": "sqlite:///"}, "names no file"),
        ({"timeout_s": 0.0}, "timeout_s"),
        ({"every_s": 2.0}, "every_s is 2.0; a number from 0.05 to 1"),
        ({"every_s": float("nan")}, "every_s"),
    ],
)
def test_a_wrong_setting_is_refused_and_no_password_is_shown(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingError) as refused:
        StoreConfig(**settings)
    assert words in refused.value.message
    assert "secret" not in refused.value.message


def test_without_its_client_redis_is_refused_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_redis(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("redis"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without_redis)
    with pytest.raises(SettingError, match=r"pip install 'cothink\[redis\]'"):
        RedisStore("redis://localhost")
