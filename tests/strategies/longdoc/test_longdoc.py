import re
import tracemalloc

import pytest

from cothink.core.errors import Unsupported, UpstreamUnreachable
from cothink.core.ledger import Limits
from cothink.core.messages import Message
from cothink.core.price import Price
from cothink.core.request import Request
from cothink.strategies.longdoc.config import LongdocConfig
from cothink.strategies.longdoc.estimate import plan
from strategies.longdoc.writing import COUNTER, FACT, QUESTION, about, copies, longdoc, prose
from strategies.scripted import Scripted, answer_of, ask, heard, model, steps_of

TEXT = prose(300, at_170=FACT)
DOWN = UpstreamUnreachable("The model's server is down.")
SOURCE = re.compile(r"^\[(\d+)\] \((?:part (\d+), )?characters (\d+)-(\d+)\) “(.*?)”$", re.MULTILINE | re.DOTALL)


async def test_r1_reads_every_segment_and_the_pro_sees_quotes_never_the_document() -> None:
    r1, pro = Scripted(copies("Runa")), Scripted("The number is 48151 [1].")
    request = about(TEXT)
    notes = heard(request)
    answer = await answer_of(longdoc(r1, pro), request)
    assert answer.text.startswith("The number is 48151 [1].")
    number, _, start, end, words = SOURCE.findall(answer.text)[0]
    assert (number, TEXT[int(start) : int(end)], words) == ("1", FACT, FACT)
    assert pro.calls == 1
    sent = pro.requests[0]
    assert sum(len(message.text) for message in sent.messages) < 2_000
    assert FACT in sent.messages[0].text
    assert sent.question == QUESTION
    assert (request.run.strategy, request.run.verification) == ("longdoc", "verified")
    assert f"12 of {r1.calls} segments read" in notes
    assert steps_of(request, "read")[0]["unread"] == 0  # type: ignore[index]
    assert len(request.run.ledger.entries) == r1.calls + 1


async def test_an_invented_quote_is_dropped_and_noted() -> None:
    def lies(request: Request) -> str:
        return f'{copies("Runa")(request)}\n"Runa painted the number 999 on the door."'

    pro = Scripted("It is 48151 [1].")
    request = about(TEXT)
    answer = await answer_of(longdoc(Scripted(lies), pro), request)
    assert "999" not in pro.requests[0].messages[0].text
    assert "999" not in answer.text
    read = steps_of(request, "read")[0]
    assert read["dropped"] == steps_of(request, "segments")[0]["segments"]  # type: ignore[index]


async def test_what_the_answer_cites_beyond_the_source_is_taken_out_and_told() -> None:
    pro = Scripted("It is 48151 [1] [7]. “Runa painted the number 999 on the wall,” it says.")
    request = about(TEXT)
    answer = await answer_of(longdoc(Scripted(copies("Runa")), pro), request)
    assert "[7]" not in answer.text
    assert "“Runa painted the number 999" not in answer.text
    assert request.run.verification == "unverified"
    assert any("2 citations" in words for words in request.run.warnings)


async def test_where_nothing_is_found_the_pro_is_told_so() -> None:
    pro = Scripted("The document does not say.")
    request = about(TEXT)
    answer = await answer_of(longdoc(Scripted("NONE"), pro), request)
    assert answer.text == "The document does not say."
    assert "found no passage" in pro.requests[0].messages[0].text
    assert request.run.verification == "unverified"


@pytest.mark.parametrize("asked", ["Hello?", prose(20) + "\n\nWhat is it about?"])
async def test_what_is_short_is_answered_otherwise(asked: str) -> None:
    r1, pro = Scripted("-"), Scripted("-")
    assert (await answer_of(longdoc(r1, pro, from_tokens=16_000), ask(asked))).text == "otherwise"
    assert (r1.calls, pro.calls) == (0, 0)


async def test_a_document_that_does_not_fit_r1_is_read_in_segments_however_short() -> None:
    r1, pro = Scripted(copies("Runa")), Scripted("48151 [1]")
    team = longdoc(r1, pro, from_tokens=1_000_000, r1_can={"context_tokens": 3_000}, map_answer_tokens=500)
    assert (await answer_of(team, about(TEXT))).text.startswith("48151 [1]")


async def test_where_r1_costs_more_than_the_pro_over_the_whole_it_is_answered_otherwise() -> None:
    cheap, dear = (
        model("pro", Scripted("-"), price=Price(input_usd=1)),
        model("r1", Scripted("-"), price=Price(input_usd=2)),
    )
    assert not plan(dear, cheap, LongdocConfig(), tokens=30_000, question_tokens=20).pays
    assert plan(cheap, dear, LongdocConfig(), tokens=30_000, question_tokens=20).pays


async def test_a_segment_that_fails_is_told_and_the_rest_answers() -> None:
    r1 = Scripted(DOWN, copies("Runa"))
    request = about(TEXT)
    answer = await answer_of(longdoc(r1, Scripted("48151 [1]"), parallel=1), request)
    assert answer.text.startswith("48151 [1]")
    assert request.run.verification == "unverified"
    assert any(words.startswith("1 of ") for words in request.run.warnings)


