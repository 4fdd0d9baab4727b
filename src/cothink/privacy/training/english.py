"""Values for the slots of the English templates."""

import random
from collections.abc import Callable
from typing import Final

from cothink.privacy.names.demonyms import COUNTRIES, NATIONS, PLURALS
from cothink.privacy.rules.checksums import luhn_digit
from cothink.privacy.training import english_words as words
from cothink.privacy.training.english_names import STATES, English, Lists
from cothink.privacy.training.fill import Slot, Value

Rng = random.Random
WEEKDAYS: Final = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS: Final = "January February March April May June July August September October November December".split()


def phone(rng: Rng) -> str:
    """A telephone number in one of many ways of grouping."""
    form = rng.choice(
        (
            "###-###-####",
            "(###) ###-####",
            "###.###.####",
            "+1-###-###-####",
            "0#### ######",
            "+44 #### ######",
            "0## ### ####",
            "### ### ###",
            "### ## ###",
            "0#### ## ## ##",
            "## ## ## ##",
            "##-##-##-##",
            "+46 (0)## ### ## ##",
            "(##) ###-###",
            "### ####",
            "0### ### ## ##",
            "001-###-###-####",
            "## ### ### ####",
            "##########",
            "0#########",
        )
    )
    return "".join(str(rng.randint(1, 9)) if c == "#" else c for c in form)


def _card(rng: Rng) -> str:
    first = rng.choice(("4", "51", "37", "6011", "3528", "180032")) + f"{rng.randrange(10**15):015}"
    first = first[: rng.choice((14, 15, 15, 15))]
    return first + luhn_digit(first)


def _date(rng: Rng) -> str:
    y, m, d = rng.randint(1940, 2026), rng.randint(1, 12), rng.randint(1, 28)
    return rng.choice(
        (
            f"{m}/{d}/{y}",
            f"{y}-{m:02}-{d:02}",
            f"{d} {MONTHS[m - 1]} {y}",
            f"{MONTHS[m - 1]} {d}, {y}",
            f"{y}-{m:02}-{d:02} {rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}",
            f"{d:02}.{m:02}.{y}",
        )
    )


def slots(lists: Lists) -> dict[str, Slot]:
    """Return what fills each slot."""
    make = English(lists)

    def of(one: Callable[[Rng], str], kind: str | None = None) -> Slot:
        return lambda rng: Value(one(rng), kind)

    return {
        "p": of(make.person, "PERSON"), "pf": of(make.full, "PERSON"), "f": of(make.first, "PERSON"), "l": of(make.last, "PERSON"),
        "t": of(lambda rng: rng.choice(("Mr.", "Mrs.", "Ms.", "Dr.", "Mr", "Ms", "Miss", "Prof.", "Sir")), "TITLE"),
        "job": of(lambda rng: rng.choice(lists.jobs).split(",")[0].split("/")[0] if rng.random() < 0.4 else rng.choice(lists.jobs).split(",")[0].split("/")[0].lower(), "TITLE"),
        "o": of(make.company, "ORGANIZATION"), "a": of(make.address, "STREET_ADDRESS"), "s": of(make.numbered, "STREET_ADDRESS"),
        "st": of(make.street, "STREET_ADDRESS"), "bn": of(lambda rng: str(rng.randint(1, 99999)).zfill(rng.randint(1, 5)), "STREET_ADDRESS"),
        "u": of(make.unit, "STREET_ADDRESS"), "g": of(lambda rng: make.city(rng) if rng.random() < 0.75 else rng.choice(COUNTRIES), "GPE"),
        "c": of(lambda rng: rng.choice(COUNTRIES), "GPE"), "gs": of(lambda rng: rng.choice(STATES), "GPE"), "z": of(make.zip, "ZIP_CODE"),
        "n": of(lambda rng: rng.choice(NATIONS), "NRP"), "ns": of(lambda rng: rng.choice(PLURALS), "NRP"), "d": of(_date, "DATE_TIME"),
        "y": of(lambda rng: str(rng.randint(1930, 2026)), "DATE_TIME"), "w": of(lambda rng: rng.choice(WEEKDAYS), "DATE_TIME"),
        "age": of(lambda rng: str(rng.randint(18, 95)), "AGE"), "ph": of(phone, "PHONE_NUMBER"),
        "em": of(lambda rng: f"{make.first(rng).replace(' ', '')}{rng.choice(('.', '', '_'))}{make.last(rng).replace(' ', '')}@{rng.choice(('mail.com', 'post.net', 'example.org'))}", "EMAIL_ADDRESS"),
        "cc": of(_card, "CREDIT_CARD"), "ssn": of(lambda rng: f"{rng.randint(100, 665)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}", "US_SSN"),
        "url": of(lambda rng: f"http://www.{rng.choice(words.BRAND_WORDS)}{rng.choice(words.BRAND_WORDS)}.{rng.choice(('com', 'se', 'co.uk'))}/", "DOMAIN_NAME"),
        "ip": of(lambda rng: ".".join(str(rng.randint(1, 254)) for _ in range(4)), "IP_ADDRESS"), "iban": of(lambda rng: "DE89 3704 0044 0532 0130 00", "IBAN_CODE"),
        "num": of(lambda rng: str(rng.choice((rng.randint(1, 12), rng.randint(1, 999))))),
        "amt": of(lambda rng: rng.choice((f"${rng.randint(1, 99)},{rng.randrange(1000):03}", f"${rng.randint(20, 9999)}", f"{rng.randint(1, 90) * 1000} dollars", f"€{rng.randint(10, 999)}", f"{rng.randint(1, 40)}k"))),
    }  # fmt: skip
