import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.privacy.names.tagger import SCALE, Stored, Tagger, pack, spans_of
from cothink.privacy.names.tokens import tokens
from cothink.privacy.spans import Span, Trust

LABELS = ["O", "B-PERSON", "I-PERSON"]
STAY = [[0, 0, -1_000_000], [0, 0, 0], [0, 0, 0]]


def tagger(features: dict[str, dict[int, int]], *, lean: float = 0) -> Tagger:
    packed = {name: pack(weights, len(LABELS)) for name, weights in features.items()}
    return Tagger(Stored(LABELS, STAY, {"n": "ann\tlee"}, packed), lean=lean)


def test_weights_add_up_and_the_best_path_wins() -> None:
    model = tagger({"Aann": {1: SCALE, 0: -SCALE}, "Alee": {2: SCALE, 1: SCALE // 2, 0: -SCALE}, "A?": {0: SCALE}})
    assert list(model.find("then Ann Lee left")) == [Span(5, 12, "PERSON", Trust.TAGGED)]


def test_a_label_that_goes_on_with_nothing_before_it_is_not_taken() -> None:
    assert model_labels(tagger({"Alee": {2: 3 * SCALE}}), "Lee") != ["I-PERSON"]


def model_labels(model: Tagger, text: str) -> list[str]:
    return model.labels(tokens(text))


def test_leaning_takes_doubtful_words_for_names() -> None:
    features = {"Aann": {1: SCALE, 0: 2 * SCALE}}
    assert model_labels(tagger(features), "Ann") == ["O"]
    assert model_labels(tagger(features, lean=1.5), "Ann") == ["B-PERSON"]


@given(st.lists(st.lists(st.integers(-998, 998), min_size=3, max_size=3), min_size=1, max_size=26))
def test_packed_weights_are_the_sums_that_they_should_be(rows: list[list[int]]) -> None:
    model = tagger({f"f{i}": dict(enumerate(row)) for i, row in enumerate(rows)})
    scores = model._scores([f"f{i}" for i in range(len(rows))])
    assert [score - 2**15 for score in scores] == [sum(column) for column in zip(*rows, strict=True)]


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (["B-PERSON", "I-PERSON", "O"], [(0, 3)]),
        (["B-PERSON", "B-PERSON", "O"], [(0, 1), (2, 3)]),
        (["O", "O", "B-PERSON"], [(4, 5)]),
        (["O", "O", "O"], []),
    ],
)
def test_runs_of_labels_are_spans(labels: list[str], found: list[tuple[int, int]]) -> None:
    assert [(span.start, span.end) for span in spans_of(labels, tokens("a b c"))] == found


def test_a_text_is_cut_into_characters_words_and_numbers() -> None:
    cut = tokens("Ann's 王芳 paid 1200\nin 1999.")
    assert cut.words == ["ann", "'s", "王", "芳", "paid", "0000", "\n", "in", "year", "."]
    assert cut.shapes == ["Xx", "p", "h", "h", "x", "d4", "N", "x", "d4", "p"]
