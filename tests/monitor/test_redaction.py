"""What is masked, what is left alone."""

import pytest

from cothink.monitor.redaction import PIECE_CHARS, Remembering, pieces, redact_all, redactor

ALL = redactor(("personal", "secret"))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to ada.l+x@mail.example.co.uk, please", "write to <EMAIL_ADDRESS>, please"),
        ("call +49 (0)30 1234-5678 now", "call <PHONE_NUMBER> now"),
        ("call 555-867-5309.", "call <PHONE_NUMBER>."),
        ("手机 13812345678", "手机 <PHONE_NUMBER>"),
        ("card 4111 1111 1111 1111 ok", "card <CREDIT_CARD> ok"),
        ("card 5500005555555559 ok", "card <CREDIT_CARD> ok"),
        ("api_key = 'hunter2hunter2'", "api_key = '<SECRET>'"),
        ('{"password": "correct-horse"}', '{"password": "<SECRET>"}'),
        ("Authorization: Bearer abcdefghijkl.mnop", "Authorization: Bearer <SECRET>"),
        ("sk-proj-abcdefghijklmnop1234", "<SECRET>"),
        ("AKIAIOSFODNN7EXAMPLE00 is a key", "<SECRET> is a key"),
        ("hash 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", "hash <SECRET>"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\nend", "<SECRET>\nend"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE never ends", "<SECRET>"),
    ],
)
def test_what_should_not_rest_is_masked(text: str, masked: str) -> None:
    assert ALL(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "17 * 23 = 391, and 1000000 rows",
        "on 2026-11-24 at 13:37, or 24.11.2026",
        "version 3.11.7, commit 5162584",
        "a@b is not an address, nor is @home",
        "the key to success is a token of trust",
        "x = 3.14159265358979",
        "antidisestablishmentarianism-is-only-letters-and-so-is-this",
        "",
    ],
)
def test_plain_text_and_numbers_are_left_alone(text: str) -> None:
    assert ALL(text) == text


def test_only_what_is_asked_for_is_masked() -> None:
    text = "ada@example.com password=hunter2hunter2"
    assert redactor(("personal",))(text) == "<EMAIL_ADDRESS> password=hunter2hunter2"
    assert redactor(("secret",))(text) == "ada@example.com password=<SECRET>"
    assert redactor(())(text) == text


def test_every_text_in_a_record_is_masked_and_no_name_of_a_field() -> None:
    told = {"api_key": ["ada@example.com", {"deep": ("+49 30 12345678", 7, None)}]}
    assert redact_all(told, ALL) == {"api_key": ["<EMAIL_ADDRESS>", {"deep": ["<PHONE_NUMBER>", 7, None]}]}


def test_long_texts_are_parted_at_white_space_and_lose_nothing() -> None:
    for text in ("word and\n" * 9_000, "ab " * 30_000, "x" * 50_000, ""):
        parted = list(pieces(text))
        assert "".join(parted) == text
        assert all(len(one) <= PIECE_CHARS for one in parted)


def test_a_text_that_comes_again_is_masked_once_and_its_words_are_not_kept() -> None:
    asked: list[str] = []

    def mask(text: str) -> str:
        asked.append(text)
        return text.replace("ada@example.com", "<EMAIL_ADDRESS>")

    redact = Remembering(mask, most=2)
    for text in ("to ada@example.com", "plain", "to ada@example.com", "plain"):
        assert redact(text) == text.replace("ada@example.com", "<EMAIL_ADDRESS>")
    assert asked == ["to ada@example.com", "plain"]
    assert "ada@example.com" not in repr(vars(redact))
    redact("a third")
    redact("plain")
    redact("to ada@example.com")  # the longest unused one was forgotten
    assert asked == ["to ada@example.com", "plain", "a third", "to ada@example.com"]
    assert Remembering(redactor(()))("\ud800") == "\ud800"  # half a character hurts nobody
