"""Made-up people, streets, towns and companies of many lands, in Latin letters."""

import random
from typing import Any, Final

from cothink.core.errors import SettingError
from cothink.privacy.names.demonyms import COUNTRIES
from cothink.privacy.training import english_words as words

Rng = random.Random
LOCALES: Final = (
    "cs_CZ da_DK de_AT de_CH de_DE en_AU en_CA en_GB en_IE en_IN en_NZ en_US en_US es_AR es_CL es_CO es_ES es_MX et_EE fi_FI fr_CA "
    "fr_CH fr_FR hr_HR hu_HU id_ID it_IT lt_LT lv_LV nl_BE nl_NL no_NO pl_PL pt_BR pt_PT ro_RO sk_SK sl_SI sv_SE tr_TR vi_VN is_IS"
).split()  # fmt: skip
STATES: Final = (
    "Alabama Alaska Arizona Arkansas California Colorado Connecticut Delaware Florida Georgia Hawaii Idaho Illinois Indiana Iowa Kansas Kentucky "
    "Louisiana Maine Maryland Massachusetts Michigan Minnesota Mississippi Missouri Montana Nebraska Nevada Ohio Oklahoma Oregon Pennsylvania "
    "Tennessee Texas Utah Vermont Virginia Washington Wisconsin Wyoming CA NY TX FL IL PA OH MI GA NC WA MA VA PR ON BC QC NSW Ontario Quebec Bavaria"
).split()


