import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from cothink.core.errors import Forbidden
from cothink.risk.brief import Brief
from cothink.risk.portrait import Portrait, Range
from cothink.risk.reading import Heard
from risk.parts import FakeScoring

BRIEF = Brief(FakeScoring().portrait)
WORD = some.text(max_size=20)
ANY = some.none() | some.booleans() | some.integers(-(10**15), 10**15) | some.floats(allow_nan=True) | WORD
HEARD = some.builds(
    Heard,
    some.sampled_from(["read", "no_words", "unreadable", "failed", "not_on_site"]),
    some.sampled_from(["negative", "neutral", "positive"]),
    said=some.dictionaries(WORD, some.integers(0, 99), max_size=4),
    contradicted=some.lists(some.sampled_from(["income", "home", "名"]) | WORD, max_size=4).map(tuple),
)


NOTHING = Heard("no_words")
LEVELS, STATES = {"own", "rent", "level_2", "rare", "none"}, {"read", "no_words", "not_read"}
CLOSED = LEVELS | STATES | {"negative", "neutral", "positive"}


def cleared(form, heard=NOTHING):
    return json.loads(BRIEF.clear(form, heard).text)


def test_numbers_leave_with_three_digits_within_the_usual_range():
    assert cleared({"income": 41_234.56})["form_income"] == 41_200
    assert cleared({"income": 13_857_124_409})["form_income"] == 98_000
    assert cleared({"income": -5})["form_income"] == 12_000
    assert cleared({"dti": 0.123456})["form_dti"] == 0.123
    assert cleared({"income": "13857124409 Ann"})["form_income"] is None


def test_words_leave_only_as_levels_that_the_scorecard_knows():
    assert cleared({"home": "rent"})["form_home"] == "rent"
    assert cleared({"home": "自有"})["form_home"] == "level_2"
    assert cleared({"home": "Ann Lee, 5 Elm St"})["form_home"] == "rare"
    assert cleared({})["form_home"] == "none"
    assert cleared({"issued": "2011-03 Ann"})["form_issued"] == 2011
    assert cleared({"issued": "Ann 2011"})["form_issued"] is None


def test_a_reading_leaves_as_counts_and_closed_words():
    heard = Heard("read", "negative", True, None, {"cash_strain": 40}, ("home", "nickname"), 3)
    told = cleared({}, heard)
    assert (told["text_state"], told["text_mood"], told["text_says_cash_strain"]) == ("read", "negative", 20)
    assert told["text_contradicts"] == ["form_home"]
    assert cleared({}, Heard("failed"))["text_state"] == "not_read"


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # on a machine that is busy with other things
@given(some.dictionaries(some.sampled_from(["income", "dti", "issued", "home"]) | WORD, ANY, max_size=6), HEARD)
def test_whatever_comes_only_the_closed_schema_leaves(form, heard):
    try:
        told = cleared(form, heard)
    except Forbidden:
        return  # nothing left
    assert tuple(told) == BRIEF.features
    for value in told.values():
        if isinstance(value, list):
            assert set(value) <= {"form_income", "form_dti", "form_issued", "form_home"}
        else:
            assert value is None or isinstance(value, bool | int | float) or value in CLOSED


def test_names_that_are_no_labels_become_labels_unlike_each_other():
    names = {"年收入": Range(0, 1, 2), "月收入": Range(0, 1, 2), "A b!": Range(0, 1, 2), "a_b": Range(0, 1, 2)}
    brief = Brief(Portrait(names, (), {}, (), 0.1, reads=False))
    labels = [one for one in brief.features if one.startswith("form_")]
    assert len(set(labels)) == 4
    assert all(label.isascii() for label in labels)


def test_a_number_too_wide_for_a_closed_schema_stays_here():
    brief = Brief(Portrait({"id": Range(0, 1, 1e12)}, (), {}, (), 0.1, reads=False))
    assert "form_id" not in brief.features
    assert json.loads(brief.clear({"id": 5}, Heard("no_words")).text)["text_state"] == "no_words"


@pytest.mark.parametrize(
    ("low", "high"), [(0, 0), (-3, -1), (1e-7, 2e-7), (-999_999_999, 999_999_999), (0.5, 123456.7)]
)
def test_any_range_gives_numbers_that_the_schema_takes(low, high):
    brief = Brief(Portrait({"x": Range(low, (low + high) / 2, high)}, (), {}, (), 0.1, reads=False))
    for value in (low, high, (low + high) / 3, -1e14, 1e14, 0):
        json.loads(brief.clear({"x": value}, Heard("no_words")).text)
