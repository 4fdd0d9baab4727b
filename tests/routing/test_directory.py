from datetime import date

import pytest

from cothink.core.chunk import Chunk
from cothink.core.engine import Capabilities, Model, Stream
from cothink.core.errors import BadRequest, SettingError, UnknownModel
from cothink.core.price import Price
from cothink.core.request import Request
from cothink.routing.directory import Alias, Directory

TODAY = date(2026, 11, 24)


class Mute:
    async def stream(self, request: Request) -> Stream:
        yield Chunk(finish="stop")


def model(name: str) -> Model:
    return Model(name=name, engine=Mute(), capabilities=Capabilities(), price=Price())


def directory(**aliases: Alias) -> Directory:
    names = ("cothink-auto", "cothink-cascade", "cothink-review", "r1", "pro")
    return Directory(
        [model(name) for name in names],
        teams=names[:3],
        aliases={k.replace("_", "-"): v for k, v in aliases.items()},
        today=TODAY,
    )


def test_a_name_finds_its_model_and_says_whether_it_is_a_team() -> None:
    found = directory().find("cothink-cascade")
    assert (found.model.name, found.team, found.dial, found.note) == ("cothink-cascade", True, None, None)
    assert not directory().find("r1").team


def test_an_unknown_name_lists_the_near_ones_and_all() -> None:
    with pytest.raises(UnknownModel) as caught:
        directory().find("cothink-casade")
    assert "Did you mean cothink-cascade" in caught.value.message
    assert "Models here: cothink-auto, cothink-cascade, cothink-review, r1, pro." in caught.value.message
    assert (caught.value.param, caught.value.status) == ("model", 404)


def test_a_dial_in_the_name_is_read() -> None:
    found = directory().find("cothink-auto:0.7")
    assert (found.model.name, found.dial, found.team) == ("cothink-auto", 0.7, True)


@pytest.mark.parametrize("dial", ["1.5", "-0.1", "high", "", "nan", "inf"])
def test_a_bad_dial_is_refused_with_what_is_allowed(dial: str) -> None:
    with pytest.raises(BadRequest, match="a number from 0 to 1") as caught:
        directory().find(f"cothink-auto:{dial}")
    assert caught.value.param == "model"


def test_only_auto_takes_a_dial() -> None:
    with pytest.raises(BadRequest, match="r1 takes none"):
        directory().find("r1:0.5")


def test_a_retired_name_is_answered_by_its_successor_and_says_since_when() -> None:
    found = directory(o1_pro=Alias("pro", "2026-10-23")).find("o1-pro")
    assert (found.model.name, found.note) == ("pro", "o1-pro was switched off on 2026-10-23; pro answers for it.")


def test_a_name_that_will_retire_says_when() -> None:
    found = directory(o3_pro=Alias("pro", "2026-12-11")).find("o3-pro")
    assert found.note == "o3-pro will be switched off on 2026-12-11; pro answers for it."


def test_a_second_name_needs_no_note() -> None:
    assert directory(gpt=Alias("pro")).find("gpt").note is None


def test_models_are_listed_once_each_in_order() -> None:
    names = [one.name for one in directory(gpt=Alias("pro")).models()]
    assert names == ["cothink-auto", "cothink-cascade", "cothink-review", "r1", "pro"]


def test_an_alias_to_nowhere_and_a_doubled_name_are_setting_errors() -> None:
    with pytest.raises(SettingError, match="gone, which is no model here"):
        directory(x=Alias("gone"))
    with pytest.raises(SettingError, match="Two models are named r1"):
        Directory([model("r1"), model("r1")], today=TODAY)


def test_an_absurdly_long_name_is_not_echoed_whole() -> None:
    with pytest.raises(UnknownModel) as caught:
        directory().find("x" * 100_000)
    assert len(caught.value.message) < 1_000
