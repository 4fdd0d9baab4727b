"""Cuts plain or LaTeX mathematics into tokens. Every pattern is linear and the length is bounded before one runs."""

import re
from dataclasses import dataclass

from cothink.verify.maths.tree import FUNCTIONS, Unreadable

MAX_CHARS = 2_000
MAX_TOKENS = 400
MAX_DIGITS = 400

_PLAIN = str.maketrans(
    {
        "×": "*", "·": "*", "⋅": "*", "∗": "*", "÷": "/", "∕": "/", "⁄": "/", "−": "-", "–": "-", "—": "-", "﹣": "-",
        "－": "-", "＋": "+", "＝": "=", "（": "(", "）": ")", "，": ", ", "、": ", ", "≤": "<=", "≥": ">=", "≠": "!=",
        "≈": "~", "π": " pi ", "∞": " inf ", "√": " sqrt ", "±": " \\pm ", "∪": " \\cup ", "°": "\\deg ", "％": "%",
        "₀": "_0", "₁": "_1", "₂": "_2", "₃": "_3", "½": " 1/2", "⅓": " 1/3", "⅔": " 2/3", "¼": " 1/4", "¾": " 3/4",
        "\u00a0": " ", "\u202f": " ", "“": '"', "”": '"', "’": "'", "θ": "\\theta ",
    }
)  # fmt: skip
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]{1,20}")

# One table for LaTeX commands; what is not here is a variable (Greek letters) or unreadable.
_COMMANDS = {
    "times": "*", "cdot": "*", "ast": "*", "div": "/", "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=",
    "geq": ">=", "geqslant": ">=", "lt": "<", "gt": ">", "ne": "!=", "neq": "!=", "approx": "~", "simeq": "~",
    "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "infty": "inf", "arccot": "arccot", "lvert": "|", "rvert": "|",
    "vert": "|", "mid": "|", "lbrace": "{set", "rbrace": "}set", "dbinom": "binom", "tbinom": "binom", "circ": "deg",
    "degree": "deg", "operatorname": "", "mathrm": "", "mathbf": "", "boldsymbol": "", "displaystyle": "",
    "limits": "", "left": "", "right": "", "big": "", "Big": "", "bigg": "", "Bigg": "", "quad": "", "qquad": "",
    "textstyle": "", "dots": "...", "ldots": "...", "cdots": "...", "emptyset": "empty", "varnothing": "empty",
    "overline": "overline", "ldotp": ".", "rm": "", "bf": "",
}  # fmt: skip
_GREEK = frozenset(
    re.findall(
        r"\S+", "alpha beta gamma delta theta lambda mu phi omega sigma rho tau epsilon varphi psi eta nu xi kappa"
    )
)

_TOKEN = re.compile(
    r"""(?P<space>\s+|\\[,;:! ]|~(?=\d)|&nbsp;)
    |(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4}(?![\d.]))?)
    |(?P<matrix>\\(?:begin|end)\{[a-z]{1,8}\})
    |(?P<row>\\\\)
    |(?P<set>\\[{}])
    |(?P<command>\\[A-Za-z]+)
    |(?P<letters>[A-Za-z]+)
    |(?P<op><=|>=|!=|\*\*|[-+*/^_!%(){}\[\],;:|=<>~&'])
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One piece: `number`, `name`, `function`, `op`, `matrix` or `end`; `spaced` tells of white space before it."""

    kind: str
    text: str
    spaced: bool = False


def clean(text: str) -> str:
    """Replace Unicode signs and LaTeX wrappers that carry no meaning by their plain form."""
    if len(text) > MAX_CHARS:
        raise Unreadable(f"the expression has {len(text)} characters; at most {MAX_CHARS} are read")
    text = _SUPERSCRIPT.sub(lambda found: "^{" + found[0].translate(_SUPERSCRIPTS) + "}", text).translate(_PLAIN)
    text = text.replace("\\$", "").replace("\\%", "%").replace("{,}", ",").replace("\\dfrac", "\\frac")
    for mark in ("$", "\\(", "\\)", "\\[", "\\]"):
        text = text.replace(mark, " ")
    return text.strip()


def join_thousands(text: str) -> str:
    """Write `1,234,567` and `1\\,234` without their separators."""
    text = re.sub(r"(?<![\d.])(\d{1,3})((?:\\[,!]\s?\d{3}){1,6})(?![\d])", _drop_separators, text)
    return re.sub(r"(?<![\d.,])(\d{1,3})((?:,(?:\\!)?\d{3}){1,20})(?![\d,])", _drop_separators, text)


def _drop_separators(found: re.Match[str]) -> str:
    return found[1] + re.sub(r"\D", "", found[2])


def tokenize(text: str) -> list[Token]:
    """Cut cleaned text into tokens, the last of which is `end`.

    Raises:
        Unreadable: A sign that is no mathematics, an unknown command, a long word, or too many tokens or digits.
    """
    tokens: list[Token] = []
    at = 0
    spaced = False
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise Unreadable(f"{text[at]!r} is no sign of mathematics")
        at = found.end()
        if found.lastgroup == "space":
            spaced = True
            continue
        tokens.extend(_classify(str(found.lastgroup), found[0], spaced))
        spaced = False
        if len(tokens) > MAX_TOKENS:
            raise Unreadable(f"more than {MAX_TOKENS} signs")
    tokens.append(Token("end", "", spaced))
    return tokens


def _classify(group: str, text: str, spaced: bool) -> list[Token]:
    if group == "number":
        if len(text) > MAX_DIGITS:
            raise Unreadable(f"a number of more than {MAX_DIGITS} digits")
        return [Token("number", text, spaced)]
    if group == "letters":
        return _letters(text, spaced)
    if group == "command":
        return _command(text[1:], spaced)
    if group == "set":
        return [Token("op", "{set" if text == "\\{" else "}set", spaced)]
    if group == "row":
        return [Token("op", "\\\\", spaced)]
    if group == "matrix":
        return [Token("matrix", text[1:], spaced)]
    return [Token("op", "^" if text == "**" else text, spaced)]


def _letters(text: str, spaced: bool) -> list[Token]:
    lower = text.lower()
    if lower in FUNCTIONS:
        return [Token("function", lower, spaced)]
    if text in {"pi", "inf", "infinity"}:
        return [Token("name", "inf" if text != "pi" else "pi", spaced)]
    if len(text) > 4 or (len(text) > 2 and set(lower) & set("eiou")):
        raise Unreadable(f"the word {text[:30]!r}")
    return [Token("name", letter, spaced and index == 0) for index, letter in enumerate(text)]


def _command(name: str, spaced: bool) -> list[Token]:
    if name in FUNCTIONS or name in {"frac", "pm", "mp", "cup", "cap", "overline", "deg", "mod"}:
        return [Token("function" if name in FUNCTIONS else "op", name, spaced)]
    if name in _GREEK or name == "pi":
        return [Token("name", name, spaced)]
    meaning = _COMMANDS.get(name)
    if meaning is None:
        raise Unreadable(f"the command \\{name[:30]}")
    if meaning == "":
        return []
    kind = "function" if meaning in FUNCTIONS else "name" if meaning in {"inf", "empty"} else "op"
    return [Token(kind, meaning, spaced)]
