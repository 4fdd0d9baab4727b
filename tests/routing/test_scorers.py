import sys
from pathlib import Path

import pytest

from cothink.core.errors import SettingError
from cothink.routing.config import RoutingConfig
from cothink.routing.difficulty import PlainScorer
from cothink.routing.scorers import scorer_of


def test_the_shipped_router_is_the_default_and_plain_can_be_had() -> None:
    pytest.importorskip("numpy")
    assert type(scorer_of(RoutingConfig())).__name__ == "LearnedScorer"
    assert isinstance(scorer_of(RoutingConfig(router="plain")), PlainScorer)


def test_without_numpy_the_default_is_plain_and_a_named_folder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("cothink.routing.learned")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert isinstance(scorer_of(RoutingConfig()), PlainScorer)
    with pytest.raises(SettingError, match=r"pip install 'cothink\[routing\]'"):
        scorer_of(RoutingConfig(router="/some/folder"))


def test_a_folder_without_a_router_is_refused_by_name(tmp_path: Path) -> None:
    pytest.importorskip("numpy")
    with pytest.raises(SettingError, match="holds no router that can be read"):
        scorer_of(RoutingConfig(router=str(tmp_path)))


def test_settings_out_of_range_are_refused_by_name() -> None:
    with pytest.raises(SettingError, match=r"explore is 0\.5; allowed is 0 to 0\.2"):
        RoutingConfig(explore=0.5)
    with pytest.raises(SettingError, match="router is empty"):
        RoutingConfig(router="")
