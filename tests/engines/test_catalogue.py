from datetime import date
from typing import Any

import pytest

from cothink.core.chunk import Usage
from cothink.core.errors import SettingError, UnknownModel
from cothink.engines.catalogue import Catalogue

TODAY = date(2026, 11, 24)


def test_the_shipped_rows_are_all_there() -> None:
    names = {row.name for row in Catalogue()}
    assert names >= {
        "deepseek-r1", "deepseek-r1-0528", "deepseek-r1-distill-qwen-14b", "deepseek-flash", "deepseek-v4-pro",
        "o1", "o1-preview", "o1-mini", "o1-pro", "o3", "o3-mini", "o3-pro", "gpt-5", "gpt-5-pro", "gpt-5.1",
        "gpt-6.1-sol", "gpt-6-astra", "stand-in-r1", "stand-in-pro",
    }  # fmt: skip


def test_every_price_carries_its_day_and_every_successor_is_a_row() -> None:
    catalogue = Catalogue()
    for row in catalogue:
        assert row.price is None or date.fromisoformat(row.price.as_of), row.name
        assert row.successor is None or catalogue.find(row.successor), row.name
        assert row.shutdown_date is None or row.successor, row.name


def test_a_model_is_found_by_alias_and_in_any_case() -> None:
    catalogue = Catalogue()
    assert catalogue.row("deepseek-ai/DeepSeek-R1-0528").name == "deepseek-r1-0528"
    assert catalogue.row("O1-Pro-2025-03-19").name == "o1-pro"
    assert catalogue.find("my-own-model") is None


def test_an_unknown_model_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownModel, match="Did you mean 'o1-pro'"):
        Catalogue().row("o1pro")
    with pytest.raises(UnknownModel, match=r"no model 'qqqq'\.$"):
        Catalogue().row("qqqq")


def test_o1_pro_is_followed_by_a_model_that_is_alive() -> None:
    catalogue = Catalogue()
    assert catalogue.successor("o1-pro", date(2026, 10, 22)).name == "o1-pro"
    assert catalogue.successor("o1-pro", date(2026, 10, 23)).name == "gpt-6.1-sol"
    assert catalogue.successor("o3-pro", TODAY).name == "o3-pro"
    assert catalogue.successor("o3-pro", date(2026, 12, 11)).name == "gpt-6.1-sol"


def test_a_chain_of_retired_models_is_followed_to_its_end() -> None:
    own = {
        "a": _row(shutdown_date=date(2026, 1, 1), successor="b"),
        "b": _row(shutdown_date="2026-02-01", successor="c"),
        "c": _row(),
    }
    assert Catalogue(own).successor("a", TODAY).name == "c"
    assert Catalogue(own).successor("a", date(2026, 1, 15)).name == "b"


@pytest.mark.parametrize("successor", ["b", "a", "nobody", None])
def test_a_chain_that_ends_nowhere_is_refused_and_never_loops(successor: str | None) -> None:
    own = {
        "a": _row(shutdown_date="2026-01-01", successor="b"),
        "b": _row(shutdown_date="2026-01-01", successor=successor),
    }
    with pytest.raises(UnknownModel, match="a was switched off on 2026-01-01"):
        Catalogue(own).successor("a", TODAY)


def test_prices_count_the_long_context_tier_and_the_cache() -> None:
    price = Catalogue().price("gpt-6.1-sol")
    assert price is not None
    assert price.cost_nanousd(Usage(prompt_tokens=1_000_000 - 900_000, completion_tokens=0)) == 200_000_000
    assert price.cost_nanousd(Usage(prompt_tokens=300_000, completion_tokens=1000)) == 1_215_000_000
    assert price.cost_nanousd(Usage(prompt_tokens=1000, cached_tokens=1000)) == 100_000


def test_prices_in_yuan_are_not_passed_off_as_dollars() -> None:
    row = Catalogue().row("deepseek-flash")
    assert (row.priced, row.price, row.currency) == (False, None, "CNY")


def test_a_user_changes_a_field_and_keeps_the_rest() -> None:
    row = Catalogue({"o1-pro": {"successor": "gpt-6-astra"}}).row("o1-pro")
    assert (row.successor, row.shutdown_date, row.max_output_tokens) == ("gpt-6-astra", date(2026, 10, 23), 100_000)


def test_a_users_price_ends_the_claim_that_there_is_none() -> None:
    row = Catalogue({"deepseek-flash": {"price": {"input_usd": 0.2, "output_usd": 0.6}}}).row("deepseek-flash")
    assert row.priced
    assert row.price is not None
    assert (row.price.input_usd, row.currency) == (0.2, "USD")
    assert Catalogue({"o1": {"priced": False}}).price("o1") is None


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"o1": {"sucessor": "o3"}}, "models.o1 has no field 'sucessor'. Did you mean 'successor'"),
        ({"o1": {"price": {"input": 1.0}}}, "models.o1.price has no field 'input'. Did you mean 'input_usd'"),
        ({"o1": {"name": "o2"}}, "models.o1 has no field 'name'"),
        ({"o1": {"zone": "moon"}}, r"models.o1: Invalid enum value 'moon' - at `\$.zone`"),
        ({"o1": 3}, "models.o1 is 3; allowed is a table"),
        ({"new": {"engine": "responses"}}, "models.new: Object missing required field `zone`"),
        ({"new": {"engine": "responses", "zone": "hosted"}}, "give a `price`, or say `priced = false`"),
        ({"o1": {"price": {"input_usd": -1.0}}}, "models.o1.price.input_usd is -1.0"),
        ({"o1": {"price": {"input_usd": float("nan")}}}, "models.o1.price.input_usd is nan"),
        ({"o1": {"price": {"input_usd": 1.0}, "currency": "CNY"}}, "counted in USD only"),
        ({"o1": {"context_tokens": 0}}, "models.o1.context_tokens is 0"),
        ({"o1": {"aliases": ["o3"]}}, "the name 'o3' already stands for o1"),
        ({"o1": {"efforts": ["loud"]}}, "Invalid enum value 'loud'"),
    ],
)
def test_a_row_that_is_not_understood_is_refused(own: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        Catalogue(own)


def test_the_capabilities_say_what_the_row_says_and_guess_low_where_it_is_silent() -> None:
    pro = Catalogue().capabilities("o1-pro")
    assert (pro.context_tokens, pro.sampling, pro.logprobs, pro.zone) == (200_000, False, False, "hosted")
    assert pro.modalities == {"text", "image"}
    assert Catalogue().capabilities("o3").context_tokens == 131_072


def _row(**fields: Any) -> dict[str, Any]:
    return {"engine": "responses", "zone": "hosted", "priced": False, **fields}
