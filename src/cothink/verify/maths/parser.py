"""A Pratt parser from tokens to a tree: plain and LaTeX mathematics, implicit products, tuples, sets, intervals, matrices.

Binding powers, low to high: relations, ∪, + and −, × and ÷ (and implicit products), a leading minus, ^, and what stands after (! % °).
"""

from fractions import Fraction

from cothink.verify.maths.tokens import Token, clean, join_thousands, tokenize
from cothink.verify.maths.tree import Apply, Name, Node, Number, Unreadable, add, multiply

MAX_DEPTH = 40
MAX_CHAIN = 60
SUM, PRODUCT, MINUS, POWER, POSTFIX = 10, 20, 25, 30, 40
_RELATIONS = {"=": "=", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "!=": "!=", "~": "="}
_HALF_TURN = Number(Fraction(180))
_COMMANDS_WITH_VALUE = frozenset({"frac", "(", "[", "{", "{set", "|", "pm", "mp"})


def parse(text: str, *, thousands: bool = True) -> Node:
    """Read an expression, relation, list, tuple, set, interval or matrix.

    Args:
        text: Plain or LaTeX mathematics.
        thousands: Whether `1,234` is one number; else it is a list of two.

    Raises:
        Unreadable: It is no mathematics that this parser reads, or is over a bound on length or depth.
    """
    cleaned = clean(text)
    tokens = tokenize(join_thousands(cleaned) if thousands else cleaned)
    if tokens[0].kind == "end":
        raise Unreadable("nothing to read")
    return _Parser(tokens).whole()


