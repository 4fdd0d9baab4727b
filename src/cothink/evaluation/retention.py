"""Multi-turn retention: conversations that tell facts early and ask for them late, made here by a seed.

Between the two stands other talk; one fact is corrected on the way, and the correction is what counts.
"""

import random
from collections.abc import Callable

from cothink.core.errors import SettingError
from cothink.evaluation.sets.task import Fact, Task

NAME = "retention"
FEWEST_TURNS, MOST_TURNS = 6, 200
PEOPLE = ("Ines", "Tobias", "Wanda", "Goran", "Lieke", "Mbali", "Sanne", "Yusuf", "Oksana", "Rafael")
COLOURS = ("crimson", "teal", "ochre", "violet", "ivory", "indigo", "amber", "olive")
PLACES = ("Bergen", "Porto", "Graz", "Tartu", "Leuven", "Split", "Cork", "Uppsala", "Lucca", "Brno")
ANIMALS = ("ferret", "parrot", "tortoise", "greyhound", "canary", "hedgehog", "pony", "gecko")
WORDS = ("harbour", "lantern", "meadow", "copper", "thimble", "orchard", "saddle", "compass", "anvil", "ribbon")

Draw = Callable[[random.Random], str]
# What it is about, how it is told, how it is asked for, and what it may be.
FACTS: tuple[tuple[str, Draw], ...] = (
    ("my locker number", lambda chance: str(chance.randint(1000, 9999))),
    ("my sister's name", lambda chance: chance.choice(PEOPLE)),
    ("the colour of my front door", lambda chance: chance.choice(COLOURS)),
    ("the town that I was born in", lambda chance: chance.choice(PLACES)),
    ("the kind of animal that I keep", lambda chance: chance.choice(ANIMALS)),
    ("the word on my cellar key", lambda chance: chance.choice(WORDS)),
    ("the number of my tram line", lambda chance: str(chance.randint(11, 98))),
    ("my dentist's name", lambda chance: chance.choice(PEOPLE)),
    ("the number of steps to my flat", lambda chance: str(chance.randint(101, 399))),
    ("the town of my next holiday", lambda chance: chance.choice(PLACES)),
)
TALK: tuple[Callable[[random.Random], str], ...] = (
    lambda chance: f"Another thing: what is {chance.randint(12, 98)} plus {chance.randint(12, 98)}?",
    lambda chance: f"Give me one word that rhymes with {chance.choice(('light', 'stone', 'rain', 'bell'))}.",
    lambda chance: f"Which of these comes first by the alphabet: {', '.join(chance.sample(WORDS, 3))}?",
    lambda chance: f"In one sentence, what is a {chance.choice(ANIMALS)}?",
    lambda chance: f"How many letters has the word {chance.choice(WORDS)}?",
    lambda chance: f"Name something that is usually {chance.choice(COLOURS)}.",
)


def conversations(count: int, turns: int = 12, seed: int = 0) -> list[Task]:
    """Make conversations; equal arguments make equal ones.

    Args:
        count: How many.
        turns: How often the user speaks in each: a third tells, a third talks of other things, a third asks.
        seed: Which ones.

    Raises:
        SettingError: Too few or too many turns.
    """
    if not FEWEST_TURNS <= turns <= MOST_TURNS:
        raise SettingError(f"--turns is {turns}; allowed is {FEWEST_TURNS} to {MOST_TURNS}.", param="turns")
    return [_conversation(number, turns, seed) for number in range(count)]


def _conversation(number: int, turns: int, seed: int) -> Task:
    chance = random.Random(f"{seed}/{turns}/{number}")  # noqa: S311 - nothing here is a secret
    count = min(turns // 3, len(FACTS))
    chosen = chance.sample(FACTS, count)
    values = [draw(chance) for _, draw in chosen]
    said = [f"Please keep this in mind: {name} is {value}." for (name, _), value in zip(chosen, values, strict=True)]
    middle = [chance.choice(TALK)(chance) for _ in range(turns - 2 * count)]
    changed = chance.randrange(count)
    at = chance.randrange(len(middle))
    name, draw = chosen[changed]
    was = values[changed]
    while values[changed] == was:
        values[changed] = draw(chance)
    middle[at] = f"I was wrong before: {name} is {values[changed]}, not {was}."
    order = chance.sample(range(count), count)
    asked = [f"Now tell me: what is {chosen[place][0]}? Answer with that alone." for place in order]
    facts = tuple(
        Fact(
            chosen[place][0],
            told=count + at if place == changed else place,
            asked=count + len(middle) + position,
            truth=values[place],
            was=was if place == changed else "",
        )
        for position, place in enumerate(order)
    )
    return Task(NAME, f"{turns}-{seed}-{number}", (*said, *middle, *asked), "recall", facts=facts)
