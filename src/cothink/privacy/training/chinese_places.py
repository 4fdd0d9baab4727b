"""Made-up Chinese places and addresses, from the province down to the door, in the ways that people write them."""

import random
from collections.abc import Callable

from cothink.privacy.training import chinese_words as words

Rng = random.Random
CITIES = [(province, city) for province, cities in words.PROVINCES.items() for city in cities.split()]
DIRECT = ("北京市", "上海市", "天津市", "重庆市")
_DIGITS = "一二三四五六七八九十"


def place(rng: Rng) -> str:
    """A province, a city or a district that stands alone."""
    chance = rng.random()
    province, city = rng.choice(CITIES) if rng.random() < 0.8 else (rng.choice(DIRECT), "")
    if not city:
        return province if chance < 0.5 else province[:-1]
    short = (
        province.replace("省", "")
        .replace("壮族自治区", "")
        .replace("维吾尔自治区", "")
        .replace("回族自治区", "")
        .replace("自治区", "")
    )
    county = rng.choice(words.COUNTIES)
    district = rng.choice(words.DISTRICTS)
    forms = (
        *(city, city, city, city, city + "市", city + "市", province + city + "市", short + city),
        *(
            rng.choice((province, short)),
            district + rng.choice(("区", "")),
            county,
            county[:-1],
            f"{city}市{district}区",
        ),
    )
    return rng.choice(forms)


def _number(rng: Rng, most: int) -> str:
    return str(rng.randint(1, most))


def _door(rng: Rng) -> str:
    """The building and the flat, in one of the ways that people write them."""
    building, unit, flat = _number(rng, 60), _number(rng, 6), f"{rng.randint(1, 33)}0{rng.randint(1, 9)}"
    forms: tuple[Callable[[], str], ...] = (
        lambda: f"{building}号楼{unit}单元{flat}室",
        lambda: f"{building}栋{unit}单元{flat}",
        lambda: f"{building}幢{flat}室",
        lambda: f"{building}-{unit}-{flat}",
        lambda: f"{building}座{flat}",
        lambda: f"{rng.choice('ABCDE')}座{flat}室",
        lambda: f"{building}号{flat}室",
        lambda: f"{building}号楼{flat}",
        lambda: f"{unit}单元{rng.randint(1, 30)}楼{rng.choice(('东户', '西户', '左手', '02室'))}",
        lambda: f"{rng.choice(_DIGITS)}期{building}栋{flat}房",
        lambda: f"{rng.randint(1, 30)}层{flat}室",
    )
    return rng.choice(forms)()


def address(rng: Rng) -> str:
    """An address, from the province or only from the road on, to the door or only to the number."""
    province, city = rng.choice(CITIES) if rng.random() < 0.8 else (rng.choice(DIRECT), "")
    upper = ""
    if rng.random() < 0.85:
        county = rng.choice(words.DISTRICTS) + "区" if rng.random() < 0.8 else rng.choice(words.COUNTIES)
        if city:
            upper = (province if rng.random() < 0.6 else "") + city + ("市" if rng.random() < 0.9 else "")
        else:
            upper = province if rng.random() < 0.8 else province[:-1]
        if rng.random() < 0.85:
            upper += county if rng.random() < 0.92 else county[:-1]
        if rng.random() < 0.06:
            upper = upper.replace("市", "市 ", 1)
    if rng.random() < 0.15:
        return upper + _village(rng)
    road = rng.choice(words.ROAD_NAMES) + rng.choice(words.ROAD_ENDS)
    if rng.random() < 0.2:
        road = rng.choice(words.GIVEN) + rng.choice(words.GIVEN) + rng.choice(words.ROAD_ENDS)
    if rng.random() < 0.15:
        road = rng.choice(words.TOWNS) + rng.choice(("街道", "镇")) + road
    road += f"{_number(rng, 2999)}号" if rng.random() < 0.85 else f"{_number(rng, 300)}弄{_number(rng, 60)}号"
    chance = rng.random()
    if chance < 0.3:
        return upper + road
    estate = (
        rng.choice(words.ESTATES)
        if rng.random() < 0.75
        else rng.choice(words.BRANDS)
        + rng.choice(("花园", "小区", "大厦", "广场", "公寓", "新村", "苑", "家园", "国际", "中心", "创业园", "产业园"))
    )
    if chance < 0.5:
        return upper + road + _door(rng)
    if chance < 0.85:
        return upper + road + estate + _door(rng)
    return (upper or place(rng)) + estate + _door(rng)


def _village(rng: Rng) -> str:
    town = rng.choice(words.TOWNS) + rng.choice(("镇", "乡", "街道"))
    village = (rng.choice(words.SURNAMES) + rng.choice(("家", "庄", "家庄", "村", "湾"))).rstrip("村") + "村"
    tail = rng.choice(
        (
            "",
            f"{_number(rng, 20)}组",
            f"{_number(rng, 20)}组{_number(rng, 200)}号",
            f"{_number(rng, 300)}号",
            f"{rng.choice(_DIGITS)}组",
            f"委会{rng.choice(words.TOWNS)}自然村",
        )
    )
    return town + village + tail
