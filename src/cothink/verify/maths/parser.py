"""A Pratt parser from tokens to a tree: plain and LaTeX mathematics, implicit products, tuples, sets, intervals.

Binding powers, low to high: relations, ∪, + and −, × and ÷ (and implicit products), a leading minus, ^, then ! % °.
"""

from fractions import Fraction

from cothink.verify.maths.cursor import MAX_DEPTH, MINUS
from cothink.verify.maths.operands import Operands
from cothink.verify.maths.tokens import clean, join_thousands, tokenize
from cothink.verify.maths.tree import Apply, Name, Node, Number, Unreadable, add, multiply

MAX_CHAIN = 60
SUM, PRODUCT, POWER, POSTFIX = 10, 20, 30, 40
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


class _Parser(Operands):
    """One pass over the tokens; each method reads one thing and leaves the cursor behind it."""

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
