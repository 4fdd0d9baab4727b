import pytest
from hypothesis import given
from hypothesis import strategies as st

from cothink.core.chunk import Usage
from cothink.core.errors import LimitReached
from cothink.core.ledger import Limits
from cothink.core.messages import FunctionSpec, Message, TextPart, Tool
from cothink.core.price import Price
from cothink.core.request import Request, Sampling
from cothink.core.run import Run
from cothink.engines.tokens import EstimatedTokens, prompt_tokens
from cothink.traffic.reserve import Reservation, most_prompt_tokens, reserve

LONG = Price(input_usd=2, output_usd=10, long_from_tokens=1_000, long_input_usd=4, long_output_usd=15)


def hold(
    limits: Limits, *, price: Price = LONG, prompt: int = 100, asked: int | None = None, most: int = 500
) -> Reservation:
    request = Request(
        model="pro", messages=(Message("user", "x"),), run=Run("r", limits=limits), sampling=Sampling(max_tokens=asked)
    )
    return reserve(request, price, model="pro", prompt_tokens=prompt, most_tokens=most, floor_tokens=16)


def test_a_call_that_fits_is_reserved_whole() -> None:
    held = hold(Limits(tokens=10_000))
    assert (held.tokens, held.request.sampling.max_tokens, held.clipped_by) == (600, 500, None)
    assert held.nanousd == LONG.cost_nanousd(Usage(100, 500))


def test_the_model_never_gives_more_than_its_most() -> None:
    assert hold(Limits(tokens=10_000), asked=9_000).request.sampling.max_tokens == 500


def test_a_request_that_already_asks_for_what_it_gets_is_passed_on_as_it_is() -> None:
    held = hold(Limits(tokens=10_000), asked=40)
    assert held.request.sampling == Sampling(max_tokens=40)
    assert held.tokens == 140


def test_a_long_prompt_is_reserved_at_its_long_price() -> None:
    dollars = LONG.cost_nanousd(Usage(2_000, 50))
    held = hold(Limits(cost_nanousd=dollars), prompt=2_000)
    assert (held.request.sampling.max_tokens, held.nanousd, held.clipped_by) == (50, dollars, "run_cost_limit")


def test_the_narrower_of_two_limits_clips_and_is_named() -> None:
    dollars = LONG.cost_nanousd(Usage(100, 300))
    assert hold(Limits(tokens=200, cost_nanousd=dollars)).clipped_by == "run_tokens_limit"
    assert hold(Limits(tokens=900, cost_nanousd=dollars)).clipped_by == "run_cost_limit"


@given(
    cost=st.integers(0, 10**8),
    prompt=st.integers(0, 3_000),
    input_usd=st.floats(0, 200),
    output_usd=st.floats(0, 700),
    most=st.integers(1, 100_000),
)
def test_a_reservation_never_costs_more_than_is_left_and_wastes_no_token(
    cost: int, prompt: int, input_usd: float, output_usd: float, most: int
) -> None:
    price = Price(input_usd=input_usd, output_usd=output_usd)
    try:
        held = hold(Limits(cost_nanousd=cost), price=price, prompt=prompt, most=most)
    except LimitReached as error:
        assert error.code == "run_cost_limit"
        assert price.cost_nanousd(Usage(prompt, 17)) > cost or most < 16
        return
    assert held.nanousd <= cost
    given_tokens = held.tokens - prompt
    if held.clipped_by:
        assert price.cost_nanousd(Usage(prompt, given_tokens + 2)) > cost


@pytest.mark.parametrize("output_usd", [1e-300, 1.4e-9, 1e-6, 1e9])
def test_a_price_of_any_size_is_searched_in_a_few_steps(output_usd: float) -> None:
    price = Price(output_usd=output_usd)
    held = hold(Limits(cost_nanousd=10**15), price=price, most=10**12)
    assert held.nanousd <= 10**15


def test_the_error_names_what_is_needed_and_what_is_left() -> None:
    with pytest.raises(LimitReached, match="100 tokens of prompt and at least 16 of answer; of the 110 tokens"):
        hold(Limits(tokens=110))


TEXTS = st.one_of(
    st.text(), st.text("aB"), st.text("a1 .\n\t"), st.text("汉字🙂éЖ한"), st.just("aB" * 500), st.just("ab" * 500)
)


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_a_prompt_never_has_more_tokens_than_its_bytes_allow(texts: list[str]) -> None:
    request = Request(model="r1", messages=tuple(Message("user", text) for text in texts), run=Run("r"))
    most = most_prompt_tokens(request)
    assert most is not None
    assert most >= prompt_tokens(request, EstimatedTokens())
    assert most >= sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)


def test_a_prompt_of_more_than_words_is_to_be_counted() -> None:
    parts = Request(model="r1", messages=(Message("user", (TextPart("x"),)),), run=Run("r"))
    tools = Request(model="r1", messages=(Message("user", "x"),), run=Run("r"), tools=(Tool(FunctionSpec(name="f")),))
    thoughts = Request(model="r1", messages=(Message("assistant", "x", reasoning_content="y"),), run=Run("r"))
    assert [most_prompt_tokens(one) for one in (parts, tools, thoughts)] == [None] * 3
