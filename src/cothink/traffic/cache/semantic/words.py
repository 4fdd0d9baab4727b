"""A text as words: what it says, in which order, and what it asks for. English; Chinese is in `chinese.py`."""

import re
import unicodedata
from dataclasses import dataclass

from cothink.traffic.cache.semantic.lexicon import FUNCTION_WORDS, IRREGULAR, NEGATIONS, OPPOSED, SAME

_WORD = re.compile(r"[A-Za-z]+(?:[''][A-Za-z]+)?|\d+(?:[.,:/]\d+)*|[^\W\d_]+")
_SHORT = {"won't": "will not", "can't": "can not", "cannot": "can not", "shan't": "shall not", "let's": "let us"}
_TAILS = (("n't", " not"), ("'re", " are"), ("'ve", " have"), ("'ll", " will"), ("'m", " am"), ("'d", " would"))
_QUESTIONS = ("why", "how", "who", "when", "where", "which", "what")

_FRAMES = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"^(?:what|which) (?:is|are|would be) (?:the |some |a |any )*(?:best |good |right |proper |correct |ideal )*"
         r"(?:possible )?(?:ways?|methods?|manners?|approach(?:es)?|means|tips?|steps?) (?:to|of|for|on|in which)\b",
         "how"),
        (r"^what (?:should|can|must|do|could|would) (?:i|we|you|one|people|someone) (?:do )?(?:in order )?to\b", "how"),
        (r"^how (?:do|can|should|could|would|might|shall|may|must) "
         r"(?:i|we|you|one|people|someone|somebody|anyone|u)\b", "how"),
        (r"^how to\b", "how"),
        (r"^(?:is|are) there (?:any |a |some )*(?:good |easy )?(?:ways?|methods?) (?:to|of|for)\b", "how"),
        (r"^(?:show|tell|teach) me (?:how|the way|a way) to\b", "how"),
        (r"^(?:explain|define|describe) (?:to me )?what (?P<rest>.*) (?:is|are|means?)$", "what"),
        (r"^(?:explain|define) (?:to me )?(?=(?:the )?\w+$)", "what"),
        (r"^(?:what|which) (?:is|are|was|were) (?:the |some |a )*(?:main |real )?(?:reasons?|causes?) "
         r"(?:for|of|behind|why|that)\b", "why"),
        (r"^how come\b", "why"),
        (r"^why (?:do|does|did|is|are|was|were|would|should|can|has|have|will)\b", "why"),
        (r"^what (?:is|are) (?:the )?(?:meaning|definition) of\b", "meaning"),
        (r"^what (?:is|are) meant by\b", "meaning"),
        (r"^what does (?P<rest>.*) mean\b", "meaning"),
        (r"^(?:is it (?:really |even )?possible (?:for (?:me|us|you|someone|anyone|a person) )?to|"
         r"(?:can|could) (?:i|we|you|one|someone|anyone|people))\b", "can"),
        (r"^(?:what (?:is it|does it feel)|how does it feel|how is it|what is it) (?:like )?to\b", "feel"),
        (r"^(?:what (?:do|does) (?:you|people|everyone) (?:think|feel)|what (?:is|are) your (?:thoughts?|opinions?|"
         r"views?|take)|how do you feel) (?:about|of|on|regarding)\b", "opinion"),
        (r"^(?:how much (?:does|do|would|will|did) it costs? to|what (?:is|are|would be) the (?:costs?|price) "
         r"(?:to|of|for))\b", "cost"),
        (r"^how (?:long|much time) (?:does|do|did|will|would) (?:it|one|i) (?:take|need)(?: for me)? to\b", "duration"),
        (r"^what (?:will |would |can |could |might )?(?:happens?|happen) (?:if|when)\b", "happens"),
        (r"^what (?:is|are) (?:the )?(?:main |major |key |exact |basic |actual |real )*differences? between\b",
         "difference"),
        (r"^what (?:is|are) (?:the |some )*(?:main |major |key )?(?:benefits?|advantages?|pros) of\b", "benefits"),
        (r"^what (?:is|are) (?:the |some )*(?:main |major |key )?(?:disadvantages?|drawbacks?|cons) of\b", "drawbacks"),
    )
)  # fmt: skip
_POLITE = re.compile(
    r"^(?:(?:hi|hello|hey|so|ok|okay|well|please|kindly|quick question)\s+)*"
    r"(?:(?:can|could|would|will) (?:you|someone|anyone|anybody|somebody) (?:please |kindly )?"
    r"(?:tell|explain|show|help|let|give)(?: to)?(?: me| us)?(?: know)?(?: understand)?\s+|"
    r"(?:please |kindly )?(?:tell|let) me (?:know )?(?:about )?|"
    r"(?:i|we) (?:want|would like|need|wish) to (?:know|understand|learn)(?: about)?\s+|"
    r"(?:do|does) (?:you|anyone|anybody|someone) know\s+|i (?:was|am) wondering (?:if )?)?"
)


