import pytest

from cothink.verify.agreement import check_agreement, normalise
from cothink.verify.config import VerifyConfig


def test_samples_that_write_one_value_in_many_ways_agree() -> None:
    found = check_agreement(["The answer is 0.5.", "\\boxed{\\frac12}", "Answer: 1/2", "#### 50%"])
    assert found.verdict.stands
    assert found.verdict.score == 1
    assert found.groups[0].members == (0, 1, 2, 3)


def test_dissent_is_named_in_the_evidence() -> None:
    found = check_agreement(["\\boxed{12}", "\\boxed{12}", "\\boxed{12}", "\\boxed{21}"])
    assert found.verdict.stands
    assert found.verdict.score == 0.75
    assert "“21” (1)" in found.verdict.evidence
    assert found.representative == 0


def test_samples_that_all_differ_fall() -> None:
    assert check_agreement([f"\\boxed{{{n}}}" for n in range(5)]).verdict.falls


def test_a_bare_half_is_unsure() -> None:
    assert check_agreement(["\\boxed{1}", "\\boxed{1}", "\\boxed{2}", "\\boxed{3}"]).verdict.unsure


@pytest.mark.parametrize("samples", [[], ["I do not know", "it is hard to say"], ["", " "], ["\\boxed{5}"]])
def test_too_little_to_read_is_unsure(samples: list[str]) -> None:
    assert check_agreement(samples).verdict.unsure


def test_unread_samples_count_against_the_share_and_are_named() -> None:
    found = check_agreement(["\\boxed{5}", "\\boxed{5}", "well, who knows", "\\boxed{5}"])
    assert found.unread == (2,)
    assert found.verdict.score == 0.75
    assert "1 without a final answer" in found.verdict.evidence


def test_the_largest_group_comes_first_and_represents() -> None:
    found = check_agreement(["\\boxed{1}", "\\boxed{2}", "\\boxed{2.0}"])
    assert [group.members for group in found.groups] == [(1, 2), (0,)]
    assert found.representative == 1


def test_closed_answers_agree_after_normalising() -> None:
    found = check_agreement(["Paris", "paris.", "The answer is: **Paris**", "Lyon"], kind="closed")
    assert found.verdict.stands
    assert found.verdict.score == 0.75


def test_thresholds_come_from_the_config() -> None:
    samples = ["\\boxed{1}", "\\boxed{1}", "\\boxed{2}"]
    assert check_agreement(samples, config=VerifyConfig(agreement_stands=0.9)).verdict.unsure


def test_chinese_and_full_width_answers_normalise() -> None:
    assert normalise("　北京。") == normalise("北京")
    assert normalise("ＡＢＣ") == "abc"
