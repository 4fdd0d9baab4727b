import json

import pytest

from cothink.core.answer import Answer
from cothink.core.errors import BudgetSpent, Forbidden, UpstreamTimeout
from cothink.core.messages import Message
from cothink.core.request import Request, Sampling
from cothink.core.run import Run
from cothink.engines.fake import fake
from cothink.privacy.vocabulary import Number, Schema
from cothink.risk.brief import Brief
from cothink.risk.config import RiskConfig
from cothink.risk.opinion import Asking
from cothink.risk.reading import Heard
from risk.parts import OPINION, WORDS, FakeScoring, model

BRIEF = Brief(FakeScoring().portrait)
ASKING = Asking(BRIEF, 0.18)
FEATURES = BRIEF.clear({"income": 41_234}, Heard("no_words"))


def asked():
    """A client's request that is full of the applicant's words."""
    return Request(
        model=WORDS,
        messages=(Message("user", WORDS),),
        run=Run("t"),
        sampling=Sampling(stop=(WORDS,), temperature=1.5),
        extras={"chat_template_kwargs": {"x": WORDS}},
        reasoning_effort=WORDS,
    )


async def given(*script, **can):
    engine = fake(*script)
    request = asked()
    return await ASKING.ask(model("pro", engine, **can), request, FEATURES, RiskConfig()), engine, request


async def test_nothing_of_the_clients_request_is_sent():
    found, engine, _ = await given(OPINION)
    assert found.opinion.score == 85
    (sent,) = engine.requests
    assert WORDS not in repr((sent.model, sent.messages, sent.sampling, sent.extras, sent.response_format, sent.tools))
    assert sent.reasoning_effort is None
    assert [message.role for message in sent.messages] == ["system", "user"]
    assert sent.messages[1].content == FEATURES.text


async def test_the_probability_is_not_shown_to_the_pro():
    _, engine, _ = await given(OPINION)
    assert "probability" not in engine.requests[0].messages[1].content


@pytest.mark.parametrize(
    "said",
    ["Approved.", '{"score": 101, "reasons": []}', '{"score": 5}', '{"score": 5, "reasons": [{"code": "charm"}]}', "{"],
)
async def test_what_is_no_opinion_is_asked_for_once_more_and_then_missing(said):
    found, engine, _ = await given(said)
    assert (found.state, found.opinion) == ("unreadable", None)
    assert len(engine.requests) == 2


def test_a_reason_that_is_repeated_or_names_a_feature_that_was_not_shown_is_left_out():
    reasons = [
        {"code": "other", "feature": name, "direction": "raises"} for name in (WORDS, "form_dti", "form_x", "form_dti")
    ]
    text = json.dumps({"score": 5, "reasons": reasons})
    assert [one.feature for one in ASKING.understood(Answer(text=text, finish="stop")).reasons] == ["form_dti"]


@pytest.mark.parametrize(
    ("error", "stopped"), [(UpstreamTimeout("slow"), None), (BudgetSpent("b"), "insufficient_quota")]
)
async def test_a_failure_is_a_state(error, stopped):
    found, _, request = await given(error)
    assert found.state == "failed"
    assert request.run.stopped_by == stopped


async def test_features_of_another_schema_do_not_leave():
    other = Schema({"salary": Number(0, 10)}).clear({"salary": 3})
    with pytest.raises(Forbidden):
        await ASKING.ask(model("pro", fake(OPINION)), asked(), other, RiskConfig())
