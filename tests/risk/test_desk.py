import msgspec
import pytest

from cothink.core.errors import BadRequest, StoreAway
from cothink.core.messages import Message
from cothink.core.request import Request
from cothink.core.run import Caller, Run
from cothink.risk.application import Application
from cothink.risk.cases import CaseWriter
from cothink.risk.combine import Parts, combine
from cothink.risk.config import RiskConfig
from cothink.risk.desk import ReviewDesk, WantedDecision, repeat
from cothink.risk.opinion import Given
from cothink.risk.reading import Heard, Span, Understood
from cothink.store.cases import open_cases
from cothink.store.config import StoreConfig
from risk.parts import WORDS, FakeScoring

SCORING = FakeScoring()
QUOTE = "short of cash"
SPAN = Span("words", WORDS.index(QUOTE), WORDS.index(QUOTE) + len(QUOTE), QUOTE, "risk", "cash_strain")
APPLICATION = Application(
    {"income": 5.0, "home": "Ann Lee's flat", "issued": "2011-03-09 by Ann", "memo": "call Ann", "dti": "0.3"},
    {"words": WORDS},
    "a-1",
)
APPROVE = WantedDecision(decision="approve", by=" Ann ", why="fine")


@pytest.fixture
async def cases(tmp_path):
    opened = open_cases(StoreConfig(url=f"sqlite:///{tmp_path / 'store.db'}"))
    yield opened
    await opened.aclose()


async def kept(cases, config=None, tenant="team:a", given=None, wall=None):
    config = config or RiskConfig()
    score, inputs = SCORING.score(APPLICATION, Heard("read"), None)
    understood = Understood(Heard("read"), (SPAN,))
    said = combine(Parts(APPLICATION, understood, score, given or Given("failed")), SCORING, config)
    request = Request(
        model="cothink-risk",
        messages=(Message("user", ""),),
        run=Run("t", caller=Caller(key="k", tenant=tenant)),
    )
    more = {} if wall is None else {"wall": wall}
    return await CaseWriter(cases, config, SCORING.portrait, **more).keep(request, APPLICATION, said, inputs)


async def test_a_record_holds_no_free_text_of_the_form_and_no_words(cases):
    said = await kept(cases)
    assert said.evidence == (SPAN,)  # the client has its quotes
    case, record = await ReviewDesk(cases, RiskConfig()).find("team:a", said.id)
    assert record.form == {"income": 5.0, "issued": "2011-03-09", "home": "rare"}
    assert record.assessment.evidence == (msgspec.structs.replace(SPAN, quote=""),)
    assert b"Ann" not in case.json
    assert (record.key, record.trace_id, record.texts) == ("k", "t", {})


@pytest.mark.parametrize(
    ("keep", "before", "after"), [("never", False, False), ("until_decided", True, False), ("always", True, True)]
)
async def test_words_rest_as_the_setting_says(cases, keep, before, after):
    config = RiskConfig(keep_words=keep)
    said, desk = await kept(cases, config), ReviewDesk(cases, config)
    case, record = await desk.find("team:a", said.id)
    assert (WORDS.encode() in case.json, record.texts == {"words": WORDS}) == (before, before)
    case, record = await desk.decide("team:a", said.id, APPROVE, "k")
    assert (QUOTE.encode() in case.json, record.texts == {"words": WORDS}) == (after, after)


async def test_another_tenants_case_is_not_there(cases):
    said, desk = await kept(cases), ReviewDesk(cases, RiskConfig())
    for work in (desk.find("team:b", said.id), desk.decide("team:b", said.id, APPROVE, "k"), desk.find("", said.id)):
        with pytest.raises(BadRequest, match="There is no case"):
            await work
    assert await desk.newest("team:b") == []
    assert [case.id for case, _ in await desk.newest(None)] == [said.id]


async def test_a_case_is_decided_once(cases):
    said, desk = await kept(cases), ReviewDesk(cases, RiskConfig(), wall=lambda: 9.0)
    case, record = await desk.decide(None, said.id, APPROVE, "k")
    assert (case.state, record.decisions[0].by, record.decisions[0].at) == ("decided", "Ann", 9.0)
    with pytest.raises(BadRequest, match="was decided"):
        await desk.decide(None, said.id, APPROVE, "k")


async def test_two_people_at_once_cannot_both_decide(cases):
    said, desk = await kept(cases), ReviewDesk(cases, RiskConfig())

    class Slow:
        """The store, in which somebody else decides between the reading and the writing."""

        async def find(self, id):
            found = await cases.find(id)
            await desk.decide(None, id, APPROVE, "k")
            return found

        put = cases.put

    with pytest.raises(BadRequest, match="somebody else"):
        await ReviewDesk(Slow(), RiskConfig()).decide(None, said.id, APPROVE, "other")


@pytest.mark.parametrize("change", [{"by": " "}, {"why": ""}, {"by": "x" * 201}, {"why": "x" * 10_001}])
async def test_a_decision_names_who_and_why(cases, change):
    said = await kept(cases)
    with pytest.raises(BadRequest, match="characters"):
        await ReviewDesk(cases, RiskConfig()).decide(None, said.id, msgspec.structs.replace(APPROVE, **change), "k")


async def test_old_scores_go_and_open_cases_stay(cases):
    day = 86_400.0
    config = RiskConfig(keep_days=10)
    old = await kept(cases, config, wall=lambda: 0.0)
    desk = ReviewDesk(cases, config, wall=lambda: 0.0)
    gone = await kept(cases, config, wall=lambda: 0.0)
    await desk.decide(None, gone.id, APPROVE, "k")
    await kept(cases, config, wall=lambda: 11 * day)
    assert await cases.find(gone.id) is None
    assert await cases.find(old.id) is not None


async def test_a_score_made_again_is_compared_in_all_it_said(cases):
    said = await kept(cases)
    _, record = await ReviewDesk(cases, RiskConfig()).find(None, said.id)
    assert repeat(record, SCORING).same
    changed = FakeScoring(probability=0.21)
    assert not repeat(record, changed).same
    changed.digest = "e" * 64
    with pytest.raises(BadRequest, match="scorecard"):
        repeat(record, changed)


async def test_a_score_that_cannot_be_written_is_an_error(cases):
    class Full:
        async def put(self, case):
            return False

    with pytest.raises(StoreAway):
        await kept(Full())
