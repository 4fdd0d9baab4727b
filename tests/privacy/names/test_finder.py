"""The tagger that is in the package, on texts that were written by hand and are not among those it was trained on."""

import pytest

from cothink.privacy.detect import Detector
from cothink.privacy.names.finder import Names
from privacy.marked import Marked, marked


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(Names.load())


def found(detector: Detector, text: str) -> list[tuple[str, str]]:
    return [(text[span.start : span.end], span.type) for span in detector.scan(text)]


def shares(detector: Detector, texts: list[Marked]) -> tuple[float, float]:
    """Recall and precision by overlap of at least half a span."""
    hit = total = right = named = 0
    for text, spans in texts:
        got = detector.scan(text)
        named += len(got)
        right += sum(any(one.start < end and start < one.end for start, end, _ in spans) for one in got)
        total += len(spans)
        for start, end, _ in spans:
            covered = sum(max(0, min(end, one.end) - max(start, one.start)) for one in got)
            hit += 2 * covered >= end - start
    return hit / total, right / named


@pytest.mark.parametrize(
    ("name", "least_recall", "least_precision"),
    [
        ("applications_zh.txt", 0.95, 0.9),
        ("letters_zh.txt", 0.95, 0.9),
        ("letters_en.txt", 0.95, 0.9),
        ("hard_zh.txt", 0.9, 0.8),
        ("more_zh.txt", 0.9, 0.8),
        ("last_zh.txt", 0.9, 0.9),
    ],
)
def test_names_and_places_are_found_in_texts_written_by_hand(
    detector: Detector, name: str, least_recall: float, least_precision: float
) -> None:
    recall, precision = shares(detector, marked(name))
    assert recall >= least_recall
    assert precision >= least_precision


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("我叫欧阳娜娜，想贷款。", "欧阳娜娜", "PERSON"),
        ("请联系张先生，谢谢。", "张先生", "PERSON"),
        (
            "本人王芳，现住浙江省杭州市西湖区文三路12号3幢402室。",
            "浙江省杭州市西湖区文三路12号3幢402室",
            "STREET_ADDRESS",
        ),
        ("我在杭州海蓝科技有限公司上班。", "杭州海蓝科技有限公司", "ORGANIZATION"),
        ("My name is Ingrid Sørensen and I live in Bergen.", "Ingrid Sørensen", "PERSON"),
        ("Dear Mr. O'Brien, thank you.", "O'Brien", "PERSON"),
        ("Send it to 12 High Street, Leeds, please.", "12 High Street", "STREET_ADDRESS"),
        ("She is 47 years old.", "47", "AGE"),
        ("A Norwegian bank called.", "Norwegian", "NRP"),
    ],
)
def test_what_a_reader_would_name_is_named(detector: Detector, text: str, value: str, kind: str) -> None:
    assert any(value in one and named == kind for one, named in found(detector, text))


def test_a_name_that_was_seen_once_is_found_again_without_its_context(detector: Detector) -> None:
    text = "申请人：诸葛青云，男。\n……\n诸葛青云"
    assert found(detector, text).count(("诸葛青云", "PERSON")) == 2


@pytest.mark.parametrize("text", ["", " ", "\n\n", "……", "2 + 2 = 4", "贷款利率是多少？", "What is the interest rate?"])
def test_where_nobody_is_named_nobody_is_found(detector: Detector, text: str) -> None:
    assert found(detector, text) == []


def test_a_long_text_is_tagged_piece_by_piece(detector: Detector) -> None:
    text = "How can I pay the loan back earlier? " * 900 + "My name is Ingrid Sørensen."
    assert ("Ingrid Sørensen", "PERSON") in found(detector, text)


def test_characters_outside_the_known_scripts_break_nothing(detector: Detector) -> None:
    text = "Ελένη Παπαδοπούλου из Москвы 🙂 \u202e\ufeff I\u0307stanbul ﬁ"
    assert all(0 <= span.start < span.end <= len(text) for span in detector.scan(text))
