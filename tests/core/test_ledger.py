import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.core.chunk import Usage
from cothink.core.errors import LimitReached
from cothink.core.ledger import Ledger, Limits
from cothink.core.price import Price, usd

O1_PRO = Price(input_usd=150, output_usd=600)


def test_the_call_after_the_last_allowed_one_is_refused() -> None:
    ledger = Ledger(Limits(calls=2))
    ledger.open("r1", "site")
    ledger.open("r1", "site")
    with pytest.raises(LimitReached, match="2 calls") as caught:
        ledger.open("pro", "hosted")
    assert caught.value.code == "run_calls_limit"


def test_parallel_calls_cannot_overspend_together() -> None:
    ledger = Ledger(Limits(cost_nanousd=1_000))
    ledger.open("pro", "hosted", reserve_nanousd=600)
    with pytest.raises(LimitReached) as caught:
        ledger.open("pro", "hosted", reserve_nanousd=600)
    assert caught.value.code == "run_cost_limit"


def test_settling_gives_back_what_was_reserved_and_not_used() -> None:
    ledger = Ledger(Limits(cost_nanousd=1_000, tokens=100))
    entry = ledger.open("pro", "hosted", reserve_tokens=90, reserve_nanousd=900)
    ledger.close(entry, usage=Usage(10, 5), cost_nanousd=100, seconds=1.0, outcome="completed")
    assert (ledger.cost_nanousd, ledger.nanousd_left, ledger.tokens_left) == (100, 900, 85)


def test_a_call_cut_off_without_usage_keeps_its_reservation() -> None:
    ledger = Ledger(Limits(cost_nanousd=1_000))
    entry = ledger.open("pro", "hosted", reserve_nanousd=700)
    ledger.close(entry, usage=None, cost_nanousd=0, seconds=1.0, outcome="cut")
    assert ledger.nanousd_left == 300


def test_prices_are_exact_in_nano_dollars() -> None:
    assert O1_PRO.cost_nanousd(Usage(1, 1)) == 750_000
    assert Price(input_usd=0.02).cost_nanousd(Usage(3)) == 60
    cached = Price(input_usd=2, output_usd=10, cached_usd=0.1)
    assert cached.cost_nanousd(Usage(prompt_tokens=1_000, cached_tokens=900)) == 1000 * 100 * 2 + 900 * 100


def test_a_long_prompt_pays_the_long_price_for_the_whole_call() -> None:
    price = Price(input_usd=2, output_usd=10, long_from_tokens=272_000, long_input_usd=4, long_output_usd=15)
    assert price.cost_nanousd(Usage(272_000, 10)) == 1000 * (272_000 * 2 + 10 * 10)
    assert price.cost_nanousd(Usage(272_001, 10)) == 1000 * (272_001 * 4 + 10 * 15)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=30))
def test_the_sum_booked_is_the_sum_of_usage(calls: list[tuple[int, int]]) -> None:
    ledger = Ledger(Limits())
    for prompt, completion in calls:
        usage = Usage(prompt, completion)
        entry = ledger.open("pro", "hosted")
        ledger.close(entry, usage=usage, cost_nanousd=O1_PRO.cost_nanousd(usage), seconds=0.0, outcome="completed")
    assert ledger.cost_nanousd == sum(150_000 * p + 600_000 * c for p, c in calls)
    assert ledger.usage == Usage(sum(p for p, _ in calls), sum(c for _, c in calls))
    assert usd(ledger.cost_nanousd) == pytest.approx(ledger.cost_nanousd / 1e9)
