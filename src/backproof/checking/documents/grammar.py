"""A small Pratt parser: from tokens to a tree in which names stand as they are written, to be resolved later.

Implicit products as people write them (`-0.122(0.01)(1)`, `\\delta_o w_5`), fractions and derivatives with and without
braces, sums, functions with and without parentheses, lists, arrays and matrices.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from backproof.checking.documents.lexer import Lexer, Name, Token, read_words, strip_d
from backproof.checking.documents.model import UnreadableError
from backproof.expression import Add, Call, Div, Expression, Mul, Neg, Number, Pow, Variable, walk

DEPTH, DIVISIONS, LONGEST, MOST_ENTRIES = 40, 60, 3000, 10_000
#: Kinds of tokens with which a factor begins.
BEGINNINGS = read_words("number name open frac sqrt sum partial matrix")
#: Letters of a cost, which may stand behind a gradient sign.
COSTS = read_words("E C L J cost Cost loss Loss MSE SSE Error error BCE CE")
#: What a percent sign divides by.
PERCENT = Number(100)


@dataclass(frozen=True, slots=True)
class Printed(Number):
    """A number as printed: its digits, and where they stand in the text."""

    digits: str
    at: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Symbol(Variable):
    """A name as written."""

    name: Name
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Apply(Expression):
    """A name with parentheses after it: a function of its arguments, or a product."""

    symbol: Symbol
    arguments: tuple[Expression, ...]

    @property
    def children(self) -> tuple[Expression, ...]:
        """Name and arguments."""
        return (self.symbol, *self.arguments)

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        """The same over others."""
        assert isinstance(children[0], Symbol)
        return Apply(children[0], children[1:])


@dataclass(frozen=True, slots=True)
class Ratio(Expression):
    """d top / d by; with nothing on top, of the body. `plain` is what it is where the d were no differentials."""

    top: Expression | None
    by: Expression
    body: Expression | None = None
    plain: Expression | None = field(default=None, compare=False)

    @property
    def children(self) -> tuple[Expression, ...]:
        """What is differentiated, and with respect to what."""
        return tuple(each for each in (self.top, self.by, self.body) if each is not None)


@dataclass(frozen=True, slots=True)
class Total(Expression):
    """A sum over whatever its body speaks of."""

    body: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        """The body."""
        return (self.body,)


@dataclass(frozen=True, slots=True)
class Listed(Expression):
    """A vector, or a matrix as rows."""

    rows: tuple[tuple[Expression, ...], ...]

    @property
    def children(self) -> tuple[Expression, ...]:
        """All entries."""
        return tuple(each for row in self.rows for each in row)


def printed(node: Expression | None) -> str | None:
    """The digits of a formula that is one number: signed, with a power of ten, or in percent; None for others."""
    if isinstance(node, Printed):
        return node.digits
    if isinstance(node, Neg) and (inside := printed(node.body)) is not None and inside[0] not in "+-":
        return f"-{inside}"
    if isinstance(node, Div) and node.bottom == PERCENT and (inside := printed(node.top)) and "e" not in inside:
        return f"{inside}e-2"
    if isinstance(node, Mul) and len(node.factors) == 2 and isinstance(power := node.factors[1], Pow):
        digits, exponent = printed(node.factors[0]) or "e", printed(power.exponent) or ""
        if "e" not in digits.lower() and printed(power.base) == "10" and re.fullmatch(r"-?\d{1,3}", exponent):
            return f"{digits}e{exponent}"
    return None


def first_place(node: Expression) -> int:
    """Where the first printed number of a formula stands."""
    return next((each.at for each in walk(node) if isinstance(each, Printed)), 0)


def is_arithmetic(formula: Expression) -> bool:
    """Whether a formula is made of numbers alone."""
    return not any(isinstance(each, Variable | Apply | Ratio | Listed | Total) for each in walk(formula))


def match_brackets(tokens: Sequence[Token]) -> dict[int, int]:
    """Which bracket closes which, by position; brackets without a partner are left out."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for position, token in enumerate(tokens):
        if token.kind in ("open", "matrix"):
            opened.append(position)
        elif opened and token.kind in ("close", "end"):
            opening = tokens[opened[-1]].text
            if token.text == {"(": ")", "[": "]", "{": "}"}.get(opening, opening):
                found[opened.pop()] = position
            elif token.text in (")", "}"):
                opened.clear()
    return found


def read_tree(text: str) -> Expression:
    """The tree of a short text of mathematics. Errors: UnreadableError."""
    return Parser(tuple(Lexer(text, 0, len(text), True, False).tokens())).parse()


