"""Lists and words: sorted, filtered, counted, reversed, grouped; palindromes."""

import re
from collections import Counter
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter

from cothink.verify.puzzles.finding import Finding, same
from cothink.verify.puzzles.reading import list_of, number_of, plain

MAX_PARTITIONED = 16


def number_order(question: str, answer: str) -> Finding | None:
    """Numbers in ascending or descending order."""
    found = re.search(r"[Ss]ort these numbers in (ascending|descending) order:\s*([-\d., ]+)", question)
    if not found:
        return None
    given = [Fraction(number) for number in re.findall(r"-?\d+(?:\.\d+)?", found[2])]
    said = list_of(answer)
    if said is None and "[" in question:
        return Finding(False, "The answer is no list, and one was asked for.")
    numbers = [Fraction(number) for number in re.findall(r"-?\d+(?:\.\d+)?", answer)]
    if "as strings" in question and said is not None and not all(isinstance(one, str) for one in said):
        return Finding(False, "The numbers of the list were asked for as strings.")
    return same(numbers, sorted(given, reverse=found[1] == "descending"), "The sorted list")


def number_filter(question: str, answer: str) -> Finding | None:
    """A list without the numbers beyond a bound."""
    found = re.search(r"(Remove|Keep) all numbers (larger|smaller) than (-?[\d.]+) in this list:\s*(\[.*?\])", question)
    given = list_of(found[4]) if found else None
    if found is None or given is None:
        return None
    bound = float(found[3].rstrip("."))
    beyond = [float(str(one)) > bound if found[2] == "larger" else float(str(one)) < bound for one in given]
    kept = [one for one, is_beyond in zip(given, beyond, strict=True) if is_beyond == (found[1] == "Keep")]
    return same([str(one) for one in list_of(answer) or []], [str(one) for one in kept], "The list that is left")


def word_order(question: str, answer: str) -> Finding | None:
    """Words in ASCII order."""
    found = re.search(r"sort these words in (ascending|descending) order.*?:\s*(.+?)\s*\Z", question, re.DOTALL)
    if not found:
        return None
    words = [word.strip() for word in found[2].split(",")]
    said = [word.strip() for word in answer.split(",")]
    return same(said, sorted(words, reverse=found[1] == "descending"), "The sorted list")


def word_reversal(question: str, answer: str) -> Finding | None:
    """A list of words from its end to its beginning."""
    found = re.search(r"[Rr]everse this list of words:\s*(.+?)\s*\Z", question, re.DOTALL)
    if not found:
        return None
    words = [word.strip() for word in found[1].split(",")]
    return same([word.strip() for word in answer.split(",")], words[::-1], "The reversed list")


def backwards(question: str, answer: str) -> Finding | None:
    """A word spelled from its end."""
    found = re.search(r"[Ss]pell this word backward.*?\)?:\s*(\S+)\s*\Z", question)
    return same(plain(answer), plain(found[1][::-1]), "The word backward") if found else None


def letter_count(question: str, answer: str) -> Finding | None:
    """How often a letter stands in a text."""
    found = re.search(r'the letter "(.)" appear in the text:\s*"(.*)"', question, re.DOTALL)
    if not found:
        return None
    count = found[2].casefold().count(found[1].casefold())
    return same(number_of(answer), Fraction(count), f"The count of {found[1]!r}")


def anagrams(question: str, answer: str) -> Finding | None:
    """Words grouped by their letters."""
    at = question.rfind("into anagrams:")
    words = list_of(question[at:]) if at >= 0 else None
    if words is None:
        return None
    groups: dict[str, list[str]] = {}
    for word in words:
        groups.setdefault("".join(sorted(str(word))), []).append(str(word))
    said = [sorted(map(str, group)) for group in list_of(answer) or [] if isinstance(group, list)]
    return same(sorted(said), sorted(sorted(group) for group in groups.values()), "The grouping")


def palindrome(question: str, answer: str) -> Finding | None:
    """A palindrome of exactly the given letters."""
    found = re.search(r"palindrome using the following letters:\s*([a-z, ]+)", question, re.IGNORECASE)
    if not found:
        return None
    given, said = Counter(re.findall(r"[a-z]", found[1].casefold())), answer.strip().strip("\"'` ")
    if said != said[::-1]:
        return Finding(False, "The answer reads differently backward.")
    if Counter(said) != given:
        return Finding(False, "The answer does not use exactly the given letters.")
    return Finding(True, "The answer is a palindrome of exactly the given letters.")


def palindrome_partition(question: str, answer: str) -> Finding | None:
    """Every way of cutting a string into palindromes."""
    found = re.search(r"[Pp]artition the following string into palindromes:\s*(\S+)", question)
    if not found or len(found[1]) > MAX_PARTITIONED:
        return None
    wanted = {tuple(parts) for parts in _partitions(found[1])}
    said = {tuple(map(str, parts)) for parts in list_of(answer) or [] if isinstance(parts, list)}
    return same(said, wanted, "The set of partitions")


