"""The texts that the tagger is trained on: their labels are right, and they need nothing that is not here."""

import random

import pytest

from cothink.privacy.rules.checksums import is_cn_id
from cothink.privacy.spans import TYPES
from cothink.privacy.training import chinese
from cothink.privacy.training.background import chinese_noise, chinese_words
from cothink.privacy.training.english import slots
from cothink.privacy.training.english_names import Lists
from cothink.privacy.training.fill import SLOT, Example, Value, fill, joined, misspelt, templates

RNG_SEED = 3


@pytest.mark.parametrize("language", ["english", "chinese"])
def test_every_slot_of_a_template_can_be_filled_and_its_span_fits(language: str) -> None:
    known = slots(Lists(wide=False)) if language == "english" else chinese.slots()
    rng = random.Random(RNG_SEED)
    for template in templates(language):
        example = fill(template, known, rng)
        assert [name for name in SLOT.findall(example.text) if name in known] == []
        for start, end, kind in example.spans:
            assert kind in TYPES
            assert example.text[start:end].strip()


def test_the_same_seed_gives_the_same_text() -> None:
    def made() -> Example:
        return fill("{p} {a} {id}", chinese.slots(), random.Random(RNG_SEED))

    assert made() == made()


def test_an_identity_card_that_is_made_up_passes_its_check() -> None:
    rng = random.Random(RNG_SEED)
    assert all(is_cn_id(chinese.identity(rng)) for _ in range(100))


def test_texts_put_together_keep_their_spans() -> None:
    one, two = Example("Ann.", ((0, 3, "PERSON"),)), Example("Bob", ((0, 3, "PERSON"),))
    whole = joined([one, two], " ")
    assert [whole.text[start:end] for start, end, _ in whole.spans] == ["Ann", "Bob"]


def test_slips_of_the_pen_move_no_span() -> None:
    example = fill("I am {x}.", {"x": lambda rng: Value("İda Lee", "PERSON")}, random.Random(RNG_SEED))
    for seed in range(100):
        slipped = misspelt(example, random.Random(seed))
        assert slipped.spans == example.spans
        assert slipped.text[5:12].lower()[-3:] == "lee"


def test_background_names_nobody() -> None:
    assert chinese_noise(chinese_words(), random.Random(RNG_SEED)).spans == ()