class Parser:
    """Reads one side of an equation."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens, self.at, self.stop = tokens, 0, len(tokens)
        self.none = Token("nothing", "", 0, 0)
        self.pairs = match_brackets(tokens)
        self.depth = self.divisions = self.sums = 0

    def parse(self) -> Expression:
        """The whole of the tokens as one tree. Errors: UnreadableError."""
        if len(self.tokens) > LONGEST:
            raise UnreadableError("it is too long to be read")
        return self.within(0, self.stop, self.sum)

    def peek(self, ahead: int = 0) -> Token:
        """The next token, or one further on."""
        return self.tokens[self.at + ahead] if self.at + ahead < self.stop else self.none

    def is_sign(self, *signs: str) -> bool:
        """Whether the next token is one of these operators."""
        token = self.peek()
        return token.kind == "op" and token.text in signs

    def within(self, start: int, stop: int, read: Callable[[], Expression]) -> Expression:
        """Read a stretch of the tokens completely, but for line breaks at its ends, then go on where we were."""
        before = self.at, self.stop
        while start < stop and self.tokens[start].kind == "newline":
            start += 1
        while start < stop and self.tokens[stop - 1].kind == "newline":
            stop -= 1
        self.at, self.stop = start, stop
        found = read()
        if self.at < self.stop:
            sign = self.peek().text.strip()
            raise UnreadableError("a list is not read here" if sign == "," else f"'{sign}' cannot follow here")
        self.at, self.stop = before
        return found

    def sum(self) -> Expression:
        """Terms with + and - between them."""
        self._deeper(depth=1)
        terms = [self.product()]
        while self.is_sign("+", "-"):
            minus = self.peek().text == "-"
            self.at += 1
            squared = self._squared()
            term = self.product() if squared is None else squared
            terms.append(Neg(term) if minus else term)
        self.depth -= 1
        return terms[0] if len(terms) == 1 else Add(tuple(terms))

    def _deeper(self, depth: int = 0, division: int = 0) -> None:
        self.depth, self.divisions = self.depth + depth, self.divisions + division
        if self.depth > DEPTH or self.divisions > DIVISIONS:
            raise UnreadableError("it is nested too deep")

    def _squared(self) -> Expression | None:
        """1 - -0.4^2, which nobody means but as 1 - (-0.4)^2."""
        number, sign = self.peek(1), self.peek(2)
        if not self.is_sign("-") or number.kind != "number" or not (sign.kind == "raised" or sign.text == "^"):
            return None
        self.at += 3
        return self._raise(Neg(_number(number)), sign)

    def product(self) -> Expression:
        """Factors with or without a sign between them; a / b c is (a / b) c."""
        factors = [self.unary()]
        while True:
            if self.is_sign("*"):
                self.at += 1
                factors.append(self.unary())
            elif self.is_sign("/"):
                self.at += 1
                self._deeper(division=1)
                factors = [Div(_one(factors), self.unary())]
            elif self.peek().kind in BEGINNINGS:
                factors.append(self.power())
            else:
                return _one(factors)

    def unary(self) -> Expression:
        """A factor with its signs."""
        minus = False
        while self.is_sign("+", "-"):
            minus ^= self.peek().text == "-"
            self.at += 1
        found = self.power()
        return Neg(found) if minus else found

    def power(self) -> Expression:
        """A factor with its exponent and percent sign."""
        base = self.primary()
        while (token := self.peek()).kind == "raised" or self.is_sign("^", "%"):
            self.at += 1
            self._deeper(division=1)
            base = Div(base, PERCENT) if token.text == "%" else self._raise(base, token)
        return base

    def _raise(self, base: Expression, token: Token) -> Expression:
        transposed = token if token.kind == "raised" else self.peek()
        if transposed.text == "T":
            self.at += token is not transposed
            return base
        if token.kind == "raised":
            exponent = _raised(token)
        else:
            exponent = self.unary() if self.is_sign("-", "+") else self.primary()
        euler = isinstance(base, Symbol) and base.name.written == "e"
        return Call("exp", (exponent,)) if euler else Pow(base, exponent)

    def primary(self) -> Expression:
        """A number, name, group, fraction, root, sum, list or derivative."""
        token = self.peek()
        if token.kind in ("open", "matrix"):
            return self.group()
        if token.text == "|" and token.kind == "op":
            return self._absolute()
        readers: dict[str, Callable[[], Expression]] = {
            "number": lambda: _number(token), "name": lambda: self._name(token), "frac": self._fraction,
            "sqrt": lambda: Call("sqrt", (self.within(*self._argument(), self.sum),)), "sum": self._total,
            "partial": self._partial,
        }  # fmt: skip
        if token.kind not in readers:
            text = token.text.strip() or "a line break"
            raise UnreadableError("it ends too early" if token is self.none else f"'{text}' is not read")
        self.at += 1
        return readers[token.kind]()

    def _name(self, token: Token) -> Expression:
        assert token.name is not None
        symbol, name, following = Symbol(token.name, token.start), token.name, self.peek()
        if (ratio := self._ratio(symbol)) is not None:
            return ratio
        if name.base in ("nabla", "grad") and (gradient := self._gradient(name)) is not None:
            return gradient
        if name.base == "sqrt" and following is not self.none:
            return Call("sqrt", (self.primary(),))
        if following.kind in ("open", "matrix") and is_array(name):
            return self.primary()
        return Apply(symbol, self._arguments()) if following.text == "(" and following.kind == "open" else symbol

    def _gradient(self, name: Name) -> Expression | None:
        """∇_w E, ∇_w and grad w are dE/dw."""
        sub = name.sub.replace(",", "_")
        by = next((each.name for each in Lexer(sub, 0, len(sub), True, False).tokens()), None)
        following = self.peek().name
        if following is not None and (by is None or following.base in COSTS):
            self.at += 1
            by = by or following
        return None if by is None else Ratio(Symbol(Name("E")), Symbol(by))

    def _arguments(self) -> tuple[Expression, ...]:
        start, close = self.at + 1, self._closing()
        if close == start:
            raise UnreadableError("nothing stands in parentheses")
        commas = (at for at in self._top_level(start, close) if self.tokens[at].text == ",")
        found = tuple(self.within(one + 1, other, self.sum) for one, other in pairwise((self.at, *commas, close)))
        self.at = close + 1
        return found

    def group(self) -> Expression:
        """What stands between brackets: a formula, or a list."""
        start, close = self.at + 1, self._closing()
        opening, first = self.tokens[self.at], self.tokens[start]
        divided = any(self._divider(at, start) for at in self._top_level(start, close))
        if opening.kind == "matrix" or (first.text == "[" and start in self.pairs) or divided:
            found: Expression = Listed(tuple(self._rows(start, close)))
            if not found.children:
                raise UnreadableError("the list or matrix is empty")
        else:
            found = self.within(start, close, self.sum)
            if opening.text == "[" and "." in (printed(found) or ""):
                found = Listed(((found,),))
        self.at = close + 1
        return found

    def _top_level(self, start: int, close: int) -> Iterator[int]:
        """The positions outside of inner brackets."""
        while start < close:
            yield start
            start = self.pairs.get(start, start) + 1

    def _divider(self, at: int, start: int) -> str:
        """What divides a list at a place: `row`, `entry`, or the `blank` before a number; nothing where none does."""
        token, before = self.tokens[at], self.tokens[at - 1]
        if token.text == ";" or token.kind == "row":
            return "row"
        if token.text in (",", "&") or token.kind == "newline":
            return "entry"
        numbers = at > start and before.kind == "number" and token.spaced and self.tokens[start - 1].kind == "open"
        signed = token.kind == "op" and token.text == "-" and not self.tokens[at + 1].spaced
        return "blank" if numbers and (token.kind == "number" or signed) else ""

    def _rows(self, start: int, close: int) -> Iterator[tuple[Expression, ...]]:
        """The entries of a list, or its rows: lists in a list, or divided by semicolons and line ends."""
        row: list[Expression] = []
        entry = start
        if close - start > MOST_ENTRIES:
            raise UnreadableError("the list or matrix is too long")
        for at in (*self._top_level(start, close), close):
            if at == entry and at < close and self.tokens[at].text == "[" and at in self.pairs:
                yield from self._rows(at + 1, self.pairs[at])
                entry = self.pairs[at] + 1
                continue
            divider = "row" if at == close else self._divider(at, start)
            if divider and at > entry:
                row.append(self.within(entry, at, self.sum))
            entry = entry if not divider else at if divider == "blank" else at + 1
            if divider == "row" and row:
                yield tuple(row)
                row = []

    def _closing(self) -> int:
        close = self.pairs.get(self.at)
        if close is None or close >= self.stop:
            raise UnreadableError("a bracket is not closed")
        return close

    def _argument(self) -> tuple[int, int]:
        """The tokens of a command's argument: a group, or one token."""
        if self.peek() is self.none:
            raise UnreadableError("it ends too early")
        start, close = (self.at + 1, self._closing()) if self.peek().kind == "open" else (self.at, self.at + 1)
        self.at = close + (start > self.at)
        return start, close

    def _absolute(self) -> Expression:
        ends = (i for i in range(self.at + 1, self.stop) if self.tokens[i].kind == "op" and self.tokens[i].text == "|")
        close = next(ends, None)
        if close is None:
            raise UnreadableError("a bar | has no partner")
        start, self.at = self.at + 1, close + 1
        return Call("abs", (self.within(start, close, self.sum),))

    def _total(self) -> Expression:
        self.sums += 1
        if self.sums > 1:
            raise UnreadableError("a sum within a sum is not read")
        while self.is_sign("_", "^"):
            self.at += 1
            self._argument()
        body = self.product()
        self.sums -= 1
        return Total(body)

    # Derivatives: fractions, or on one line, with letters d or signs ∂

    def _fraction(self) -> Expression:
        token = self.peek()
        if token.kind == "number" and len(token.text) == 2 and token.text.isdigit():
            self.at += 1
            return Div(*(Printed(int(digit), digit, token.start) for digit in token.text))
        top, bottom = self._argument(), self._argument()
        above, below = self._behind_d(*top), self._behind_d(*bottom)
        if above is not None and below is not None and below[0] is not None:
            return self._derivative(above[0], below[0])
        return Div(self.within(*top, self.sum), self.within(*bottom, self.sum))

    def _behind_d(self, start: int, stop: int) -> tuple[Expression | None] | None:
        """What stands behind the d of one side of a fraction, if anything does; None where it does not begin with d."""
        start, stop = self._inside(start, stop)
        first = self.tokens[start] if start < stop else self.none
        if first.kind == "partial" or (first.name is not None and first.name.written == "d"):
            start, stop = self._inside(start + 1, stop)
            if start < stop and (self.tokens[start].text == "^" or self.tokens[start].kind == "raised"):
                says = "a derivative with respect to more than one letter, or a second one, is not read"
                raise UnreadableError(says)
            return (self.within(start, stop, self.sum) if start < stop else None,)
        stripped = strip_d(first.name) if first.name is not None and stop - start == 1 else None
        return (Symbol(stripped, first.start),) if stripped is not None else None

    def _inside(self, start: int, stop: int) -> tuple[int, int]:
        while start < stop and self.pairs.get(start) == stop - 1:
            start, stop = start + 1, stop - 1
        return start, stop

    def _derivative(self, top: Expression | None, by: Expression, plain: Expression | None = None) -> Expression:
        """The derivative of what is on top, else of the factor that follows."""
        follows = top is None and self.peek().kind in BEGINNINGS
        return Ratio(top, by, self.power() if follows else None, plain)

    def _ratio(self, symbol: Symbol) -> Expression | None:
        """dE/dw5 on one line, where both letters d are differentials."""
        below = self.peek(1)
        by = strip_d(below.name) if below.name is not None and self.is_sign("/") else None
        top = strip_d(symbol.name)
        if below.name is None or by is None or (top is None and symbol.name.base != "d"):
            return None
        self.at += 2
        plain = Div(symbol, Symbol(below.name, below.start))
        over = Symbol(top, symbol.at) if top is not None and symbol.name.base != "d" else None
        return self._derivative(over, Symbol(by, below.start), plain)

    def _partial(self) -> Expression:
        """∂E/∂w on one line."""
        top = self._bare() if self.peek().kind in ("name", "open") else None
        if not self.is_sign("/") or self.peek(1).kind != "partial":
            raise UnreadableError("a d or \\partial stands alone")
        self.at += 2
        return self._derivative(top, self._bare())

    def _bare(self) -> Expression:
        """A name or group alone, without an argument of its own."""
        token = self.peek()
        if token.name is not None:
            self.at += 1
            return Symbol(token.name, token.start)
        return self.within(*self._argument(), self.sum)


def is_array(name: Name) -> bool:
    """np.array, array, vec, matrix: a word before a list that says nothing of its own."""
    return name.base in ("array", "tensor", "matrix", "np") and not name.subs


def _number(token: Token, text: str = "") -> Expression:
    text = text or token.text
    if len(text) > 400 or len(text.lower().partition("e")[2]) > 5:
        raise UnreadableError("a number has too many digits")
    return Printed(float(text), text, token.start)  # never an integer: 9^9^9^9 must end


def _raised(token: Token) -> Expression:
    """The exponent of x², x⁻¹."""
    digits = token.text.lstrip("-")
    if not digits.isdigit() or not digits.isascii():
        raise UnreadableError(f"the superscript {token.text} is not read")
    found = _number(token, digits)
    return Neg(found) if token.text[0] == "-" else found


def _one(factors: list[Expression]) -> Expression:
    return factors[0] if len(factors) == 1 else Mul(tuple(factors))
