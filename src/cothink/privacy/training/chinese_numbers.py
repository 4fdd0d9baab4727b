"""Made-up Chinese numbers: identity cards, telephones, bank cards, their check digits right."""

import random

from cothink.privacy.rules.checksums import id_check_digit, luhn_digit

Rng = random.Random


def identity(rng: Rng) -> str:
    """An identity card's number with its check digit."""
    first = f"{rng.choice((11, 31, 32, 33, 37, 41, 42, 44, 51, 61))}{rng.randrange(1, 13):02}{rng.randrange(1, 30):02}"
    first += f"{rng.randint(1955, 2006)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}{rng.randrange(1000):03}"
    return first + id_check_digit(first)


def mobile(rng: Rng) -> str:
    """A mobile number, some with +86 or groups."""
    digits = f"1{rng.choice('3456789')}{rng.randrange(10**9):09}"
    form = rng.random()
    if form < 0.1:
        return f"+86 {digits}"
    if form < 0.2:
        return f"{digits[:3]}-{digits[3:7]}-{digits[7:]}" if form < 0.15 else f"{digits[:3]} {digits[3:7]} {digits[7:]}"
    return digits


def line(rng: Rng) -> str:
    """A fixed line, with or without an extension."""
    code = rng.choice(("010", "021", "0571", "0755", "028", "0512", "0371", "0531", "027"))
    number = f"{rng.randint(2, 8)}{rng.randrange(10**6):06}" + (str(rng.randint(0, 9)) if rng.random() < 0.8 else "")
    return rng.choice(
        (
            f"{code}-{number}",
            f"({code}){number}",
            f"{code} {number}",
            f"{code}{number}",
            f"{code}-{number}-{rng.randint(1, 999)}",
        )
    )


def card(rng: Rng) -> str:
    """A bank card with its Luhn digit."""
    first = rng.choice(("6222", "6217", "6228", "6214", "6225", "6230")) + f"{rng.randrange(10**14):014}"
    if rng.random() < 0.3:
        first = first[:15]
    whole = first + luhn_digit(first)
    return " ".join(whole[i : i + 4] for i in range(0, len(whole), 4)) if rng.random() < 0.2 else whole
