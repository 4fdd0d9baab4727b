import json

import pytest

from cothink.core.errors import LimitReached, UpstreamUnreachable
from cothink.core.messages import Message
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.engines.fake import Say, fake
from cothink.risk.application import Application
from cothink.risk.config import RiskConfig
from cothink.risk.reading import Heard, as_columns, columns, understand
from risk.parts import WORDS, model, reading

APPLICATION = Application({"late": 0}, {"title": "For my car", "words": WORDS, "none": " "})


def asked():
    return Request(model="cothink-risk", messages=(Message("user", "x"),), run=Run("t"), extras={"note": WORDS})


async def heard(*script, application=APPLICATION, **can):
    engine = fake(*script)
    found = await understand(model("r1", engine, **can), asked(), application, RiskConfig())
    return found, engine


async def test_evidence_names_the_text_and_the_place_in_it():
    against = [{"field": "late", "quote": "资金紧张"}, {"field": "secret", "quote": "资金"}]
    found, engine = await heard(reading("short of cash", "my car", contradictions=against))
    told = [(one.field, APPLICATION.texts[one.field][one.start : one.end], one.kind, one.tells) for one in found.spans]
    assert told == [
        ("title", "my car", "risk", "cash_strain"),
        ("words", "short of cash", "risk", "cash_strain"),
        ("words", "资金紧张", "contradiction", "late"),
    ]
    assert (found.heard.said, found.heard.contradicted, found.heard.rejected) == ({"cash_strain": 2}, ("late",), 1)
    assert engine.requests[0].extras == {}


async def test_a_quote_over_the_end_of_a_text_is_rejected():
    found, _ = await heard(reading("car\n\nI was"))
    assert found.spans == ()
    assert found.heard.rejected == 1


async def test_an_application_without_words_costs_no_call():
    found, engine = await heard("never", application=Application({"late": 0}, {"words": "  "}))
    assert found.heard == Heard("no_words")
    assert engine.requests == []


async def test_an_r1_outside_the_site_never_sees_the_words():
    found, engine = await heard(reading("short of cash"), zone="hosted")
    assert found.heard.state == "not_on_site"
    assert engine.requests == []


async def test_nonsense_is_tried_once_more_and_then_is_unreadable():
    found, engine = await heard("I cannot.", reading("short of cash"))
    assert found.heard.state == "read"
    found, engine = await heard("I cannot.", "{}", reading("short of cash"))
    assert found.heard == Heard("unreadable")
    assert len(engine.requests) == 2


@pytest.mark.parametrize(
    ("error", "stopped_by"), [(UpstreamUnreachable("away"), None), (LimitReached("no more"), "limit_reached")]
)
async def test_a_failure_is_a_state_and_a_limit_is_named(error, stopped_by):
    request = asked()
    found = await understand(model("r1", fake(error)), request, APPLICATION, RiskConfig())
    assert found.heard.state == "failed"
    assert request.run.stopped_by == stopped_by


async def test_prose_and_fences_around_the_json_are_passed_by_and_a_schema_is_told_in_words_where_it_must_be():
    found, engine = await heard(f"Sure!\n```json\n{reading('short of cash')}\n```", json_schema=False)
    assert found.heard.state == "read"
    assert engine.requests[0].response_format is None
    assert '"income_is_stable"' in engine.requests[0].messages[0].content
    assert json.loads(engine.requests[0].messages[1].content)["form"] == {"late": 0}


async def test_a_cut_answer_is_no_reading():
    found, _ = await heard(Say(text=reading("short of cash")[:40], finish="length"))
    assert found.heard.state == "unreadable"


def test_the_columns_of_a_reading_are_numbers_and_none_where_nothing_is_known():
    read = as_columns(Heard("read", "negative", None, has_other_debts=True, said={"job_loss": 2}, contradicted=("a",)))
    assert tuple(read) == columns()
    assert (read["r1_mood"], read["r1_income_stable"], read["r1_job_loss"], read["r1_illness"]) == (
        -1.0,
        None,
        2.0,
        0.0,
    )
    unread = as_columns(Heard("failed"))
    assert unread.pop("r1_read") == 0.0
    assert set(unread.values()) == {None}
