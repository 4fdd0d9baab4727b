"""What two questions must agree on before anything else is looked at: numbers, names, negation, dates, code, order.

Each refusal has a name, which the trace and `cothink cache judge` show.
"""

import re
from collections import Counter
from itertools import pairwise

from cothink.traffic.cache.semantic.lexicon import DATE_WORDS, MARKERS, NEGATIONS, NUMBER_WORDS, listed
from cothink.traffic.cache.semantic.words import Words, are_opposed, may_be_same, stem

_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_QUOTED = re.compile(r"\"([^\"]{1,200})\"|“([^”]{1,200})”|``([^']{1,200})''|「([^」]{1,200})」|《([^》]{1,200})》")
_CODE = re.compile(
    r"`[^`]+`|https?://\S+|\S+@\S+\.\S+|\S*[{}\[\]<>=\\#|_~^*]\S*|\b\w+\([^)]*\)|[A-Za-z]+\d\w*|\S+\.\w{1,4}\b/\S*"
)
_UNIT = re.compile(r"\d\s*([%€$£¥°]|[A-Za-z]+|[年月日元块岁天个小时分秒米斤克度]+)")
_EXACT_UNITS = frozenset(["K", "M", "G", "B", "C", "F", "m"])
_UNITS = _EXACT_UNITS | {
    stem(unit)
    for unit in listed(
        """
    km mile meter metre cm mm inch foot feet ft yard kg gram g lb pound ounce oz ton litre liter ml gallon cup
    kb mb gb tb hz mhz ghz watt kw volt amp mph kph second minute hour day week month year percent dollar euro
    yen rupee am pm bit byte % 年 月 日 元 块 岁 天 个 小时 分 秒 米 斤 克 度
    """
    )
}
_BE = frozenset({"is", "are", "was", "were", "be", "been", "being"})
_CURRENCY = re.compile(r"[$€£¥%]")
_MODALS = (frozenset({"should", "must", "ought"}), frozenset({"can", "could", "may", "might"}), frozenset({"will"}))
_AMOUNTS = frozenset(
    listed(
        """
    only most least almost nearly never without other another same different else instead both
        subsequently previously formerly originally eventually recently initially finally
    """
    )
)
_DIRECTIONS = frozenset(
    listed(
        """
    from before after without with than unless until because if
    """
    )
)
_ADVERBS = frozenset({"also", "now", "then", "still", "already", "first", "later"})
_MOVABLE = frozenset({"best", "good"})  # "the best phone is", "which phone is best"
_ASKS_APART = frozenset(
    listed(
        """
        why how who when where meaning can feel opinion cost duration happens difference benefits drawbacks
        """
    )
)


def differs(a: Words, b: Words) -> str | None:
    """Return the name of the first fact in which two texts differ; None where they agree on all."""
    for name, look in _LOOKS:
        if look(a) != look(b):
            return name
    for name, differ in _PAIR_LOOKS:
        if differ(a, b):
            return name
    return None


def _lists_apart(a: Words, b: Words) -> bool:
    return _listed_more(a, b) or _listed_more(b, a)


def _listed_more(a: Words, b: Words) -> bool:
    """A list of the one text has a member that the other does not know, or denies that something is all."""
    alone, _, _ = left_over_after_synonyms(*left_over(a.content, b.content))
    for place, word in enumerate(a.small):
        beside = a.small[max(0, place - 1) : place + 2]
        if word in ("and", "or") and any(stem(one) in alone for one in beside):
            return True
        if word == "not" and beside[-1] in ("just", "only") and "just" not in b.small:
            return True
    return False


def _tense_apart(a: Words, b: Words) -> bool:
    return bool(a.asks and b.asks) and _tense(a) != _tense(b)


