"""The check for Chinese: manners may differ, meaning may not."""

import pytest

from cothink.traffic.cache.semantic.chinese import judge, letters_of

SAME = [
    ("请问怎么注册公司？", "如何注册公司"),
    ("为什么天空是蓝色的？", "为何天空是蓝色"),
    ("什么叫光合作用", "请问什么是光合作用呢？"),
    ("我想知道怎样学习英语", "怎么学习英语啊"),
]
APART = [
    ("三天能学会游泳吗", "五天能学会游泳吗", "numbers"),
    ("3天能学会游泳吗", "5天能学会游泳吗", "numbers"),
    ("可以喝水吗", "不可以喝水吗", "negation"),
    ("怎么买电脑", "怎么卖电脑", "opposites"),
    ("从北京到成都怎么走", "从成都到北京怎么走", "order"),
    ("怎么学习英语", "为什么学习英语", "question"),
    ("你是谁", "我是谁", "opposites"),
    ("怎么学习英语", "怎么学习日语", "words"),
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_manners_and_particles_do_not_matter(a, b):
    assert judge(letters_of(a), letters_of(b), 0.9)[0] > 0.95


@pytest.mark.parametrize(("a", "b", "reason"), APART)
def test_what_changes_the_question_is_refused_however_near_the_vectors_are(a, b, reason):
    similarity, why = judge(letters_of(a), letters_of(b), 0.999)
    assert similarity < 0.6
    assert why == reason


def test_a_long_statement_must_be_the_same_letter_by_letter():
    long = "他在北京的一所大学里学习了四年的历史和文学"
    assert judge(letters_of(long), letters_of(long + "。"), 1.0)[0] > 0.95
    assert judge(letters_of(long), letters_of(long.replace("的一所", "一所")), 1.0)[0] < 0.6
