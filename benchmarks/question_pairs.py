"""Pairs of questions made from templates, English and Chinese: rewordings (label 1) and edits that change the question
(label 0). Training and judging draw from different topics, so that what is judged was not seen.

    python benchmarks/question_pairs.py --count 2000 --seed 1 --out pairs.jsonl
"""

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path

ENGLISH_SEEN = {
    "verb": [
        ("learn", "study"), ("fix", "repair"), ("buy", "purchase"), ("remove", "delete"), ("improve", "enhance"),
        ("start", "begin"), ("clean", "wash"), ("choose", "select"), ("build", "build"), ("install", "install"),
        ("grow", "grow"), ("sell", "sell"), ("open", "open"), ("cancel", "cancel"), ("translate", "translate"),
    ],
    "object": [
        "a wooden table", "my wedding photos", "a leather jacket", "the kitchen sink", "an electric bike",
        "a rental contract", "my handwriting", "tomatoes on a balcony", "a savings account", "my phone screen",
        "a mountain tent", "an old piano", "a birthday cake", "the garage door", "a company logo", "my passport photo",
    ],
    "name": ["Java", "Python", "Germany", "Canada", "Berlin", "Toronto", "Excel", "Photoshop", "Google", "Netflix",
             "Spanish", "Japanese", "Toyota", "Honda", "Einstein", "Newton", "Linux", "Windows"],
    "thing": ["laptop", "camera", "mattress", "bicycle", "printer", "guitar", "blender", "backpack", "drill", "heater"],
    "kind": ["gaming", "wireless", "wooden", "portable", "second-hand", "waterproof", "electric", "foldable"],
    "topic": ["photosynthesis", "inflation", "recursion", "osmosis", "blockchain", "gravity", "erosion", "entropy"],
}  # fmt: skip
ENGLISH_KEPT = {
    "verb": [
        ("cook", "prepare"), ("paint", "paint"), ("replace", "replace"), ("learn", "study"), ("delete", "erase"),
        ("find", "find"), ("make", "create"), ("repair", "fix"), ("protect", "protect"), ("rent", "rent"),
    ],
    "object": [
        "brown rice", "the bathroom ceiling", "a car battery", "the violin", "my browser history", "a good dentist",
        "a paper lantern", "a broken zipper", "my garden from snails", "a storage unit", "a paint brush",
    ],
    "name": ["Rust", "Kotlin", "Norway", "Chile", "Madrid", "Osaka", "Figma", "Blender", "Amazon", "Spotify", "French",
             "Korean", "Volvo", "Mazda", "Darwin", "Tesla", "Debian", "Ubuntu"],
    "thing": ["phone", "tablet", "sofa", "kettle", "scanner", "violin", "freezer", "suitcase", "mower", "router"],
    "kind": ["cordless", "vintage", "inflatable", "bluetooth", "stainless", "compact", "solar", "folding"],
    "topic": ["fermentation", "deflation", "polymorphism", "diffusion", "encryption", "friction", "sedimentation"],
}  # fmt: skip
HOW = ("How do I {}?", "How can I {}?", "What is the best way to {}?", "How to {}?", "What's the right way to {}?",
       "Can you tell me how to {}?", "how should i {}", "Could you please explain how to {}?", "How would one {}?",
       "What are some good ways to {}?", "Please tell me how to {}.", "I want to know how to {}.")  # fmt: skip
WHAT = (
    "What is {}?",
    "What's {}?",
    "Can you explain what {} is?",
    "Please explain {}.",
    "Could you tell me what {} is?",
)
BEST = ("What is the best {} for {}?", "What's the best {} for {}?", "Which is the best {} for {}?",
        "which {} is best for {}", "Which {} is the best for {}?")  # fmt: skip
WHY = ("Why is {} so popular in {}?", "What is the reason that {} is so popular in {}?", "why is {} so popular in {}",
       "How come {} is so popular in {}?", "Can you explain why {} is so popular in {}?")  # fmt: skip
LONG = ("How long does it take to {} in {} days?", "Is it possible to {} in {} days?", "Can I {} in {} days?")
ADDED = ("for a beginner", "without any tools", "at night", "for children", "in winter", "on a small budget", "twice",
         "for the last time", "as a student", "with one hand", "in a hurry", "abroad")  # fmt: skip
FLIPS = (("before", "after"), ("with", "without"), ("from", "to"), ("above", "below"))