def _is_turned(a: Words, b: Words) -> bool:
    """Words that both hold stand in another order: who does what to whom may be another."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate(b.content):
        places.setdefault(word, []).append(place)
    seen = [places[word].pop(0) for word in a.content if places.get(word) and word not in _MOVABLE]
    return any(right < left for left, right in pairwise(seen))


def _adverbs_moved(a: Words, b: Words) -> bool:
    """A small word such as `also` stands before another word in the one text than in the other."""
    here, there = _before(a), _before(b)
    return any(word in there and there[word] != after for word, after in here.items())


def _before(words: Words) -> dict[str, str]:
    found = {}
    for place, word in enumerate(words.small):
        if word in _ADVERBS:
            after = [stem(other) for other in words.small[place + 1 :] if stem(other) in words.content]
            found[word] = " ".join(after[:2])
    return found


def _tense(words: Words) -> bool:
    return any(word in ("was", "were", "did", "had") for word in words.small)


def _numbers(words: Words) -> tuple[str, ...]:
    found = []
    for word in words.plain:
        if word[0].isdigit():
            found.append(_plain_number(word))
        elif word in NUMBER_WORDS and word != "one":
            found.append(f"{NUMBER_WORDS[word]:g}")
    return tuple(found)


def _plain_number(text: str) -> str:
    text = text.replace(",", "")
    try:
        return f"{float(text):g}"
    except ValueError:
        return text


def _units(words: Words) -> Counter[str]:
    found = (unit if unit in _EXACT_UNITS else stem(unit.lower()) for unit in _UNIT.findall(words.text))
    return Counter(unit for unit in found if unit in _UNITS)


def _symbols(words: Words) -> Counter[str]:
    return Counter(_CURRENCY.findall(words.text))


def _dates(words: Words) -> Counter[str]:
    return Counter(word[:3] for word in words.plain if word in DATE_WORDS and word not in ("may", "second", "march"))


def _negations(words: Words) -> tuple[str, ...]:
    """What is denied: the word of content after each negation."""
    denied, waits = [], False
    for word in words.plain:
        if word in NEGATIONS:
            waits = True
        elif waits and stem(word) in words.content:
            denied.append(stem(word))
            waits = False
    if waits:
        denied.append("")
    return tuple(sorted(denied))


def _code(words: Words) -> Counter[str]:
    return Counter(_CODE.findall(words.text))


def _quoted(words: Words) -> Counter[str]:
    return Counter(next(part for part in found if part).strip().casefold() for found in _QUOTED.findall(words.text))


def _modals(words: Words) -> tuple[bool, ...]:
    return tuple(any(word in kind for word in words.small) for kind in _MODALS)


def _amounts(words: Words) -> Counter[str]:
    return Counter(word for word in words.small if word in _AMOUNTS)


def _voice(words: Words) -> bool:
    """Somebody does it, or it is done by somebody."""
    return "by" in words.small and any(
        word in ("is", "are", "was", "were", "be", "been", "being") for word in words.small
    )


def _directions(words: Words) -> tuple[str, ...]:
    return tuple(word for word in words.small if word in _DIRECTIONS)


_LOOKS = (
    ("code", _code),
    ("numbers", _numbers),
    ("units", _units),
    ("symbols", _symbols),
    ("dates", _dates),
    ("negation", _negations),
    ("quotes", _quoted),
    ("modal", _modals),
    ("amount", _amounts),
    ("direction", _directions),
    ("voice", _voice),
)


def _asks_apart(a: Words, b: Words) -> bool:
    return a.asks != b.asks and (a.asks in _ASKS_APART and b.asks in _ASKS_APART)


def names_of(words: Words) -> tuple[str, ...]:
    """Words with a capital inside a sentence, in order, in small letters; none where capitals say nothing."""
    spelled = words.spelled
    capitals = [word for word in spelled if word[0].isupper()]
    if len(spelled) > 3 and len(capitals) > 0.7 * len(spelled):
        return ()
    starts = {match.end() for match in re.finditer(r"(?:^|[.!?:;]\s+)\W*", words.text)}
    found = []
    for match in re.finditer(r"[A-Za-z][A-Za-z'’]*", words.text):
        word = match.group()
        is_name = word[0].isupper() and (match.start() not in starts or word[1:].lower() != word[1:])
        if is_name and word != "I" and not word.startswith(("I'", "I’")):
            found.append(word.lower().replace("’", "'").removesuffix("'s"))
    return tuple(found)


def _names_differ(a: Words, b: Words) -> bool:
    return _names_apart(a, b) or _names_apart(b, a)


def _names_apart(a: Words, b: Words) -> bool:
    """A name of one text that the other does not hold."""
    held = {*b.plain, *b.content, *(stem(word) for word in b.plain)}
    return any(name not in held and stem(name) not in held for name in names_of(a))


def _opposed(a: Words, b: Words) -> bool:
    mine, yours = left_over(a.content, b.content)
    small_mine, small_yours = left_over(_persons(a), _persons(b))
    return any(are_opposed(one, other) for one in (*mine, *small_mine) for other in (*yours, *small_yours))


def _persons(words: Words) -> tuple[str, ...]:
    return tuple(word for word in words.plain if word in MARKERS["person"] or word in MARKERS["owner"])


_PAIR_LOOKS = (
    ("question", _asks_apart),
    ("names", _names_differ),
    ("opposites", _opposed),
    ("order", _is_turned),
    ("list", _lists_apart),
    ("adverb", _adverbs_moved),
    ("tense", _tense_apart),
)


def left_over(mine: tuple[str, ...], yours: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return what is only in the one and only in the other."""
    here, there = Counter(mine), Counter(yours)
    return list((here - there).elements()), list((there - here).elements())


def left_over_after_synonyms(mine: list[str], yours: list[str]) -> tuple[list[str], list[str], int]:
    """Return what is left over once words that may stand for one another are paired, and how many pairs there were."""
    rest, pairs, open_ = list(yours), 0, []
    for word in mine:
        twin = next((other for other in rest if may_be_same(word, other)), None)
        if twin is None:
            open_.append(word)
        else:
            rest.remove(twin)
            pairs += 1
    return open_, rest, pairs
