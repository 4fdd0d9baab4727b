import random
import time

import pytest

from cothink.privacy.detect import Detector
from cothink.privacy.training import chinese_numbers as numbers

RULES = Detector()


def found(text: str) -> list[tuple[str, str]]:
    return [(text[span.start : span.end], span.type) for span in RULES.scan(text)]


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("身份证号：11010119900307233X，请核对", None, None),
        ("写信到 zhang.wei_88@qq.com 即可", "zhang.wei_88@qq.com", "EMAIL_ADDRESS"),
        ("邮箱ｚhang@163.com。", None, "EMAIL_ADDRESS"),
        ("reach me: jo [at] example [dot] org", "jo [at] example [dot] org", "EMAIL_ADDRESS"),
        ("电话１３８５７１２４４０９", "１３８５７１２４４０９", "PHONE_NUMBER"),
        ("请打+86 138 5712 4409。", "+86 138 5712 4409", "PHONE_NUMBER"),
        ("座机(0571)8765432转88", "(0571)8765432转88", "PHONE_NUMBER"),
        ("热线400-820-8820", "400-820-8820", "PHONE_NUMBER"),
        ("call +44 (0)20 7946 0018 now", "+44 (0)20 7946 0018", "PHONE_NUMBER"),
        ("(212) 555-0188 ext. 12", "(212) 555-0188 ext. 12", "PHONE_NUMBER"),
        ("Fax 668 5702", "668 5702", "PHONE_NUMBER"),
        ("card 4111 1111 1111 1111 expired", "4111 1111 1111 1111", "CREDIT_CARD"),
        ("Amex 3782-822463-10005", "3782-822463-10005", "CREDIT_CARD"),
        ("pay to DE89 3704 0044 0532 0130 00 today", "DE89 3704 0044 0532 0130 00", "IBAN_CODE"),
        ("my SSN is 123-45-6789", "123-45-6789", "US_SSN"),
        ("护照号E12345678", "E12345678", "PASSPORT"),
        ("passport no. K0123456", "K0123456", "PASSPORT"),
        ("车牌粤B·7D88S", "粤B·7D88S", "LICENSE_PLATE"),
        ("绿牌沪AD12345停在楼下", "沪AD12345", "LICENSE_PLATE"),
        ("微信号：lily_2019", "lily_2019", "SOCIAL_ACCOUNT"),
        ("QQ 774120983", "774120983", "SOCIAL_ACCOUNT"),
        ("生于1985年3月7日", "1985年3月7日", "DATE_OF_BIRTH"),
        ("date of birth: 03/07/1985", "03/07/1985", "DATE_OF_BIRTH"),
        ("see https://example.org/a?b=c，谢谢", "https://example.org/a?b=c", "DOMAIN_NAME"),
        ("from 192.168.10.250 again", "192.168.10.250", "IP_ADDRESS"),
        ("host 2001:db8::8a2e:370:7334 is up", "2001:db8::8a2e:370:7334", "IP_ADDRESS"),
        ("card 00:1B:44:11:3A:B7", "00:1B:44:11:3A:B7", "MAC_ADDRESS"),
        ("Account number: 12345678901", "12345678901", "ACCOUNT_NUMBER"),
        ("公积金账号 330100123456", "330100123456", "ACCOUNT_NUMBER"),
    ],
)
def test_what_has_a_shape_is_found_in_full(text: str, value: str | None, kind: str | None) -> None:
    hits = found(text)
    if kind is None:
        assert [one for one, _ in hits] == ["11010119900307233X"]
    elif value is None:
        assert kind in {one for _, one in hits}
    else:
        assert (value, kind) in hits


@pytest.mark.parametrize(
    "text",
    [
        "订单号123456789012，金额50000元，期限36个月",
        "合同编号：20240318001122",
        "Version 10.12.3.4 was released on 2019-10-12",
        "The total is $1,234,567.89 for 12 months at 3.5%",
        "invoice no. 555 123 4567",
        "pi is 3.14159265358979",
        "Ports 8080 and 443, lines 100-250, pages 12 - 48",
        "订单 4111111111111112 已发货",
        "at 12:30:45 it was over",
        "sha 9f86d081884c7d659a2feaa0c55ad015",
        "2019-10-12 to 2020-11-13",
        "每月还款3000，共24期",
    ],
)
def test_numbers_that_are_nobodys_are_left_alone(text: str) -> None:
    assert found(text) == []


def test_every_number_of_the_generator_is_found_whatever_stands_around_it() -> None:
    rng = random.Random(5)
    for make, kind in (
        (numbers.identity, "CN_ID_CARD"),
        (numbers.mobile, "PHONE_NUMBER"),
        (numbers.card, "CREDIT_CARD"),
    ):
        for _ in range(300):
            value = make(rng)
            before, after = rng.choice(("", "我的", "x ", "：", "号码")), rng.choice(("", "。", "，谢谢", " ok"))
            assert (value, kind) in found(before + value + after)


def test_a_card_with_a_wrong_digit_is_an_account_only_where_the_words_say_so() -> None:
    assert found("card number 4111111111111112") == [("4111111111111112", "ACCOUNT_NUMBER")]
    assert found("see 4111111111111112") == []


@pytest.mark.parametrize(
    "piece", ["a", "1", "a.", "1 ", "1-", "@", "a@", "://a", "微信", "0571-", "ab:", "E1", "身份证"]
)
def test_a_long_hostile_text_costs_time_in_proportion(piece: str) -> None:
    def seconds(length: int) -> float:
        begin = time.process_time()
        RULES.scan(piece * (length // len(piece)))
        return time.process_time() - begin

    seconds(2_000)
    assert seconds(20_000) < 60 * max(seconds(2_000), 0.002)
