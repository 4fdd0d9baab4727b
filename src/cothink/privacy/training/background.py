"""English text that names nobody: common words, and sentences from the documentation that Python brings with it."""

import importlib
import inspect
import random
import re
from pathlib import Path
from typing import Final

from cothink.privacy.training.english_words import COMMON
from cothink.privacy.training.fill import Example

_DOCUMENTED: Final = (
    "argparse asyncio calendar collections configparser contextlib csv dataclasses datetime decimal difflib email enum fractions functools "
    "getpass gettext hashlib heapq imaplib inspect itertools json locale logging mailbox multiprocessing optparse os pathlib pickle platform "
    "pprint queue random re sched selectors shutil smtplib socket sqlite3 statistics string subprocess tarfile tempfile textwrap threading "
    "timeit trace turtle typing unittest urllib.parse urllib.request uuid weakref zipfile"
).split()  # fmt: skip
_PLAIN: Final = re.compile(r"[A-Z][a-z]*(?: [A-Za-z]+(?:['-][a-z]+)?[,;:]?){3,30}[.!?]")


def words() -> list[str]:
    """Return common words, many of them twice as common."""
    return [*COMMON, *COMMON, *(Path(__file__).parent / "common.txt").read_text(encoding="utf-8").split()]


def sentences() -> list[str]:
    """Return plain sentences from the standard library's own documentation."""
    from pydoc_data import topics

    texts = list(topics.topics.values())
    for name in _DOCUMENTED:
        module = importlib.import_module(name)
        texts.append(inspect.getdoc(module) or "")
        for _, member in inspect.getmembers(module, lambda one: inspect.isclass(one) or inspect.isroutine(one)):
            texts.append(inspect.getdoc(member) or "")
    plain = (" ".join(text.split()) for text in texts)
    return sorted({match[0] for text in plain for match in _PLAIN.finditer(text)})


def chinese_words() -> list[str]:
    """Return common Chinese words, and those that Faker has for filler text, where it is there."""
    known = (Path(__file__).parent / "common_zh.txt").read_text(encoding="utf-8").split()
    try:
        from faker import Faker
    except ImportError:
        return known
    return [*known, *known, *sorted(set(Faker("zh_CN").words(3000)))]


def chinese_noise(known: list[str], rng: random.Random) -> Example:
    """Return Chinese words in any order, as sentences."""
    text = ""
    for _ in range(rng.randint(1, 4)):
        for _ in range(rng.randint(2, 8)):
            text += rng.choice(known)
            if rng.random() < 0.25:
                text += rng.choice("的了在是有和不我他就都也要到说去会着没看好个两把被让给对从向跟还又很")
        text += rng.choice(("，", "，", "。", "；", "！", "？", " ", ""))
    return Example(text, ())


def noise(known: list[str], rng: random.Random) -> Example:
    """Return words in any order, as a sentence, seldom with capitals where none belong."""
    picked = [rng.choice(known) for _ in range(rng.randint(2, 20))]
    how = rng.random()
    if how < 0.12:
        picked = [word.capitalize() for word in picked]
    elif how < 0.18:
        picked = [word.upper() for word in picked]
    text = " ".join(word + "," if rng.random() < 0.07 else word for word in picked)
    return Example((text[0].upper() + text[1:] if rng.random() < 0.8 else text) + rng.choice((".", "!", "?", "")), ())
