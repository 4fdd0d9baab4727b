from pathlib import Path

import numpy as np
import pytest

from cothink.core.errors import SettingError
from cothink.routing.learned.model import Router
from cothink.routing.learned.recorded import load
from cothink.routing.learned.train import train


def gain(router: Router, prompt: str) -> float:
    p = router.score(prompt).p
    return p["pro"] - p["r1"]


def test_the_router_knows_which_model_is_better_at_which_kind(router: Router) -> None:
    numbers = "12, 7, 993, 41, 8, 77, 23"
    assert gain(router, f"Compute the standard deviation of the measurements {numbers}.") > 0.3
    assert gain(router, f"Put this list into ascending order: {numbers}.") < -0.2
    assert router.score(f"Put this list into ascending order: {numbers}.").kind == "sort"


def test_a_larger_prompt_of_a_kind_is_harder(router: Router) -> None:
    few, many = ", ".join(["123"] * 3), ", ".join(["1234"] * 30)
    template = "Find the median of the sample {} and explain it."
    assert router.score(template.format(few)).p["r1"] > router.score(template.format(many)).p["r1"]


def test_what_was_never_seen_is_not_known_and_goes_to_the_better_single_model(router: Router) -> None:
    seen = router.score("Add these numbers and give the total: 5, 6, 7, 8.")
    strange = router.score("Compose a haiku about the loneliness of lighthouse keepers in winter")
    assert seen.known > 0.5 > strange.known
    better = router.about.models[router.about.default]
    assert strange.p[better] >= max(strange.p.values())


def test_chances_are_chances_for_any_prompt(router: Router) -> None:
    for prompt in ("", " ", "?", "数独" * 50, "x" * 100_000, "\ud800"):
        found = router.score(prompt)
        assert all(0 <= one <= 1 for one in found.p.values()) and 0 <= found.known <= 1


def test_training_twice_gives_the_same_router(recorded_folder: Path, router: Router) -> None:
    from routing.outcomes import QUICK

    again = train(load(recorded_folder, ["r1", "pro"]), QUICK)
    assert again.score("Add these numbers and give the total: 1, 2.") == router.score(
        "Add these numbers and give the total: 1, 2."
    )


def test_any_number_of_models_is_scored(recorded_folder: Path) -> None:
    from routing.outcomes import QUICK

    p = (
        train(load(recorded_folder, ["r1", "pro", "third"]), QUICK)
        .score("Which of the following are prime numbers? 7, 9")
        .p
    )
    assert list(p) == ["r1", "pro", "third"]
    assert p["third"] < p["pro"]


def test_too_little_to_learn_from_is_refused(recorded_folder: Path) -> None:
    with pytest.raises(SettingError, match="needs two models and 40 prompts; there are 2 and 10"):
        train(load(recorded_folder, ["r1", "pro"]).take(np.arange(10)))