_FEW = 12
_COUNTRIES = (
    (re.compile(r"\b(?:the )?(?:United States(?: of America)?|USA|US|U\.S\.A?\.?)(?!\w)"), "USA"),
    (re.compile(r"\b(?:the )?(?:United Kingdom|UK|U\.K\.?)(?!\w)"), "UK"),
)


@dataclass(frozen=True, slots=True)
class Words:
    """One text, taken apart.

    Args:
        plain: All words in small letters, contractions written out, in order.
        spelled: The same words as they were spelled where one word is one word, for capitals.
        small: The words of the question without its manners and its frame, in order.
        asks: What it asks for: ``how``, ``why``, ``meaning`` … or empty.
        content: The words that carry its meaning as stems, in order, without its frame.
        raw: The same words unstemmed.
    """

    text: str
    plain: tuple[str, ...]
    spelled: tuple[str, ...]
    small: tuple[str, ...]
    asks: str
    content: tuple[str, ...]
    raw: tuple[str, ...]


def words_of(text: str) -> Words:
    """Take a text apart."""
    text = unicodedata.normalize("NFKC", text).replace("’", "'")
    for pattern, one in _COUNTRIES:
        text = pattern.sub(one, text)
    spelled = tuple(_WORD.findall(text.replace("`", "'")))
    plain: list[str] = []
    for word in spelled:
        plain += [word.replace(",", "")] if word[0].isdigit() else _written_out(word.lower()).split()
    asks, rest = _frame(" ".join(plain))
    raw = tuple(word for word in _paired(rest.split()) if word not in FUNCTION_WORDS and word not in NEGATIONS)
    return Words(text, tuple(plain), spelled, tuple(rest.split()), asks, tuple(stem(word) for word in raw), raw)


def _paired(words: list[str]) -> list[str]:
    """Put two words around `and` or `or` in the order of the alphabet: "AC and DC" is "DC and AC"."""
    words = list(words)
    if len(words) > _FEW:  # in a long text they may be parts of two other things
        return words
    for at in range(1, len(words) - 1):
        left, right = words[at - 1], words[at + 1]
        if words[at] in ("and", "or") and right < left and not {left, right} & FUNCTION_WORDS:
            words[at - 1], words[at + 1] = right, left
    return words


def _written_out(word: str) -> str:
    if word in _SHORT:
        return _SHORT[word]
    for tail, full in _TAILS:
        if word.endswith(tail):
            return word[: -len(tail)] + full
    if word.endswith("'s"):
        head = word[:-2]
        return head + " is" if head in {*_QUESTIONS, "it", "that", "there", "here", "he", "she"} else head
    return word.replace("'", "")


def _frame(plain: str) -> tuple[str, str]:
    """What a question asks for, and the rest of it."""
    plain = _POLITE.sub("", plain, count=1).strip() or plain
    for pattern, kind in _FRAMES:
        match = pattern.match(plain)
        if match:
            rest = match.groupdict().get("rest")
            return kind, (rest if rest is not None else "") + plain[match.end() :]
    for word in plain.split()[:3]:
        if word in _QUESTIONS:
            return word, plain
    return "", plain


_LEAST = {"ment": 6, "ments": 6, "ion": 5, "ions": 5}  # so that "apartment" and "nation" stay what they are


def stem(word: str) -> str:
    """Return the bare word: plural, tense and adverb endings off, roughly."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    if len(word) <= 3 or not word.isalpha():
        return word
    for ending, put in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST.get(ending, 3):
            bare = word[: len(word) - len(ending)] + put
            if (
                ending in ("ing", "ed", "er", "est")
                and len(bare) > 3
                and bare[-1] == bare[-2]
                and bare[-1] not in "lsz"
            ):
                bare = bare[:-1]
            return bare.removesuffix("e") if len(bare) > 3 else bare
    return word.removesuffix("e") if len(word) > 3 else word


_ENDINGS = (
    ("ies", "y"), ("ied", "y"), ("ily", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"),
    ("ments", ""), ("ment", ""), ("ions", ""), ("ion", ""), ("ing", ""), ("ed", ""), ("ly", ""), ("ss", "ss"),
    ("us", "us"), ("is", "is"), ("s", ""),
)  # fmt: skip
_GROUPS: dict[str, set[int]] = {}
for _number, _group in enumerate(SAME):
    for _one in _group:
        _GROUPS.setdefault(stem(_one), set()).add(_number)
_RIVALS: dict[str, set[str]] = {}
for _group in OPPOSED:
    for _one in _group:
        _RIVALS.setdefault(stem(_one), set()).update(stem(other) for other in _group if other != _one)


def may_be_same(one: str, other: str) -> bool:
    """Whether two stems may stand for one another."""
    return one == other or bool(_GROUPS.get(one, set()) & _GROUPS.get(other, set()))


def are_opposed(one: str, other: str) -> bool:
    """Whether two stems are of one kind and not the same."""
    return other in _RIVALS.get(one, set()) and not may_be_same(one, other)
