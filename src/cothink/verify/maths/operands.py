"""The half of the parser that reads operands: numbers, names, LaTeX groups, function calls, matrices."""

from fractions import Fraction

from cothink.verify.maths.cursor import MAX_DEPTH, MINUS, Cursor, digits_of, literal, repeating
from cothink.verify.maths.tokens import Token
from cothink.verify.maths.tree import Apply, Name, Node, Number, Unreadable, multiply

_NAMED_WITH_EXTRA = {"sqrt": "root", "log": "log_base"}


class Operands(Cursor):
    """Reads one operand; each method leaves the cursor behind what it read."""

    def number(self, text: str) -> Node:
        """Read what follows a literal: a period, a base, a fraction."""
        if self.now.text == "overline":
            self.take()
            return repeating(text, self.digits())
        if self.now.text == "_":
            self.take()
            base = self.argument()
            if not isinstance(base, Number):
                raise Unreadable("a base that is no number")
            return Apply("base", (Number(Fraction(digits_of(text))), base))
        value = literal(text)
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
            above = literal(self.take().text)
            self.take()
            below = literal(self.take().text) if self.now.kind == "number" else Name("none")
        else:
            return None
        if isinstance(above, Number) and isinstance(below, Number) and 0 < above.value < below.value:
            return Number(whole.value + above.value / below.value)
        self.at = start
        return None

    def digits(self) -> str:
        """Read the period of a repeating decimal."""
        braced = self.accept("{")
        token = self.take()
        if braced:
            self.expect("}")
        return digits_of(token.text)

    def name(self, text: str) -> Node:
        """Read a variable with its index."""
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
            return literal(token.text[0])
        return self.prefix()

    def group(self) -> Node:
        """Read what stands in braces."""
        self.expect("{")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH}")
        inner = self.relation()
        self.depth -= 1
        self.expect("}")
        return inner

    def call(self, function: str) -> Node:
        """Read a function with its exponent, base or degree."""
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
        """Read a function's arguments, in brackets or bare."""
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
        """Read the rows of a matrix up to its end."""
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