async def test_where_r1_is_down_it_is_not_asked_for_every_segment() -> None:
    r1 = Scripted(DOWN)
    with pytest.raises(UpstreamUnreachable):
        await answer_of(longdoc(r1, Scripted("-"), parallel=1), about(TEXT))
    assert r1.calls == 3


async def test_a_limit_of_calls_leaves_one_for_the_answer() -> None:
    request = about(TEXT, limits=Limits(calls=5))
    pro = Scripted("Not found.")
    answer = await answer_of(longdoc(Scripted("NONE"), pro), request)
    assert (answer.text, pro.calls) == ("Not found.", 1)
    assert (request.run.stopped_by, request.run.verification) == ("run_calls_limit", "unverified")


async def test_where_the_money_is_over_for_the_pro_r1_answers_from_the_quotes() -> None:
    def reads(request: Request) -> str:
        return "48151 [1]" if "Notes." in request.messages[0].text else copies("Runa")(request)

    request = about(TEXT, limits=Limits(cost_nanousd=1))
    answer = await answer_of(longdoc(Scripted(reads), Scripted("-")), request)
    assert answer.text.startswith("48151 [1]")
    assert FACT in answer.text
    assert (request.run.stopped_by, request.run.verification) == ("run_cost_limit", "unverified")


async def test_where_nobody_can_write_the_quotes_are_given() -> None:
    def reads(request: Request) -> str:
        return "" if "Notes." in request.messages[0].text else copies("Runa")(request)

    request = about(TEXT)
    answer = await answer_of(longdoc(Scripted(reads), Scripted(DOWN)), request)
    assert SOURCE.findall(answer.text)[0][-1] == FACT
    assert request.run.verification == "unverified"


async def test_where_tokens_run_out_the_segments_that_were_read_answer() -> None:
    request = about(TEXT, limits=Limits(tokens=4_000))
    answer = await answer_of(longdoc(Scripted(copies("In year 2 ")), Scripted("In year 2 [1]")), request)
    assert "In year 2 " in answer.text
    assert (request.run.stopped_by, request.run.verification) == ("run_tokens_limit", "unverified")


async def test_log_probs_are_refused() -> None:
    with pytest.raises(Unsupported):
        await answer_of(longdoc(Scripted("-"), Scripted("-")), about(TEXT, logprobs=True))


async def test_too_many_quotes_are_sifted_by_r1_until_they_fit() -> None:
    def reads(request: Request) -> str:
        if "numbered quotes" in request.question:
            found = re.search(r"\[(\d+)\] [^\n]*48151", request.question)
            return f"[{found.group(1)}]" if found else "NONE"
        return copies("In year", "Runa")(request)

    pro = Scripted("48151 [1]")
    request = about(TEXT)
    answer = await answer_of(longdoc(Scripted(reads), pro, evidence_tokens=256), request)
    assert FACT in answer.text
    assert steps_of(request, "sifted")
    assert "In year 3 " not in pro.requests[0].messages[0].text


async def test_a_million_tokens_are_read_in_bounded_memory_and_every_citation_stands() -> None:
    facts = {f"at_{place}": f"Clue {place} says that Runa painted {place}." for place in range(500, 70_000, 3_000)}
    text = prose(70_000, **facts)
    request = about(text, "What did Runa paint?")
    cites = Scripted(
        lambda asked: " ".join(f"It was {n} [{n}]." for n in range(1, asked.messages[0].text.count("Clue") + 1))
    )
    r1 = Counting(copies("Runa"))
    team = longdoc(r1, cites, segment_tokens=6_000, overlap_tokens=200, from_tokens=16_000)
    tracemalloc.start()
    try:
        answer = await answer_of(team, request)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert COUNTER.count(text) >= 1_000_000
    assert peak < 30_000_000
    sources = SOURCE.findall(answer.text)
    assert len(sources) == len(facts)
    assert all(text[int(start) : int(end)] == words for _, _, start, end, words in sources)
    assert {words for *_, words in sources} == set(facts.values())
    assert request.run.verification == "verified"


class Counting(Scripted):
    """Scripted, but it keeps no requests: they would be the whole document."""

    async def stream(self, request: Request):  # type: ignore[no-untyped-def]
        async for chunk in super().stream(request):
            yield chunk
        self.requests.clear()


async def test_the_question_may_stand_in_the_document_s_own_message() -> None:
    pro = Scripted("48151 [1]")
    request = ask((Message("system", "Be brief."), Message("user", f"{TEXT}\n\n{QUESTION}")))
    await answer_of(longdoc(Scripted(copies("Runa")), pro), request)
    assert pro.requests[0].messages[0].text == "Be brief."
    assert pro.requests[0].question.endswith(QUESTION)
    assert "In year 3 " not in pro.requests[0].question