def english(random_: random.Random, words: dict[str, list]) -> Iterator[tuple[str, str, int, str]]:
    """Yield pairs without end: a, b, label, what was done."""
    pick = random_.choice
    while True:
        verb, twin = pick(words["verb"])
        thing, other_thing = random_.sample(words["thing"], 2)
        name, other_name = random_.sample(words["name"], 2)
        topic, other_topic = random_.sample(words["topic"], 2)
        first, second = random_.sample(words["object"], 2)
        deed = f"{verb} {first}"
        days, other_days = random_.sample(range(2, 90), 2)
        how, again = random_.sample(HOW, 2)
        best, best_again = random_.sample(BEST, 2)
        yield how.format(deed), again.format(deed), 1, "frame"
        yield how.format(deed), pick(HOW).format(f"{twin} {first}"), 1, "synonym"
        yield (pair := random_.sample(WHAT, 2))[0].format(topic), pair[1].format(topic), 1, "frame"
        yield best.format(thing, name), best_again.format(thing, name), 1, "frame"
        yield (pair := random_.sample(WHY, 2))[0].format(topic, name), pair[1].format(topic, name), 1, "frame"
        yield _typed(how.format(deed), random_), how.format(deed), 1, "spelling"

        yield how.format(deed), again.format(f"{verb} {second}"), 0, "object"
        yield (
            how.format(deed),
            again.format(f"{pick(words['verb'])[0] if verb != twin else 'describe'} {second}"),
            0,
            "deed",
        )
        yield pick(LONG[1:]).format(deed, days), pick(LONG[1:]).format(deed, other_days), 0, "number"
        yield best.format(thing, name), best_again.format(thing, other_name), 0, "name"
        yield best.format(thing, name), best_again.format(other_thing, name), 0, "thing"
        yield best.format(thing, name), best_again.format(f"{pick(words['kind'])} {thing}", name), 0, "added"
        yield how.format(deed), how.format(f"{deed} {pick(ADDED)}"), 0, "added"
        yield f"Should I {deed}?", f"Should I not {deed}?", 0, "negation"
        yield f"Is it safe to {deed}?", f"Is it not safe to {deed}?", 0, "negation"
        yield how.format(deed), f"Why should I {deed}?", 0, "question"
        yield f"Can I {deed}?", f"Should I {deed}?", 0, "modal"
        yield (f"How do I move my files from {name} to {other_name}?",
               f"How do I move my files from {other_name} to {name}?", 0, "order")  # fmt: skip
        yield f"Is {name} better than {other_name}?", f"Is {other_name} better than {name}?", 0, "order"
        yield WHAT[0].format(topic), WHAT[1].format(other_topic), 0, "topic"
        yield (
            f"What happened in {name} in {1900 + days}?",
            f"What happened in {name} in {1900 + other_days}?",
            0,
            "date",
        )
        yield f"Is the shop open on Monday at {days}?", f"Is the shop open on Friday at {days}?", 0, "date"
        one, other = pick(FLIPS)
        yield f"Should I {deed} {one} the visit?", f"Should I {deed} {other} the visit?", 0, "opposite"
        yield f"What does `x = {days}` do in {name}?", f"What does `x == {days}` do in {name}?", 0, "code"
        yield f"Who was the first president of {name}?", f"Who was the second president of {name}?", 0, "number"
        yield f"How do I convert {days} km to miles?", f"How do I convert {days} miles to km?", 0, "order"
        yield f"Who is the owner of {name}?", f"Who was the owner of {name}?", 0, "tense"


