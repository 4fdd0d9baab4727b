import pytest

from cothink.core.errors import SettingError, UpstreamUnreachable
from cothink.engines.fake import fake
from cothink.risk.application import Application
from cothink.risk.config import RiskConfig
from cothink.risk.readings import MOST_FAILED, Readings, read_all
from risk.parts import WORDS, model, reading

SAID = reading("short of cash")


def applications(*texts):
    return [Application({"n": 1}, {"words": text}) for text in texts]


@pytest.fixture
def readings(tmp_path):
    opened = Readings(tmp_path / "folder" / "readings.jsonl", "a-model")
    yield opened
    opened.close()


async def test_equal_applications_are_read_once_and_keep_their_places(readings):
    engine = fake(SAID)
    heard = await read_all(model("r1", engine), applications(WORDS, "", WORDS, "fine"), RiskConfig(), readings)
    assert [one.state for one in heard] == ["read", "no_words", "read", "read"]
    assert [one.said for one in heard] == [{"cash_strain": 1}, {}, {"cash_strain": 1}, {}]
    assert len(engine.requests) == 2


async def test_what_was_read_is_found_again_without_the_words_in_the_file(readings, tmp_path):
    await read_all(model("r1", fake(SAID)), applications(WORDS), RiskConfig(), readings)
    file = tmp_path / "folder" / "readings.jsonl"
    assert "cash_strain" in file.read_text()
    assert not any(word in file.read_text() for word in ("short", "资金"))
    with file.open("ab") as torn:
        torn.write(b'{"key":"half')
    again, engine = Readings(file, "a-model"), fake("never asked")
    assert (await read_all(model("r1", engine), applications(WORDS), RiskConfig(), again))[0].state == "read"
    again.keep("k", (await read_all(model("r1", engine), applications(WORDS), RiskConfig(), again))[0])
    again.close()
    assert engine.requests == []
    assert len(file.read_text().splitlines()) == 2
    other = Readings(file, "another-model")
    assert other.find(other.key(applications(WORDS)[0])) is None
    other.close()


async def test_a_failed_reading_is_tried_again_next_time(readings):
    engine = fake("nonsense", "nonsense", SAID)
    assert (await read_all(model("r1", engine), applications(WORDS), RiskConfig(), readings))[0].state == "unreadable"
    assert (await read_all(model("r1", engine), applications(WORDS), RiskConfig(), readings))[0].state == "read"


async def test_where_r1_is_away_the_run_ends_instead_of_filling_the_table_with_nothing(readings):
    engine = fake(UpstreamUnreachable("away"))
    many = applications(*(f"{WORDS} {i}" for i in range(200)))
    with pytest.raises(UpstreamUnreachable, match="in a row"):
        await read_all(model("r1", engine), many, RiskConfig(parallel=2), readings)
    assert len(engine.requests) <= MOST_FAILED + 2


async def test_an_r1_outside_the_site_reads_nothing(readings):
    with pytest.raises(SettingError, match="site"):
        await read_all(model("r1", fake(SAID), zone="hosted"), applications(WORDS), RiskConfig(), readings)


def test_a_file_that_holds_no_readings_is_refused(tmp_path):
    (tmp_path / "x").write_text("hello\n")
    with pytest.raises(SettingError, match="readings"):
        Readings(tmp_path / "x", "m")
