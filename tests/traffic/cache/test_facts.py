"""What two questions must agree on: each difference is refused by its name."""

import pytest

from cothink.traffic.cache.semantic.facts import differs
from cothink.traffic.cache.semantic.words import stem, words_of

APART = [
    ("How do I convert 5 km to miles?", "How do I convert 5 miles to km?", "units"),
    ("How do I go from km to miles?", "How do I go from miles to km?", "order"),
    ("Can I do it in 5 days?", "Can I do it in 6 days?", "numbers"),
    ("I need two tickets", "I need three tickets", "numbers"),
    ("Is €10 enough?", "Is $10 enough?", "symbols"),
    ("Is 10 kg too much?", "Is 10 lb too much?", "units"),
    ("What is 3 minus 5?", "What is 5 minus 3?", "numbers"),
    ("Should I eat before a swim?", "Should I eat after a swim?", "direction"),
    ("Is it safe to swim here?", "Is it not safe to swim here?", "negation"),
    ("Why do people trust banks?", "Why don't people trust banks?", "negation"),
    ("Tea without sugar is good", "Tea with sugar is good", "negation"),
    ("What is the capital of Austria?", "What is the capital of Australia?", "names"),
    ("Is the shop open on Monday?", "Is the shop open on Friday?", "dates"),
    ("What does `a = 1` do?", "What does `a == 1` do?", "code"),
    ("Explain foo() to me", "Explain bar() to me", "code"),
    ("Open https://a.example/x", "Open https://a.example/y", "code"),
    ('Who said "I came"?', 'Who said "I saw"?', "quotes"),
    ("How do I bake bread?", "Why do I bake bread?", "question"),
    ("Can I fly with a knife?", "Should I fly with a knife?", "modal"),
    ("Do dogs chase cats?", "Do cats chase dogs?", "order"),
    ("Boeing acquired the firm", "Boeing was acquired by the firm", "voice"),
    ("Is a man taller?", "Is a woman taller?", "opposites"),
    ("Is this cheap?", "Is this expensive?", "opposites"),
    ("Who is the owner?", "Who was the owner?", "tense"),
    ("I only want tea", "I want tea", "amount"),
    ("They sing at night", "They dance and sing at night", "list"),
    ("It is not good", "It is not just good", "list"),
    ("They also sell bread and now bake cakes", "They now sell bread and also bake cakes", "adverb"),
]
ALIKE = [
    ("How do I bake bread?", "What is the best way to bake bread?"),
    ("how to bake bread", "Can you please tell me how to bake bread?"),
    ("What's the meaning of osmosis?", "What does osmosis mean?"),
    ("What is the difference between AC and DC?", "What is the difference between DC and AC?"),
    ("Is 1,000 enough?", "is 1000 enough"),
    ("I can't swim, why?", "I cannot swim, why?"),
]


@pytest.mark.parametrize(("a", "b", "reason"), APART, ids=[f"{case[2]} {number}" for number, case in enumerate(APART)])
def test_a_difference_is_refused_by_its_name_whichever_comes_first(a, b, reason):
    assert differs(words_of(a), words_of(b)) == reason
    assert differs(words_of(b), words_of(a)) is not None


@pytest.mark.parametrize(("a", "b"), ALIKE)
def test_another_wording_of_the_same_question_passes(a, b):
    assert differs(words_of(a), words_of(b)) is None
    assert words_of(a).content == words_of(b).content


@pytest.mark.parametrize(
    ("one", "other"),
    [("running", "runs"), ("studies", "studied"), ("boxes", "box"), ("improvement", "improve"), ("went", "go")],
)
def test_forms_of_a_word_have_one_stem(one, other):
    assert stem(one) == stem(other)


@pytest.mark.parametrize(("one", "other"), [("apart", "apartment"), ("nat", "nation"), ("glas", "glass")])
def test_other_words_keep_their_own(one, other):
    assert stem(one) != stem(other)
