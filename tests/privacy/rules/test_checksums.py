import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.privacy.rules.checksums import (
    id_check_digit,
    is_card,
    is_cn_id,
    is_credit_code,
    is_iban,
    is_ssn,
    luhn,
    luhn_digit,
)


@given(st.text("0123456789", min_size=11, max_size=18))
def test_one_wrong_digit_breaks_the_luhn_sum(first: str) -> None:
    whole = first + luhn_digit(first)
    if len(set(whole)) > 1:
        assert luhn(whole)
    wrong = str((int(whole[0]) + 1) % 10) + whole[1:]
    assert not luhn(wrong)


@pytest.mark.parametrize("first", ["11010119900307231", "44030619851231999", "65010120000229004"])
def test_an_identity_card_is_right_with_its_check_digit_only(first: str) -> None:
    right = id_check_digit(first)
    assert [c for c in "0123456789X" if is_cn_id(first + c)] == [right]


@pytest.mark.parametrize("text", ["110101199002302310", "991010119900307231", "110101900307231x", "99010190030723"])
def test_an_identity_card_needs_a_province_and_a_day_that_exists(text: str) -> None:
    assert not is_cn_id(text)


def test_an_old_identity_card_has_fifteen_digits() -> None:
    assert is_cn_id("110101900307231")


@pytest.mark.parametrize(
    ("number", "is_one"),
    [("4111111111111111", True), ("4111111111111112", False), ("0000000000000000", False), ("79927398713", False)],
)
def test_a_card_has_an_issuer_a_length_and_the_digit(number: str, is_one: bool) -> None:
    assert is_card(number) is is_one


def test_an_iban_has_its_countrys_length_and_the_remainder() -> None:
    assert is_iban("DE89370400440532013000")
    assert not is_iban("DE89370400440532013001")
    assert not is_iban("DE8937040044053201300")
    assert not is_iban("XX89370400440532013000")


def test_a_credit_code_has_its_check_character() -> None:
    assert is_credit_code("91350211M000100Y43") or not is_credit_code("91350211M000100Y44")
    good = [c for c in "0123456789ABCDEFGHJKLMNPQRTUWXY" if is_credit_code("91330100MA27XL0N1" + c)]
    assert len(good) == 1


def test_some_social_security_numbers_are_never_given_out() -> None:
    assert is_ssn("123", "45", "6789")
    assert not any((is_ssn("000", "45", "6789"), is_ssn("123", "00", "6789"), is_ssn("666", "45", "6789")))
