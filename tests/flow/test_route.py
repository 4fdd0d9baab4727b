"""cothink-route over HTTP: every decision is told with its numbers, and the dial goes with the name."""

from typing import Any

from cothink.serve import running
from test_serve import SUM, client, fake, pair

RIGHT, WRONG = "17 * 23 = 391. Answer: 391", "17 * 23 = 381. Answer: 381"
ASKED: Any = [{"role": "user", "content": SUM}]


def test_a_refuted_answer_goes_to_the_pro_by_expected_gain_and_the_report_says_why() -> None:
    with fake(WRONG) as r1, fake(RIGHT) as pro, running(pair(r1, pro)) as url, client(url) as asking:
        answer: Any = asking.chat.completions.create(model="cothink-route:0.9", messages=ASKED)
        assert answer.choices[0].message.content == RIGHT
        assert answer.cothink["strategy"] == "route"
        assert "points × $" in answer.cothink["decision"] or "the pro first" in answer.cothink["decision"]
        assert answer.cothink["calls"][-1]["model"] == "pro"


def test_a_dial_of_zero_asks_the_pro_nothing() -> None:
    with fake(WRONG) as r1, fake(RIGHT) as pro, running(pair(r1, pro)) as url, client(url) as asking:
        answer: Any = asking.chat.completions.create(model="cothink-route:0", messages=ASKED)
        assert pro.stats.requests == 0
        assert answer.cothink["verification"] == "refuted"
        assert "it is given" in answer.cothink["decision"]
        assert {call["zone"] for call in answer.cothink["calls"]} == {"site"}
