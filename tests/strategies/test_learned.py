import sys
from dataclasses import dataclass

import pytest

from cothink.core.answer import Answer
from cothink.core.errors import SettingError
from cothink.core.verdict import Verdict
from cothink.routing.answers.evidence import Evidence
from cothink.strategies.cascade import Cascade
from cothink.strategies.checks import Checks
from cothink.strategies.config import StrategiesConfig
from cothink.strategies.learned import LearnedCheck, learned_check
from strategies.scripted import Scripted, answer_of, ask, by_schema, count, heard, model, steps_of

OPEN = "Name the sea between Sweden and Finland."
SUM = "What is 17 * 23?"


@dataclass(frozen=True)
class Chances:
    p_right: float
    p_pro: float
    known: float = 0.5

    @property
    def gain(self) -> float:
        return self.p_pro - self.p_right


class Scale:
    """Finds R1 right as often as its further answers agree, and the pro right with a fixed chance."""

    def __init__(self, first: float, pro: float = 0.9) -> None:
        self.first, self.pro = first, pro
        self.seen: list[Evidence] = []

    def weigh(self, found: Evidence) -> Chances:
        self.seen.append(found)
        same = [other == found.answer for other in found.others]
        return Chances(sum(same) / len(same) if same else self.first, self.pro)

    def threshold(self, pro_share: float) -> float:
        return 1 - pro_share


def team(r1: Scripted, pro: Scripted, weigher: Scale, *, agree: int = 2, doubt: float = 0.1) -> Cascade:
    config = StrategiesConfig(agree=agree)
    checks = Checks(config, learned=LearnedCheck(weigher, 0.3, doubt))
    members = (model("r1", r1), model("pro", pro, zone="hosted"))
    return Cascade(*members, checks=checks, count=count, config=config)


async def test_an_answer_that_the_pro_would_hardly_better_stands_unverified() -> None:
    pro = Scripted("The pro's")
    request = ask(OPEN)
    assert (await answer_of(team(Scripted("The Bothnian Sea"), pro, Scale(0.85)), request)).text == "The Bothnian Sea"
    assert pro.calls == 0 and request.run.verification == "unverified"


async def test_the_pro_is_asked_where_the_expected_gain_is_great_and_is_told_why() -> None:
    pro = Scripted("The Gulf of Bothnia")
    request = ask(OPEN)
    notes = heard(request)
    assert (await answer_of(team(Scripted("The Black Sea"), pro, Scale(0.1)), request)).text == "The Gulf of Bothnia"
    said = " ".join(message.text for message in pro.requests[0].messages)
    assert "right with 10%" in said and "the pro's would be with 90%" in said
    assert any("Asking the pro" in note for note in notes)
    noted = [step for step in steps_of(request, "check") if isinstance(step, Verdict)]
    assert ("learned", 0.1) in [(verdict.check, verdict.score) for verdict in noted]


async def test_the_pro_is_spared_where_it_would_fail_too() -> None:
    pro = Scripted("No")
    await answer_of(team(Scripted("Hm"), pro, Scale(0.05, pro=0.1)), ask(OPEN))
    assert pro.calls == 0


@pytest.mark.parametrize(("second", "pro_calls"), [("The Baltic", 0), ("The Black Sea", 1)])
async def test_r1_is_asked_again_where_the_gain_is_in_doubt(second: str, pro_calls: int) -> None:
    r1, pro = Scripted("The Baltic", second), Scripted("The Baltic Sea")
    await answer_of(team(r1, pro, Scale(0.55)), ask(OPEN))
    assert (r1.calls, pro.calls) == (2, pro_calls)


async def test_one_answer_is_never_asked_again() -> None:
    r1 = Scripted("The Baltic")
    await answer_of(team(r1, Scripted("x"), Scale(0.55), agree=1), ask(OPEN))
    assert r1.calls == 1


async def test_what_an_exact_check_proved_is_not_weighed() -> None:
    weigher, request = Scale(0.0), ask(SUM)
    assert (await answer_of(team(Scripted("391"), Scripted("x"), weigher), request)).text == "391"
    assert weigher.seen == [] and request.run.verification == "verified"


async def test_a_proven_fault_is_told_to_the_pro_as_the_exact_check_found_it() -> None:
    pro, weigher = Scripted("391"), Scale(0.1)
    await answer_of(team(Scripted("It is 381."), pro, weigher), ask(SUM))
    assert pro.calls == 1 and weigher.seen[0].exact == "falls"
    assert "right with" not in " ".join(message.text for message in pro.requests[0].messages)


async def test_a_proven_fault_that_the_pro_would_not_mend_is_given_as_refuted_with_a_warning() -> None:
    pro, request = Scripted("381 too"), ask(SUM)
    assert (await answer_of(team(Scripted("It is 381."), pro, Scale(0.05, pro=0.1)), request)).text == "It is 381."
    assert pro.calls == 0 and request.run.verification == "refuted"
    assert any("not expected to do better" in words for words in request.run.warnings)


async def test_an_empty_answer_and_a_json_form_keep_their_own_checks() -> None:
    weigher, pro = Scale(0.95), Scripted("The Baltic")
    assert (await answer_of(team(Scripted(""), pro, weigher), ask(OPEN))).text == "The Baltic"
    form = by_schema({"type": "object", "required": ["name"]})
    await answer_of(team(Scripted('{"name": 1}'), pro, weigher), ask(OPEN, response_format=form))
    assert weigher.seen == []


def test_the_verdict_says_in_words_why() -> None:
    learned = LearnedCheck(Scale(0.2), 0.3)
    draft = Answer(text="4", finish="stop")
    verdict, _ = learned.judge("Q", draft, Verdict("puzzle", "falls", "Row 2 has two 3s."), ("4", "5"))
    assert verdict.falls and "Row 2 has two 3s" in verdict.evidence
    assert "1 of 2 further answers of R1 agree" in verdict.evidence and "from a gain of 30 points" in verdict.evidence


def test_the_setting_turns_it_on_and_off() -> None:
    pytest.importorskip("numpy")
    assert learned_check(StrategiesConfig()) is None
    few, many = (learned_check(StrategiesConfig(learned_check="shipped", learned_pro_share=one)) for one in (0.1, 0.6))
    assert few is not None and many is not None and few.least_gain > many.least_gain
    with pytest.raises(SettingError, match="no learned check"):
        learned_check(StrategiesConfig(learned_check="/nowhere/at/all"))


@pytest.mark.parametrize("values", [{"learned_check": ""}, {"learned_pro_share": 1.2}])
def test_a_setting_out_of_range_is_refused_by_its_name(values: dict[str, object]) -> None:
    with pytest.raises(SettingError, match=next(iter(values))):
        StrategiesConfig(**values)  # type: ignore[arg-type]


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cothink.routing.answers.files", None)
    with pytest.raises(SettingError, match=r"cothink\[routing\]"):
        learned_check(StrategiesConfig(learned_check="shipped"))
