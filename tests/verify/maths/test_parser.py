import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cothink.verify.maths.exact import exact_value
from cothink.verify.maths.parser import parse
from cothink.verify.maths.same_value import same_value
from cothink.verify.maths.tree import Apply, Name, Node, Number, Undefined, Unreadable, add, multiply, show

leaves = st.one_of(
    st.fractions(min_value=0, max_value=50, max_denominator=20).map(Number),
    st.sampled_from([Name("x"), Name("y"), Name("pi")]),
)


def _grow(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    pair = st.tuples(children, children)
    return st.one_of(
        pair.map(lambda two: add(*two)),
        pair.map(lambda two: multiply(*two)),
        pair.map(lambda two: Apply("/", two)),
        children.map(lambda one: Apply("neg", (one,))),
        children.map(lambda one: Apply("sqrt", (one,))),
        st.tuples(children, st.integers(0, 3)).map(lambda two: Apply("^", (two[0], Number(Fraction(two[1]))))),
    )


@given(st.recursive(leaves, _grow, max_leaves=8))
@settings(max_examples=200, deadline=None)
def test_what_is_printed_is_read_back_with_the_same_value(node: Node) -> None:
    again = parse(show(node))
    assert same_value(node, again) is not False


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2+3*4", 14),
        ("-2^2", -4),
        ("2^3^2", 512),
        ("(1+2)(3+4)", 21),
        ("8/4/2", 1),
        ("2*-3", -6),
        ("10-3-2", 5),
        ("3!", 6),
        ("2^{-1}*4", 2),
        ("50%", Fraction(1, 2)),
    ],
)
def test_precedence_is_the_usual_one(text: str, value: Fraction) -> None:
    assert exact_value(parse(text)) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2 3 4",
        "1 +",
        "(1",
        "1)",
        "\\frac{1}",
        "\\nope",
        "hello world",
        "2..3",
        "\\begin{pmatrix} 1",
        "[1, 2, 3)",
        "@",
        "1_x",
        "x^",
    ],
)
def test_what_is_no_mathematics_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        parse(text)


@pytest.mark.parametrize("text", ["10^10^10", "99999!", "2^99999", "1/0", "0^0", "\\sqrt[99]{2}", "x"])
def test_what_has_no_exact_value_in_bounds_is_undefined(text: str) -> None:
    with pytest.raises(Undefined):
        exact_value(parse(text))


def test_depth_and_length_are_bounded() -> None:
    for text in ("(" * 200 + "1" + ")" * 200, "1+" * 1_500 + "1", "x" * 3_000, "9" * 1_000, "-" * 100 + "1"):
        with pytest.raises(Unreadable):
            parse(text)


def test_random_noise_is_read_or_refused_and_nothing_else() -> None:
    source = random.Random(3)
    pieces = [
        "1",
        "x",
        "(",
        ")",
        "{",
        "}",
        "\\frac",
        "^",
        "_",
        "+",
        "-",
        "\\sqrt",
        "[",
        "]",
        ",",
        "|",
        "%",
        "\\pm",
        "sin",
        "\\\\",
        "&",
        "=",
        "<",
        "\\overline",
        "!",
        ".",
        " ",
    ]
    for _ in range(5_000):
        try:
            show(parse("".join(source.choices(pieces, k=source.randrange(1, 12)))))
        except Unreadable:
            continue
