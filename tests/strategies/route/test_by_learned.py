"""The learned check's word in cascade routing."""

import pytest

from cothink.core.answer import Answer
from cothink.core.verdict import Verdict
from cothink.routing.answers.evidence import Evidence
from cothink.routing.kind import TaskKind
from cothink.strategies.checks import Judgement
from cothink.strategies.learned import LearnedCheck, Weighed
from cothink.strategies.route.belief import by_learned
from strategies.scripted import ask


class Opinion:
    p_right, p_pro, known, gain = 0.25, 0.75, 0.6, 0.5


class FakeWeigher:
    def __init__(self) -> None:
        self.seen: list[Evidence] = []

    def weigh(self, found: Evidence) -> Weighed:
        self.seen.append(found)
        return Opinion()

    def threshold(self, pro_share: float) -> float:
        return pro_share


@pytest.mark.parametrize(
    ("kind", "verdict", "heard"),
    [
        ("arithmetic", Verdict("agreement", "unsure", "."), True),
        ("code", Verdict("syntax", "unsure", "."), False),
        ("closed", Verdict("completeness", "falls", "."), False),
    ],
)
def test_it_has_a_say_of_whole_answers_in_words_alone(kind: str, verdict: Verdict, heard: bool) -> None:
    weigher = FakeWeigher()
    said = by_learned(LearnedCheck(weigher, 0.1))
    judged = Judgement(verdict, "pro", TaskKind(kind, "."))
    chances = said(ask("2 + 2?"), Answer(text="4", finish="stop"), judged, ["5"])
    assert (chances is not None) is heard
    if chances is not None:
        assert (chances.r1, chances.pro) == (0.25, 0.75)
        assert "60%" in chances.why
        assert weigher.seen[0].others == ("5",)
