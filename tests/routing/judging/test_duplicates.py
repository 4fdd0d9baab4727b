from cothink.routing.judging.duplicates import near

HEAD = "You are given a puzzle with many rules that are always the same and must be kept by you in every single case. "
BOOKS = [
    "A library lends nine books to each of twelve readers and gets back forty of "
    "them before the week is over, how many are out?",
    "Seven farmers share a field of ninety acres and two of them sell their parts to a third "
    "who pays in corn, who has most?",
]


def test_the_same_question_in_other_case_and_space_is_near() -> None:
    assert near(["What is  2 + 2?"], ["what is 2 + 2 ?", "what is 2 + 3 ?"], ["a"], ["a", "a"]) == [0]


def test_a_question_with_one_word_changed_is_near_and_another_is_not() -> None:
    changed = BOOKS[0].replace("over,", "over now,").replace("A library", "The library")
    assert near(BOOKS, [changed + " Say it in one word and nothing else please."], ["a"] * 2, ["b"]) == []
    assert near(BOOKS, ["The" + BOOKS[0][1:], BOOKS[1][::-1]], ["a"] * 2, ["b"] * 2) == [0]


def test_a_template_alone_makes_no_two_prompts_near() -> None:
    learned = [f"{HEAD}Row {i}: {' '.join(str(i * j) for j in range(1, 12))}" for i in range(1, 21)]
    judged = [f"{HEAD}Row {i}: {' '.join(str(i * j + 5) for j in range(1, 12))}" for i in range(30, 40)]
    assert near(learned, judged, ["puzzle"] * 20, ["puzzle"] * 10) == []


def test_nothing_learned_is_near_to_nothing() -> None:
    assert near([], ["a b c"], [], ["x"]) == []