def alternation(question: str, answer: str) -> Finding | None:
    """The fewest swaps that make a string of zeros and ones alternate."""
    found = re.search(r"binary string alternating:\s*([01]+)", question)
    if not found:
        return None
    bits = found[1]
    counts = []
    for first in "01":
        target = "".join(first if place % 2 == 0 else "10"[int(first)] for place in range(len(bits)))
        if target.count("1") == bits.count("1"):
            counts.append(sum(a != b for a, b in zip(bits, target, strict=True)) // 2)
    return same(number_of(answer), Fraction(min(counts, default=-1)), "The fewest swaps")


def extreme_number(question: str, answer: str) -> Finding | None:
    """The largest or smallest of numbers that are written in different forms."""
    found = re.search(
        r"pick the (largest|smallest) number of the following candidates:\s*(.+?)\s*\Z", question, re.DOTALL
    )
    if not found:
        return None
    numbers = [float(number.replace(",", "")) for number in re.findall(r"-?[\d,.]+(?:e[-+]?\d+)?", found[2])]
    wanted = max(numbers) if found[1] == "largest" else min(numbers)
    try:
        said = float(answer.strip().replace(",", ""))
    except ValueError:
        return Finding(False, "The answer is no number.")
    return Finding(abs(said - wanted) <= 1e-9 * max(1.0, abs(wanted)), f"The {found[1]} number is {wanted:.12g}.")


def legs(question: str, answer: str) -> Finding | None:
    """The legs of a list of animals, by what everybody knows of them."""
    found = re.search(r"how many legs are there in total if you have (.+?)\?", question, re.DOTALL)
    if not found:
        return None
    total = 0
    for count, animal in re.findall(r"(\d+) ([a-z ]+?)(?:,|$)", found[1]):
        number = _LEGS.get(_singular(animal))
        if number is None:
            return None
        total += int(count) * number
    return same(number_of(answer), Fraction(total), "The count of legs")


def course_order(question: str, answer: str) -> Finding | None:
    """Whether all courses can be taken: there is no circle of prerequisites."""
    if "finish all courses" not in question:
        return None
    pairs = {(int(a), int(b)) for a, b in re.findall(r"\((\d+), (\d+)\)", question)}
    first: dict[int, set[int]] = {}
    for course, needed in pairs:
        first.setdefault(course, set()).add(needed)
    try:
        TopologicalSorter(first).prepare()
        possible = "true"
    except CycleError:
        possible = "false"
    return same(plain(answer), possible, "The answer")


def _partitions(text: str) -> list[list[str]]:
    if not text:
        return [[]]
    heads = [text[:end] for end in range(1, len(text) + 1) if text[:end] == text[:end][::-1]]
    return [[head, *rest] for head in heads for rest in _partitions(text[len(head) :])]


def _singular(name: str) -> str:
    name = name.strip()
    for ending, word in (("", ""), ("es", ""), ("s", ""), ("ies", "y")):
        if name.endswith(ending) and name[: len(name) - len(ending)] + word in _LEGS:
            return name[: len(name) - len(ending)] + word
    return name


_BY_LEGS = {
    0: "snake,fish,jellyfish,flatworm,earthworm,worm,snail,slug,sea slug,leech,clam,oyster,mussel,shark,whale,dolphin,"
    "eel,seal,sea cucumber,sea urchin,coral,sponge,squid,cuttlefish",
    2: "human,bird,chicken,duck,goose,turkey,penguin,ostrich,eagle,owl,parrot,pigeon,kangaroo,person,hen,rooster,swan,"
    "crow,flamingo",
    4: "cow,dog,cat,horse,sheep,goat,pig,elephant,giraffe,lion,tiger,deer,bear,wolf,fox,rabbit,mouse,rat,hamster,camel,"
    "zebra,donkey,frog,toad,lizard,turtle,tortoise,crocodile,alligator,leopard,cheetah,monkey,squirrel,rhinoceros,"
    "hippopotamus,buffalo,bison,moose,hedgehog,beaver,otter,salamander,newt,panda,koala,llama,alpaca",
    5: "starfish,sea star",
    6: "ant,bee,wasp,beetle,cricket,grasshopper,butterfly,moth,fly,mosquito,dragonfly,cockroach,insect,ladybug,termite,"
    "firefly,praying mantis,mantis,locust,earwig,hornet,bumblebee,aphid,flea,louse,cicada,damselfly",
    8: "spider,scorpion,tick,mite,tarantula,octopus,harvestman",
    10: "crab,lobster,shrimp,prawn,crayfish",
    14: "woodlouse,pill bug,isopod",
}
_LEGS = {name: legs for legs, names in _BY_LEGS.items() for name in names.split(",")}