class Lists:
    """Names to draw from. With ``wide`` they come from Faker's locales too."""

    def __init__(self, *, wide: bool, each: int = 220, seed: int = 0) -> None:
        self.first, self.last = list(words.FIRST), list(words.LAST)
        self.cities = [*words.CITIES, *words.CITIES_LONG]
        self.streets: list[str] = []
        self.companies = list(words.COMPANIES)
        self.jobs = list(words.JOBS)
        if wide:
            self._widen(each, seed)

    def _widen(self, each: int, seed: int) -> None:
        try:
            from faker import Faker
        except ImportError as error:
            raise SettingError("Training on names of many lands needs: pip install faker") from error
        for locale in LOCALES:
            fake: Any = Faker(locale)
            fake.seed_instance(seed)
            for _ in range(each):
                self.first.append(fake.first_name())
                self.last.append(fake.last_name())
                self.cities.append(fake.city())
                self.streets.append(fake.street_name())
            self.companies += [fake.company() for _ in range(each // 3)]
        english: Any = Faker("en_US")
        english.seed_instance(seed)
        self.jobs += [english.job() for _ in range(1200)]


class English:
    """Makes values."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists

    def first(self, rng: Rng) -> str:
        """A first name; a third are made up."""
        return self._or_new(rng, self._lists.first)

    def last(self, rng: Rng) -> str:
        """A last name, some with a hyphen or a prefix."""
        chance = rng.random()
        last = self._or_new(rng, self._lists.last)
        if chance < 0.03:
            return f"{last}-{self._or_new(rng, self._lists.last)}"
        return (
            f"{rng.choice(('de', 'van', 'van der', 'von', 'Mc', 'al-', 'bin', 'de la', 'di', 'El'))} {last}".replace(
                "- ", "-"
            ).replace("Mc ", "Mc")
            if chance < 0.06
            else last
        )

    def _or_new(self, rng: Rng, known: list[str]) -> str:
        """One of the list, or the head of one with the tail of another: names that nobody has seen."""
        one = rng.choice(known)
        chance = rng.random()
        if chance > 0.33 or len(one) < 3:
            return one
        if chance < 0.08:
            return "".join(rng.choice(words.SYLLABLES) for _ in range(rng.randint(2, 3))).capitalize()
        other = rng.choice(known)
        return one[: max(2, len(one) // 2)] + other[len(other) // 2 :].lower()

    def full(self, rng: Rng) -> str:
        """First and last, some with a middle initial, initials or the last name first."""
        if rng.random() < 0.05:
            return f"{rng.choice(words.PINYIN_LAST)} {''.join(rng.choice(words.PINYIN) for _ in range(rng.randint(1, 2))).title()}"
        first, last, chance = self.first(rng), self.last(rng), rng.random()
        if chance < 0.1:
            return f"{first} {rng.choice('ABCDEFGHJKLMNPRSTVW')}{rng.choice(('.', '.', ''))} {last}"
        if chance < 0.14:
            return f"{first[0]}. {last}"
        if chance < 0.18:
            return f"{first} {self.first(rng)} {last}"
        if chance < 0.2:
            return f"{first[0]}.{rng.choice('ABCDEJKLMRST')}. {last}"
        return f"{first} {last}" + (rng.choice((" Jr.", " III", " Sr.")) if chance > 0.99 else "")

    def person(self, rng: Rng) -> str:
        """Any mention of a person."""
        chance = rng.random()
        return self.full(rng) if chance < 0.5 else self.first(rng) if chance < 0.75 else self.last(rng)

    def street(self, rng: Rng) -> str:
        """A street's name in the way of some land."""
        if self._lists.streets and rng.random() < 0.35:
            return rng.choice(self._lists.streets)
        base, other = self._or_new(rng, self._lists.last), self._or_new(rng, self._lists.first)
        if rng.random() < 0.45:
            head = rng.choice(
                (base, base, f"{other} {base}", f"{rng.choice(('North', 'South', 'Old', 'W.', 'E', 'Upper'))} {base}")
            )
            return f"{head} {rng.choice(words.STREET_ENDS)}"
        return rng.choice(words.STREET_FORMS).format(base, other)

    def numbered(self, rng: Rng) -> str:
        """A street with its number, before or after it."""
        street, number = (
            self.street(rng),
            str(rng.choice((rng.randint(1, 300), rng.randint(1, 9999), rng.randint(1, 99999)))),
        )
        chance = rng.random()
        if chance < 0.45:
            return f"{number} {street}"
        if chance < 0.88:
            return f"{street} {number}" + rng.choice(("", "", "", "", "/2", "b", "."))
        if chance < 0.91:
            return f"the corner of {street} and {self.street(rng)}"
        return f"{number} {rng.randint(1, 99)} {street}" if chance < 0.96 else f"P.O. Box {number}"

    def unit(self, rng: Rng) -> str:
        """A flat or a suite."""
        return rng.choice(words.UNITS).format(
            f"{rng.randrange(1000):03}" if rng.random() < 0.6 else str(rng.randint(1, 40))
        )

    def city(self, rng: Rng) -> str:
        """A town, some in capitals."""
        city = self._or_new(rng, self._lists.cities)
        return city.upper() if rng.random() < 0.1 else city

    def zip(self, rng: Rng) -> str:
        """A postal code of some land."""
        form = rng.choice(
            (
                "#####",
                "#####",
                "####",
                "### ##",
                "#### @@",
                "@#@ #@#",
                "@@## #@@",
                "#####-###",
                "##-###",
                "####-###",
                "###",
                "@#### ",
            )
        )
        return "".join(
            str(rng.randint(0, 9)) if c == "#" else rng.choice("ABCDEFGHJKLMNPRSTVWX") if c == "@" else c for c in form
        ).strip()

    def address(self, rng: Rng) -> str:
        """A whole address on one line or several."""
        if rng.random() < 0.06:
            return f"{rng.choice(('PSC', 'Unit', 'CMR'))} {rng.randint(1, 9999):04}{rng.choice((',', ''))} Box {rng.randint(1, 9999):04}\n{rng.choice(('APO', 'FPO', 'DPO'))} {rng.choice(('AA', 'AE', 'AP'))} {rng.randint(10000, 99999)}"
        pieces = [self.numbered(rng)]
        if rng.random() < 0.5:
            pieces[0] += f"{rng.choice((' ', ', ', chr(10) + ' '))}{self.unit(rng)}"
            if rng.random() < 0.2:
                pieces[0] += f" {self.unit(rng)}"
        if rng.random() < 0.75:
            pieces.append(self.city(rng))
            chance = rng.random()
            if chance < 0.35:
                pieces[-1] += f", {rng.choice(STATES)} {self.zip(rng)}"
            elif chance < 0.55:
                pieces.append(f"{rng.choice(COUNTRIES)} {self.zip(rng)}")
            elif chance < 0.7:
                pieces[-1] = f"{self.zip(rng)} {pieces[-1]}"
            elif chance < 0.85:
                pieces.append(rng.choice(COUNTRIES))
        return rng.choice((", ", ", ", "\n", "\n ", " ")).join(pieces)

    def company(self, rng: Rng) -> str:
        """A company under a family's name, a made-up word, or words put together."""
        chance = rng.random()
        if chance < 0.3:
            return rng.choice(self._lists.companies)
        last = self._or_new(rng, self._lists.last)
        if chance < 0.4:
            return f"{last}{rng.choice((', ', '-'))}{self.last(rng)}" + (
                f" and {self.last(rng)}" if rng.random() < 0.7 else ""
            )
        one, two = rng.choice(words.BRAND_WORDS), rng.choice(words.BRAND_WORDS)
        made = rng.choice(
            (
                one + two.lower(),
                one + two,
                f"{one} {two}",
                one + rng.choice(("ly", "ify", "ium", "ix", "ora", "able", "lytics", "well")),
                self._or_new(rng, self._lists.cities),
                last,
                f"{rng.randint(2, 9)} {one}s",
                one,
            )
        )
        return f"{made} {rng.choice(words.BRAND_ENDS)}" if rng.random() < 0.5 else made
