import pytest

from cothink.core.errors import SettingError
from cothink.evaluation.retention import FEWEST_TURNS, conversations


@pytest.mark.parametrize("turns", [FEWEST_TURNS, 7, 12, 60])
def test_facts_are_told_before_they_are_asked_and_every_turn_is_used(turns):
    for task in conversations(20, turns, seed=1):
        assert len(task.turns) == turns
        assert len({fact.asked for fact in task.facts}) == len(task.facts)
        for fact in task.facts:
            assert fact.told < fact.asked
            assert fact.truth in task.turns[fact.told]
            assert fact.name in task.turns[fact.asked]
            assert fact.truth not in task.turns[fact.asked]


def test_one_fact_is_corrected_on_the_way():
    for task in conversations(20, 12):
        (changed,) = [fact for fact in task.facts if fact.was]
        assert changed.was != changed.truth
        assert f"not {changed.was}" in task.turns[changed.told]


def test_a_seed_makes_the_same_conversations_and_more_of_them_begin_alike():
    assert conversations(3, 9, seed=5) == conversations(8, 9, seed=5)[:3]
    assert conversations(3, 9, seed=5) != conversations(3, 9, seed=6)


@pytest.mark.parametrize("turns", [0, FEWEST_TURNS - 1, 201])
def test_too_few_or_too_many_turns_are_refused(turns):
    with pytest.raises(SettingError, match=f"--turns is {turns}; allowed is 6 to 200"):
        conversations(1, turns)
