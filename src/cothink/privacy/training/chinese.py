"""Values for the slots of the Chinese templates."""

import random
from collections.abc import Callable

from cothink.privacy.training import chinese_words as words
from cothink.privacy.training.chinese_numbers import card, identity, line, mobile
from cothink.privacy.training.chinese_places import CITIES, DIRECT, address, place
from cothink.privacy.training.fill import Slot, Value

Rng = random.Random
_DIGITS = "一二三四五六七八九十"


def name(rng: Rng) -> str:
    """A Chinese name: a surname, seldom a compound one, and one or two characters; seldom a minority's long name."""
    chance = rng.random()
    if chance < 0.02:
        return "·".join(
            rng.choice(
                (
                    "阿卜杜",
                    "买买提",
                    "古丽",
                    "努尔",
                    "艾合",
                    "扎西",
                    "卓玛",
                    "巴特尔",
                    "其其格",
                    "吐尔逊",
                    "阿依",
                    "木沙",
                    "热合曼",
                    "托合提",
                    "才旦",
                    "达瓦",
                )
            )
            for _ in range(2)
        )
    surname = rng.choice(words.COMPOUND) if chance < 0.07 else _surname(rng)
    size = 1 if rng.random() < 0.25 else 2
    if rng.random() < 0.15:  # any character can be in a name
        given = "".join(
            chr(rng.randrange(0x4E00, 0x9000)) if rng.random() < 0.3 else rng.choice(words.GIVEN) for _ in range(size)
        )
    else:
        given = "".join(rng.choice(words.GIVEN) for _ in range(size))
    if size == 2 and rng.random() < 0.05:
        given = given[0] * 2
    return surname + given


def _surname(rng: Rng) -> str:
    """The common ones are far more common, but rare ones are not unheard of."""
    if rng.random() < 0.12:
        return rng.choice(words.RARE)
    if rng.random() < 0.5:
        return words.SURNAMES[min(int(rng.paretovariate(0.6)) - 1, rng.randrange(len(words.SURNAMES)))]
    return rng.choice(words.SURNAMES)


def polite(rng: Rng) -> str:
    """How one is spoken of: 张先生, 王建国经理, 李某, 陈某某."""
    surname = rng.choice(words.COMPOUND) if rng.random() < 0.05 else _surname(rng)
    chance = rng.random()
    if chance < 0.6:
        return surname + rng.choice(words.HONORIFICS)
    if chance < 0.75:
        return surname + rng.choice(("某", "某某", "某某", "××", "XX", "*", "**"))
    return name(rng) + rng.choice(words.HONORIFICS[:5])


def nickname(rng: Rng) -> str:
    """Among friends: 老张, 小李, 阿强."""
    if rng.random() < 0.75:
        return rng.choice("老小老小大") + _surname(rng)
    return "阿" + rng.choice(words.GIVEN)


def company(rng: Rng) -> str:
    """A company, most with their city and trade; some schools, hospitals and authorities."""
    chance = rng.random()
    if chance < 0.1:
        return place(rng).replace(" ", "") + rng.choice(words.PUBLIC)
    if chance < 0.17:
        return rng.choice(words.KNOWN)
    brand = rng.choice(words.BRANDS) if rng.random() < 0.6 else rng.choice(words.GIVEN) + rng.choice(words.GIVEN)
    if rng.random() < 0.1:
        brand += rng.choice(words.GIVEN)
    if chance < 0.25:
        return brand + rng.choice(words.TRADES)
    _, city = rng.choice(CITIES)
    where = rng.choice((city, city, city + "市", rng.choice(DIRECT)[:-1], "")) if rng.random() < 0.85 else ""
    end = rng.choice(words.COMPANY_ENDS).replace("{g}", city)
    if rng.random() < 0.1:
        return f"{brand}（{city}）{rng.choice(words.TRADES)}有限公司"
    return where + brand + (rng.choice(words.TRADES) if rng.random() < 0.9 else "") + end


def shop(rng: Rng) -> str:
    """A shop with the owner's or a fancy name."""
    return rng.choice((nickname(rng), rng.choice(words.BRANDS), rng.choice(words.GIVEN) * 2)) + rng.choice(words.SHOPS)


def _amount(rng: Rng) -> str:
    return rng.choice(
        (
            f"{rng.randint(1, 50)}万元",
            f"{rng.randint(1, 30)}万",
            f"{rng.randint(1, 300) * 1000}元",
            f"{rng.randint(3, 30)}000",
            f"人民币{rng.randint(1, 99)}万元",
            f"{rng.choice(_DIGITS)}万元",
            f"￥{rng.randint(1000, 99999)}.00",
        )
    )