class _Parser:
    """One pass over the tokens; each method reads one thing and leaves the cursor behind it."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0
        self.bars = 0

    @property
    def now(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.tokens[self.at]
        if token.kind == "end":
            raise Unreadable("it ends too early")
        self.at += 1
        return token

    def accept(self, text: str) -> bool:
        if self.now.text == text and self.now.kind in {"op", "matrix"}:
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise Unreadable(f"expected {text!r}, found {self.now.text[:20]!r}")

    def whole(self) -> Node:
        items = self.items()
        if self.now.kind != "end":
            raise Unreadable(f"{self.now.text[:20]!r} is left over")
        return items[0] if len(items) == 1 else Apply("list", tuple(items))

    def items(self) -> list[Node]:
        found = [self.relation()]
        while self.accept(",") or self.accept(";"):
            if self.now.kind == "end":
                break
            found.append(self.relation())
        return found

    def relation(self) -> Node:
        sides = [self.expression(0)]
        signs: list[str] = []
        while self.now.kind == "op" and self.now.text in _RELATIONS and len(signs) < MAX_CHAIN:
            signs.append(_RELATIONS[self.take().text])
            sides.append(self.expression(0))
        pairs = [Apply(sign, (sides[i], sides[i + 1])) for i, sign in enumerate(signs)]
        if not pairs:
            return sides[0]
        return pairs[0] if len(pairs) == 1 else Apply("and", tuple(pairs))

    def expression(self, power: int) -> Node:
        """Read operators that bind tighter than `power`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH}")
        left = self.prefix()
        links = 0
        while (step := self.infix(left, power)) is not None:
            left = step
            links += 1
            if links > MAX_CHAIN:
                raise Unreadable(f"more than {MAX_CHAIN} operators in one row")
        self.depth -= 1
        return left

    def infix(self, left: Node, power: int) -> Node | None:
        """Read one operator and its right side, or return None where none binds tighter than `power`."""
        token = self.now
        if token.kind == "op" and token.text in {"!", "%", "deg"} and power < POSTFIX:
            self.at += 1
            return self.postfix(token.text, left)
        if token.kind == "op" and token.text == "^" and power <= POWER:
            self.at += 1
            return self.raised(left)
        if token.kind == "op" and token.text in {"*", "/", ":"} and power < PRODUCT:
            self.at += 1
            right = self.expression(PRODUCT)
            return multiply(left, right) if token.text == "*" else Apply("/", (left, right))
        if token.kind == "op" and token.text in {"+", "-", "pm", "mp", "cup"} and power < SUM:
            self.at += 1
            return self.summed(token.text, left)
        if power < PRODUCT and self.starts_factor():
            return multiply(left, self.expression(PRODUCT))
        return None

    def postfix(self, sign: str, left: Node) -> Node:
        if sign == "%":
            return Apply("/", (left, Number(Fraction(100))))
        if sign == "deg":
            return Apply("/", (multiply(left, Name("pi")), _HALF_TURN))
        return Apply("!", (left,))

    def raised(self, left: Node) -> Node:
        if self.accept("deg") or (self.now.text == "{" and self.tokens[self.at + 1].text == "deg"):
            if self.accept("{"):
                self.take()
                self.expect("}")
            return self.postfix("deg", left)
        return Apply("^", (left, self.expression(POWER) if self.now.text != "{" else self.group()))

    def summed(self, sign: str, left: Node) -> Node:
        right = self.expression(SUM if sign != "cup" else SUM - 1)
        if sign == "+":
            return add(left, right)
        if sign == "-":
            return add(left, Apply("neg", (right,)))
        return Apply("pm" if sign == "mp" else sign, (left, right))

    def starts_factor(self) -> bool:
        token, before = self.now, self.tokens[self.at - 1]
        if token.kind == "number":
            return before.kind != "number" and before.text not in {"!", "%"}
        if token.text == "|":
            return self.bars == 0
        if token.kind in {"name", "function", "matrix"}:
            return not token.text.startswith("end")
        return token.text in _COMMANDS_WITH_VALUE - {"pm", "mp"}

    def prefix(self) -> Node:
        """Read one operand with the signs in front of it."""
        token = self.take()
        if token.kind == "number":
            return self.number(token.text)
        if token.kind == "name":
            return self.name(token.text)
        if token.kind == "function":
            return self.call(token.text)
        if token.kind == "matrix":
            return self.matrix(token.text)
        if token.text in {"-", "+"}:
            inner = self.expression(MINUS)
            return Apply("neg", (inner,)) if token.text == "-" else inner
        if token.text in {"pm", "mp"}:
            return Apply("pm", (Number(Fraction(0)), self.expression(SUM)))
        return self.bracketed(token.text)

    def bracketed(self, sign: str) -> Node:
        if sign == "frac":
            return Apply("/", (self.argument(), self.argument()))
        if sign == "|":
            self.bars += 1
            inner = self.expression(0)
            self.bars -= 1
            self.expect("|")
            return Apply("abs", (inner,))
        if sign in {"{", "{set"}:
            return self.braced("}set" if sign == "{set" else "}")
        if sign in {"(", "["}:
            return self.opened(sign)
        raise Unreadable(f"{sign[:20]!r} starts no value")

    def braced(self, end: str) -> Node:
        if self.accept(end):
            return Apply("set", ())
        bars, self.bars = self.bars, 0
        items = self.items()
        self.bars = bars
        self.expect(end)
        return items[0] if len(items) == 1 and end == "}" else Apply("set", tuple(items))

    def opened(self, sign: str) -> Node:
        bars, self.bars = self.bars, 0
        items = self.items()
        self.bars = bars
        end = self.take().text
        if end not in {")", "]"}:
            raise Unreadable(f"the bracket {sign!r} is not closed")
        if len(items) == 1 and {sign, end} in ({"(", ")"}, {"[", "]"}):
            return items[0]
        if sign + end == "()":
            return Apply("tuple", tuple(items))
        if len(items) == 2:
            return Apply(sign + end, tuple(items))
        raise Unreadable("brackets that do not match")

    def number(self, text: str) -> Node:
        if self.now.text == "overline":
            self.take()
            return _repeating(text, self.digits())
        if self.now.text == "_":
            self.take()
            return Apply("base", (Number(Fraction(_digits_of(text))), self.argument()))
        value = _literal(text)
        return self.mixed(text, value) or value

    def mixed(self, text: str, whole: Number) -> Node | None:
        """Read `2 1/2` and `2\\frac{1}{2}` as two and a half, where the fraction is below one."""
        start = self.at
        if not text.isdigit():
            return None
        if self.now.text == "frac" and self.now.kind == "op":
            self.take()
            above, below = self.argument(), self.argument()
        elif self.now.kind == "number" and self.now.spaced and self.tokens[self.at + 1].text == "/":
            above = _literal(self.take().text)
            self.take()
            below = _literal(self.take().text) if self.now.kind == "number" else Name("none")
        else:
            return None
        if isinstance(above, Number) and isinstance(below, Number) and 0 < above.value < below.value:
            return Number(whole.value + above.value / below.value)
        self.at = start
        return None

    def digits(self) -> str:
        braced = self.accept("{")
        token = self.take()
        if braced:
            self.expect("}")
        return _digits_of(token.text)

    def name(self, text: str) -> Node:
        if self.now.text != "_":
            return Name(text)
        self.take()
        braced = self.accept("{")
        index = self.take().text
        while braced and not self.accept("}"):
            index += self.take().text
        return Name(f"{text}_{index[:20]}")

    def argument(self) -> Node:
        """Read a LaTeX argument: a group, one digit, or one operand."""
        if self.now.text == "{":
            return self.group()
        if self.now.kind == "number" and len(self.now.text) > 1:
            token = self.now
            self.tokens[self.at] = Token("number", token.text[1:])
            return _literal(token.text[0])
        return self.prefix()

    def group(self) -> Node:
        self.expect("{")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH}")
        inner = self.relation()
        self.depth -= 1
        self.expect("}")
        return inner

    def call(self, function: str) -> Node:
        exponent: Node | None = None
        extra: tuple[Node, ...] = ()
        if function == "sqrt" and self.accept("["):
            extra = (self.expression(0),)
            self.expect("]")
        elif function == "log" and self.accept("_"):
            extra = (self.argument(),)
        if self.now.text == "^" and function not in {"sqrt", "root"}:
            self.take()
            exponent = self.argument()
        arguments = self.arguments(function)
        result = Apply(_NAMED_WITH_EXTRA.get(function, function) if extra else function, (*arguments, *extra))
        return result if exponent is None else Apply("^", (result, exponent))

    def arguments(self, function: str) -> tuple[Node, ...]:
        if self.accept("("):
            items = self.items()
            self.expect(")")
            return tuple(items)
        if function == "binom":
            return (self.argument(), self.argument())
        if self.now.text == "{":
            return (self.group(),)
        if function == "sqrt":
            return (self.argument() if not self.now.spaced else self.expression(MINUS),)
        inner = self.expression(MINUS)
        while self.now.kind == "name":
            inner = multiply(inner, self.expression(MINUS))
        return (inner,)

    def matrix(self, opening: str) -> Node:
        kind = opening.removeprefix("begin{").removesuffix("}")
        if opening.startswith("end") or kind not in {"pmatrix", "bmatrix", "matrix", "array"}:
            raise Unreadable(f"the environment {kind!r}")
        rows: list[Node] = []
        cells: list[Node] = []
        while not self.accept(f"end{{{kind}}}"):
            cells.append(self.expression(0))
            if self.accept("\\\\"):
                rows.append(Apply("row", tuple(cells)))
                cells = []
            elif not self.accept("&") and self.now.kind != "matrix":
                raise Unreadable("a matrix that is not closed")
        if cells:
            rows.append(Apply("row", tuple(cells)))
        return Apply("matrix", tuple(rows))


_NAMED_WITH_EXTRA = {"sqrt": "root", "log": "log_base"}


def _digits_of(text: str) -> str:
    if not text.isdigit():
        raise Unreadable(f"{text[:20]!r} are no digits")
    return text


def _literal(text: str) -> Number:
    body, _, exponent = text.lower().partition("e")
    places = len(body.partition(".")[2])
    value = Fraction("0" + body if body.startswith(".") else body.rstrip("."))
    if not exponent:
        return Number(value, places)
    shift = int(exponent)
    if abs(shift) > 400:
        raise Unreadable(f"the exponent {shift} is over 400")
    return Number(value * Fraction(10) ** shift, max(0, places - shift))


def _repeating(text: str, period: str) -> Number:
    """Read `0.1` with the period `6` as 1/6."""
    start = _literal(text)
    size = Fraction(1, 10**start.places)
    return Number(start.value + size * Fraction(int(period), 10 ** len(period) - 1))