CHINESE_SEEN = {
    "deed": [
        "学习英语",
        "修理自行车",
        "注册公司",
        "做红烧肉",
        "办理护照",
        "养金鱼",
        "清洗空调",
        "申请奖学金",
        "下载地图",
    ],
    "name": ["北京", "上海", "华为", "小米", "德国", "法国", "张伟", "王芳"],
    "thing": ["电脑", "相机", "床垫", "打印机", "吉他", "背包", "冰箱"],
    "topic": ["光合作用", "通货膨胀", "区块链", "万有引力", "递归"],
}
CHINESE_KEPT = {
    "deed": ["学习绘画", "更换电池", "办理签证", "做糖醋鱼", "种西红柿", "安装窗帘", "取消会员", "提高听力"],
    "name": ["广州", "成都", "苹果", "联想", "英国", "日本", "李娜", "刘洋"],
    "thing": ["手机", "耳机", "沙发", "键盘", "钢琴", "行李箱", "烤箱"],
    "topic": ["呼吸作用", "人工智能", "摩擦力", "多态", "加密"],
}
HOW_ZH = (
    "怎么{}？",
    "如何{}？",
    "怎样{}",
    "请问怎么{}呢？",
    "请问如何{}",
    "怎么样{}啊？",
    "我想知道怎么{}",
    "应该怎么{}？",
)
WHAT_ZH = ("什么是{}？", "什么叫{}", "请问什么是{}？", "{}是什么？", "{}是什么意思")
BEST_ZH = ("{}最好的{}是哪个？", "{}最好的{}是哪一个", "请问{}最好的{}是哪个呀")


def chinese(random_: random.Random, words: dict[str, list]) -> Iterator[tuple[str, str, int, str]]:
    """The same in Chinese."""
    while True:
        deed, other_deed = random_.sample(words["deed"], 2)
        name, other_name = random_.sample(words["name"], 2)
        thing, other_thing = random_.sample(words["thing"], 2)
        topic, other_topic = random_.sample(words["topic"], 2)
        how, again = random_.sample(HOW_ZH, 2)
        best, best_again = random_.sample(BEST_ZH, 2)
        days, other_days = random_.sample(range(2, 90), 2)
        yield how.format(deed), again.format(deed), 1, "frame"
        yield (pair := random_.sample(WHAT_ZH[:3], 2))[0].format(topic), pair[1].format(topic), 1, "frame"
        yield best.format(name, thing), best_again.format(name, thing), 1, "frame"
        yield f"为什么{topic}这么难？", f"为何{topic}这么难啊", 1, "frame"
        yield how.format(deed), again.format(other_deed), 0, "deed"
        yield WHAT_ZH[0].format(topic), WHAT_ZH[2].format(other_topic), 0, "topic"
        yield best.format(name, thing), best_again.format(other_name, thing), 0, "name"
        yield best.format(name, thing), best_again.format(name, other_thing), 0, "thing"
        yield f"{days}天能{deed}吗？", f"{other_days}天能{deed}吗？", 0, "number"
        yield f"可以{deed}吗？", f"不可以{deed}吗？", 0, "negation"
        yield f"怎么{deed}？", f"为什么{deed}？", 0, "question"
        yield f"从{name}到{other_name}怎么走？", f"从{other_name}到{name}怎么走？", 0, "order"
        yield f"{name}比{other_name}好吗？", f"{other_name}比{name}好吗？", 0, "order"
        yield f"怎么买{thing}？", f"怎么卖{thing}？", 0, "opposite"
        yield f"今天可以{deed}吗", f"明天可以{deed}吗", 0, "date"
        yield f"{deed}之前要做什么", f"{deed}之后要做什么", 0, "opposite"
        yield f"怎么{deed}", f"怎么快速{deed}", 0, "added"


def _typed(text: str, random_: random.Random) -> str:
    """As people type: no capitals, no question mark, a space too many."""
    text = text.lower().rstrip("?.")
    return text.replace("what is", "what's") if random_.random() < 0.5 else text + " "


def pairs(count: int, seed: int, *, seen: bool, language: str) -> list[dict[str, object]]:
    """Return so many different pairs.

    Args:
        count: How many.
        seed: The same seed gives the same pairs.
        seen: From the topics for training; else from those that are kept for judging.
        language: ``en`` or ``zh``.
    """
    random_ = random.Random(seed)
    if language == "en":
        source = english(random_, ENGLISH_SEEN if seen else ENGLISH_KEPT)
    else:
        source = chinese(random_, CHINESE_SEEN if seen else CHINESE_KEPT)
    found: dict[tuple[str, str], dict[str, object]] = {}
    for _ in range(count * 20):
        a, b, label, kind = next(source)
        if a != b:
            found.setdefault((a, b), {"a": a, "b": b, "label": label, "kind": kind})
        if len(found) >= count:
            break
    return list(found.values())


def main() -> None:
    """Write pairs of both languages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    rows = [*pairs(options.count // 2, options.seed, seen=False, language="en"),
            *pairs(options.count // 2, options.seed, seen=False, language="zh")]  # fmt: skip
    options.out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


if __name__ == "__main__":
    main()