def _latin(rng: Rng, size: int) -> str:
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(size))


def _plain(make: Callable[[Rng], str], kind: str | None = None) -> Slot:
    return lambda rng: Value(make(rng), kind)


def _capitals(rng: Rng) -> str:
    """A sum as contracts write it: 叁佰万元整."""
    digits = "壹贰叁肆伍陆柒捌玖"
    sums = (
        f"{rng.choice(digits)}{rng.choice('拾佰仟')}{rng.choice(digits)}{rng.choice(('拾', ''))}万元",
        f"{rng.choice(digits)}{rng.choice(('万', '拾万', '佰万', '仟'))}元",
    )
    return rng.choice(("", "人民币")) + rng.choice(sums) + rng.choice(("整", ""))


def slots() -> dict[str, Slot]:
    """Return what fills each slot. Types that the rules find are labelled too: the tagger sees them as context."""
    return {
        "p": _plain(name, "PERSON"), "x": _plain(_surname), "ph": _plain(polite, "PERSON"), "gn": _plain(lambda rng: "".join(rng.choice(words.GIVEN) for _ in range(2)), "PERSON"), "cap": _plain(_capitals), "nick": _plain(nickname, "PERSON"),
        "a": _plain(address, "STREET_ADDRESS"), "g": _plain(place, "GPE"), "o": _plain(company, "ORGANIZATION"),
        "sch": _plain(lambda rng: (place(rng) if rng.random() < 0.3 else "") + rng.choice(words.SCHOOLS), "ORGANIZATION"),
        "shop": _plain(shop), "bank": _plain(lambda rng: rng.choice(("", "中国")) * (rng.random() < 0.5) + rng.choice(words.BANKS)),
        "br": _plain(lambda rng: rng.choice(words.DISTRICTS)), "job": _plain(lambda rng: rng.choice(words.JOBS)),
        "c": _plain(lambda rng: rng.choice(words.COUNTRIES), "GPE"), "use": _plain(lambda rng: rng.choice(words.USES)),
        "id": _plain(identity, "CN_ID_CARD"), "m": _plain(mobile, "PHONE_NUMBER"), "tel": _plain(line, "PHONE_NUMBER"),
        "card": _plain(card, "CREDIT_CARD"),
        "em": _plain(lambda rng: f"{_latin(rng, rng.randint(4, 9))}{rng.choice(('', '88', '1990', '_w'))}@{rng.choice(('qq.com', '163.com', '126.com', 'gmail.com', 'sina.cn', 'outlook.com'))}", "EMAIL_ADDRESS"),
        "wx": _plain(lambda rng: rng.choice((_latin(rng, 8), f"wx_{_latin(rng, 5)}{rng.randint(1, 999)}")), "SOCIAL_ACCOUNT"),
        "qq": _plain(lambda rng: str(rng.randint(10**5, 10**10 - 1)), "SOCIAL_ACCOUNT"),
        "plate": _plain(lambda rng: f"{rng.choice('京沪粤浙苏鲁川鄂')}{rng.choice('ABCDEFGHJK')}{rng.choice(('', '·'))}{''.join(rng.choice('ABCDEFGHJKLMN0123456789') for _ in range(4))}{rng.randint(0, 9)}", "LICENSE_PLATE"),
        "pass": _plain(lambda rng: f"E{rng.randint(10**7, 10**8 - 1)}", "PASSPORT"),
        "bd": _plain(lambda rng: rng.choice(("{0}年{1}月{2}日", "{0}-{1:02}-{2:02}", "{0}/{1}/{2}")).format(rng.randint(1955, 2006), rng.randint(1, 12), rng.randint(1, 28)), "DATE_OF_BIRTH"),
        "url": _plain(lambda rng: f"https://www.{_latin(rng, 7)}.{rng.choice(('com', 'cn', 'com.cn'))}/{_latin(rng, 4)}", "DOMAIN_NAME"),
        "en": _plain(lambda rng: " ".join(_latin(rng, rng.randint(3, 8)).title() for _ in range(2)), "PERSON"),
        "amt": _plain(_amount), "num": _plain(lambda rng: str(rng.choice((rng.randint(1, 60), rng.randint(1, 9999))))),
        "y": _plain(lambda rng: str(rng.randint(1985, 2026))), "mo": _plain(lambda rng: str(rng.randint(1, 12))), "dd": _plain(lambda rng: str(rng.randint(1, 28))),
        "ref": _plain(lambda rng: f"{_latin(rng, 2).upper()}{rng.randrange(10**12):012}"), "w": _plain(lambda rng: rng.choice(("", "的"))),
    }  # fmt: skip
