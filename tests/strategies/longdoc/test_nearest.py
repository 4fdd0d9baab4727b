import pytest

from cothink.strategies.longdoc.document import Document, Piece
from cothink.strategies.longdoc.nearest import nearest
from strategies.longdoc.writing import FACT, QUESTION, longdoc, of_text, prose
from strategies.scripted import Scripted, answer_of, ask

ZH = "这是一条河。石桥在城外。" * 300 + "顾先生在门上写的数字是48151。" + "市场很热闹。" * 300


@pytest.mark.parametrize(
    ("text", "question", "fact"),
    [
        (prose(3_000, at_1700=FACT), QUESTION, FACT),
        (ZH, "顾先生在门上写的数字是多少？", "顾先生在门上写的数字是48151。"),
    ],
)
def test_the_sentence_with_the_question_s_rare_words_is_found_at_its_place(text: str, question: str, fact: str) -> None:
    document = of_text(text, question)
    assert fact in [passage.text(document) for passage in nearest(document, 3)]


def test_nothing_near_gives_nothing() -> None:
    assert nearest(of_text(prose(300), "Whose violin burned at Christmas?"), 3) == ()
    assert nearest(of_text(prose(300), "?"), 3) == ()
    assert nearest(of_text(prose(300, at_9=FACT)), 0) == ()


def test_places_hold_where_lower_case_has_another_length() -> None:
    text = "İstanbul. " * 400 + FACT
    document = Document((Piece(0, None, text, 5, len(text)),), QUESTION)
    assert [passage.text(document) for passage in nearest(document, 1)] == [FACT]


async def test_what_r1_overlooks_reaches_the_pro_by_the_search() -> None:
    pro = Scripted("48151 [1]")
    request = ask(f"{prose(300, at_170=FACT)}\n\n{QUESTION}")
    answer = await answer_of(longdoc(Scripted("NONE"), pro, word_search=2), request)
    assert FACT in pro.requests[0].messages[0].text
    assert FACT in answer.text
