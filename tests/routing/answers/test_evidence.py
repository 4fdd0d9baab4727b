from cothink.routing.answers import evidence
from cothink.routing.answers.evidence import MISSING, Evidence


def read(found: Evidence) -> dict[str, float]:
    return dict(zip(evidence.NAMES, evidence.read(found), strict=True))


def test_what_was_not_had_has_a_sign_of_its_own() -> None:
    found = read(Evidence("Q", "4"))
    assert found["agree"] == found["tokens"] == found["sureness"] == MISSING
    assert found["stands"] == found["falls"] == found["others"] == 0


def test_further_answers_agree_by_their_final_answer() -> None:
    found = read(
        Evidence("Q", "<answer>The cat.</answer>", others=("I think so.\nAnswer: the cat", "Answer: a dog", ""))
    )
    assert found["agree"] == 1 / 3 and found["groups"] == 3 and found["others_empty"] == 1 / 3
    assert evidence.agreeing("<answer>4</answer>", ("Answer: 4", "Answer: 5")) == 1


def test_two_empty_answers_do_not_agree() -> None:
    assert read(Evidence("Q", "", others=("", "")))["agree"] == 0


def test_on_top_no_answer_asked_again_is_the_middle() -> None:
    signs = evidence.read(Evidence("Q", "4", "stands"))
    assert evidence.top(signs) == [1, 0, 0, 0, 0, 0, 0, 0]
    top = dict(zip(evidence.TOP, evidence.top(evidence.read(Evidence("Q", "4", others=("4", "4")))), strict=True))
    assert top["all_agree"] == 1 and top["agree"] > 0 and top["agree_unchecked"] == top["agree"]
