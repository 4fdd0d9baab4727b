import json

import pytest

from cothink.core.chunk import Chunk
from cothink.core.engine import Stream
from cothink.core.errors import UpstreamBroken
from cothink.core.messages import Message
from cothink.core.request import Request
from cothink.core.run import Run
from cothink.privacy.detect import Detector
from cothink.privacy.reader import SecondReader

TEXT = "Zork of Blim called from 13857124409. Zork again, not Zorkon."


class Reads:
    """Says one text, and keeps what it was asked."""

    def __init__(self, said: str, *, whole: bool = True) -> None:
        self.said = said
        self.whole = whole
        self.requests: list[Request] = []

    async def stream(self, request: Request) -> Stream:
        self.requests.append(request)
        yield Chunk(text=self.said)
        if self.whole:
            yield Chunk(finish="stop")


def request() -> Request:
    return Request(model="r1", messages=(Message(role="user", content="x"),), run=Run("r"))


async def names(said: str, text: str = TEXT) -> list[tuple[str, str]]:
    found = await SecondReader(Detector(), Reads(said)).scan(text, request())
    return [(text[span.start : span.end], span.type) for span in found]


def says(*found: tuple[str, str]) -> str:
    return json.dumps({"found": [{"text": text, "type": kind} for text, kind in found]})


async def test_what_the_reader_names_is_a_span_wherever_it_stands_as_a_word() -> None:
    assert await names(says(("Zork", "PERSON"), ("Blim", "GPE"))) == [
        ("Zork", "PERSON"),
        ("Blim", "GPE"),
        ("13857124409", "PHONE_NUMBER"),
        ("Zork", "PERSON"),
    ]


@pytest.mark.parametrize(
    "said",
    [
        says(("Zonk", "PERSON"), ("zork", "PERSON"), ("Zork of Blim hung up", "PERSON")),
        says(("Zork", "NAME"), ("", "PERSON"), ("Z", "PERSON"), (". ", "PERSON")),
        "I find nothing.",
        '{"found": "Zork"}',
        "{" * 5000,
        "",
    ],
)
async def test_what_does_not_stand_in_the_text_or_is_no_answer_adds_nothing(said: str) -> None:
    assert await names(said) == [("13857124409", "PHONE_NUMBER")]


async def test_a_thousand_invented_quotes_add_nothing() -> None:
    invented = [(f"Invented Person {i}", "PERSON") for i in range(1000)]
    assert await names(says(*invented)) == [("13857124409", "PHONE_NUMBER")]


async def test_the_reader_sees_the_text_masked() -> None:
    engine = Reads(says())
    await SecondReader(Detector(), engine).scan(TEXT, request())
    (asked,) = engine.requests
    assert "13857124409" not in asked.messages[-1].text
    assert "<PHONE_NUMBER_1>" in asked.messages[-1].text


async def test_a_surer_find_of_the_rules_is_not_renamed() -> None:
    assert await names(says(("13857124409", "PERSON"))) == [("13857124409", "PHONE_NUMBER")]


async def test_a_reading_that_broke_off_is_an_error_and_not_an_empty_find() -> None:
    with pytest.raises(UpstreamBroken):
        await SecondReader(Detector(), Reads(says(), whole=False)).scan(TEXT, request())
