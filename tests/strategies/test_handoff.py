from cothink.core.errors import UpstreamUnreachable
from cothink.strategies.checks import Checks
from cothink.strategies.handoff import Handoff
from strategies.scripted import O1_PRO, Scripted, answer_of, ask, count, model

QUESTION = "Write two lines about the river Rhine."


def handoff(r1: Scripted, pro: Scripted) -> Handoff:
    members = model("r1", r1), model("pro", pro, zone="hosted", price=O1_PRO)
    return Handoff(*members, checks=Checks(), count=count)


async def test_the_pro_sees_the_plan_as_data_and_the_question_last() -> None:
    r1, pro = Scripted("1. Source\n2. Mouth"), Scripted("From the Alps\nto the sea.")
    request = ask(QUESTION)
    assert (await answer_of(handoff(r1, pro), request)).text == "From the Alps\nto the sea."
    assert "Do not answer yet" in r1.requests[0].question
    asked = pro.requests[0].question
    assert "1. Source" in asked
    assert asked.rstrip().endswith(QUESTION)
    assert request.run.strategy == "handoff"


async def test_without_a_plan_the_pro_answers_alone_and_it_is_told() -> None:
    request = ask(QUESTION)
    down = UpstreamUnreachable("The model's server is down.")
    assert (await answer_of(handoff(Scripted(down), Scripted("The Rhine.")), request)).text == "The Rhine."
    assert request.run.warnings == ["R1 gave no plan, so the pro answers without one."]
