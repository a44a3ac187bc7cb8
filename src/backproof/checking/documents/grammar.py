"""A small Pratt parser: from tokens to a tree in which names stand as they are written, to be resolved later.

Implicit products as people write them (`-0.122(0.01)(1)`, `\\delta_o w_5`), fractions and derivatives with and without
braces, sums, functions with and without parentheses, lists, arrays and matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from backproof.checking.documents.lexer import read_words
from backproof.checking.documents.lexer import Lexer, Token
from backproof.checking.documents.model import UnreadableError
from backproof.checking.documents.lexer import Name, strip_d
from backproof.checking.documents.tree import PERCENT, Apply, Listed, Printed, Ratio, Symbol, Total, printed
from backproof.expression import Add, Call, Div, Expression, Mul, Neg, Pow

DEPTH, DIVISIONS, LONGEST = 40, 60, 3000
#: Kinds of tokens with which a factor begins.
BEGINNINGS = read_words("number name open frac sqrt sum partial matrix")
#: Letters of a cost, which may stand behind a gradient sign.
COSTS = read_words("E C L J cost Cost loss Loss MSE SSE Error error BCE CE")
CLOSING = {"(": ")", "[": "]", "{": "}"}


def match_brackets(tokens: Sequence[Token]) -> dict[int, int]:
    """Which bracket closes which, by position; brackets without a partner are left out."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for position, token in enumerate(tokens):
        if token.kind in ("open", "matrix"):
            opened.append(position)
        elif opened and _closes(tokens[opened[-1]], token):
            found[opened.pop()] = position
        elif token.kind == "close" and token.text != "]":
            opened.clear()
    return found


def _closes(opening: Token, token: Token) -> bool:
    if token.kind == "end":
        return opening.kind == "matrix"
    return token.kind == "close" and CLOSING.get(opening.text) == token.text


class Parser:
    """Reads one side of an equation."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens, self.at, self.stop = tokens, 0, len(tokens)
        self.pairs = match_brackets(tokens)
        self.depth = self.divisions = self.sums = 0

    def parse(self) -> Expression:
        """The whole of the tokens as one tree. Errors: UnreadableError."""
        if not self.tokens:
            raise UnreadableError("nothing stands on one side")
        if len(self.tokens) > LONGEST:
            raise UnreadableError("it is too long to be read")
        found = self.sum()
        self._finished()
        return found

    def _finished(self) -> None:
        if self.at < self.stop:
            sign = self.tokens[self.at].text.strip()
            raise UnreadableError("a list is not read here" if sign == "," else f"'{sign}' cannot follow here")

    def peek(self, ahead: int = 0) -> Token | None:
        """The next token, or one further on."""
        return self.tokens[self.at + ahead] if self.at + ahead < self.stop else None

    def sign(self, *signs: str) -> bool:
        """Whether the next token is one of these operators."""
        token = self.peek()
        return token is not None and token.kind == "op" and token.text in signs

    def within(self, start: int, stop: int, read: Callable[[], Expression]) -> Expression:
        """Read a stretch of the tokens completely, but for line breaks at its ends, then go on where we were."""
        before = self.at, self.stop
        while start < stop and self.tokens[start].kind == "newline":
            start += 1
        while start < stop and self.tokens[stop - 1].kind == "newline":
            stop -= 1
        self.at, self.stop = start, stop
        found = read()
        self._finished()
        self.at, self.stop = before
        return found

    def sum(self) -> Expression:
        """Terms with + and - between them."""
        self.depth += 1
        if self.depth > DEPTH:
            raise UnreadableError("it is nested too deep")
        terms = [self.product()]
        while self.sign("+", "-"):
            minus = self.tokens[self.at].text == "-"
            self.at += 1
            squared = self._squared()
            term = self.product() if squared is None else squared
            terms.append(Neg(term) if minus else term)
        self.depth -= 1
        return terms[0] if len(terms) == 1 else Add(tuple(terms))

    def _squared(self) -> Expression | None:
        """1 - -0.4^2, which nobody means but as 1 - (-0.4)^2."""
        minus, number, sign = self.peek(), self.peek(1), self.peek(2)
        if minus is None or number is None or sign is None or minus.text != "-" or minus.kind != "op":
            return None
        if number.kind != "number" or not (sign.kind == "raised" or sign.text in ("^",)):
            return None
        self.at += 2
        base = Neg(Printed(_number(number.text), number.text, number.start))
        self.at += 1
        return self._raise(base, sign)

    def product(self) -> Expression:
        """Factors with or without a sign between them; a / b c is (a / b) c."""
        factors = [self.unary()]
        while True:
            if self.sign("*"):
                self.at += 1
                factors.append(self.unary())
            elif self.sign("/"):
                self.at += 1
                self._divided()
                factors = [Div(_one(factors), self.unary())]
            elif self._begins():
                factors.append(self.power())
            else:
                return _one(factors)

    def _divided(self) -> None:
        self.divisions += 1
        if self.divisions > DIVISIONS:
            raise UnreadableError("it is nested too deep")

    def _begins(self) -> bool:
        token = self.peek()
        return token is not None and token.kind in BEGINNINGS

    def unary(self) -> Expression:
        """A factor with its signs."""
        minus = False
        while self.sign("+", "-"):
            minus ^= self.tokens[self.at].text == "-"
            self.at += 1
        found = self.power()
        return Neg(found) if minus else found

    def power(self) -> Expression:
        """A factor with its exponent and percent sign."""
        base = self.primary()
        while (token := self.peek()) is not None:
            if token.kind == "raised" or self.sign("^"):
                self.at += 1
                self._divided()
                base = self._raise(base, token)
            elif self.sign("%"):
                self.at += 1
                base = Div(base, PERCENT)
            else:
                break
        return base

    def _raise(self, base: Expression, token: Token) -> Expression:
        following = self.peek()
        transposed = token if token.kind == "raised" else following
        if transposed is not None and transposed.text == "T":
            self.at += token is not transposed
            return base
        exponent = _digits(token) if token.kind == "raised" else self.unary() if self.sign("-", "+") else self.primary()
        if isinstance(base, Apply) and len(base.arguments) == 1:
            return Pow(base, exponent)
        euler = isinstance(base, Symbol) and base.name.written == "e"
        return Call("exp", (exponent,)) if euler else Pow(base, exponent)

    def primary(self) -> Expression:
        """A number, name, group, fraction, root, sum, list or derivative."""
        token = self.peek()
        if token is None:
            raise UnreadableError("it ends too early")
        if token.kind == "number":
            self.at += 1
            return Printed(_number(token.text), token.text, token.start)
        if token.kind == "name":
            return self._name(token)
        if token.kind in ("open", "matrix"):
            return self.group()
        if token.kind == "op" and token.text == "|":
            return self._absolute()
        reader = {"frac": self._fraction, "sqrt": self._root, "sum": self._total, "partial": self._partial}
        if token.kind in reader:
            self.at += 1
            return reader[token.kind]()
        raise UnreadableError(f"'{token.text.strip() or 'a line break'}' is not read")

    def _name(self, token: Token) -> Expression:
        assert token.name is not None
        self.at += 1
        symbol = Symbol(token.name, token.start)
        if (ratio := self._ratio(symbol)) is not None:
            return ratio
        if token.name.base in ("nabla", "grad") and (gradient := self._gradient(token.name)) is not None:
            return gradient
        following = self.peek()
        if token.name.base == "sqrt" and following is not None:
            return Call("sqrt", (self.primary(),))
        if following is not None and following.kind in ("open", "matrix") and is_array(token.name):
            return self.primary()
        if following is not None and following.kind == "open" and following.text == "(":
            return Apply(symbol, self._arguments())
        return symbol

    def _gradient(self, name: Name) -> Expression | None:
        """∇_w E, ∇_w and grad w are dE/dw."""
        sub = name.sub.replace(",", "_")
        by = next((each.name for each in Lexer(sub, 0, len(sub), True, False).tokens()), None)
        following = self.peek()
        if following is not None and following.name is not None:
            if by is None or following.name.base in COSTS:
                self.at += 1
            by = following.name if by is None else by
        return None if by is None else Ratio(Symbol(Name("E")), Symbol(by))

    def _arguments(self) -> tuple[Expression, ...]:
        start, close = self.at + 1, self._closing()
        if close == start:
            raise UnreadableError("nothing stands in parentheses")
        commas = (at for at in self._top_level(start, close) if self.tokens[at].text == ",")
        found = tuple(self.within(one + 1, other, self.sum) for one, other in pairwise((self.at, *commas, close)))
        self.at = close + 1
        return found

    def _ratio(self, symbol: Symbol) -> Expression | None:
        """dE/dw5 on one line, where both letters d are differentials."""
        slash, below = self.peek(), self.peek(1)
        if slash is None or below is None or slash.kind != "op" or slash.text != "/":
            return None
        if below.kind == "partial" or below.name is None:
            return None
        top, by = _behind_d(symbol), _behind_d(Symbol(below.name, below.start))
        if by is None or (top is None and symbol.name.base != "d"):
            return None
        self.at += 2
        plain = Div(symbol, Symbol(below.name, below.start))
        if symbol.name.base == "d":
            return Ratio(None, by, self._body(), plain)
        return Ratio(top, by, None, plain)

    def _body(self) -> Expression | None:
        return self.power() if self._begins() else None

    def group(self) -> Expression:
        """What stands between brackets: a formula, or a list."""
        start, close = self.at + 1, self._closing()
        opening, first = self.tokens[self.at], self.tokens[start]
        if opening.kind == "matrix" or (first.text == "[" and start in self.pairs) or self._is_divided(start, close):
            found: Expression = self._list(start, close)
        else:
            found = self.within(start, close, self.sum)
            digits = printed(found) if opening.text == "[" else None
            if digits is not None and any("." in token.text for token in self.tokens[start:close]):
                found = Listed(((found,),))
        self.at = close + 1
        return found

    def _top_level(self, start: int, close: int) -> Iterator[int]:
        """The positions outside of inner brackets."""
        while start < close:
            yield start
            start = self.pairs.get(start, start) + 1

    def _is_divided(self, start: int, close: int) -> bool:
        return any(self._divider(at, start) for at in self._top_level(start, close))

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

    def _list(self, start: int, close: int) -> Listed:
        """A list of entries, or of rows: lists in a list, or divided by semicolons and line ends."""
        rows: list[tuple[Expression, ...]] = []
        row: list[Expression] = []
        entry, nested = start, self.tokens[start - 1].kind == "matrix"
        for at in (*self._top_level(start, close), close):
            if at == entry and at < close and self.tokens[at].text == "[" and at in self.pairs:
                rows += self._list(at + 1, self.pairs[at]).rows
                entry, nested = self.pairs[at] + 1, True
                continue
            divider = "row" if at == close else self._divider(at, start)
            if divider and at > entry:
                row.append(self.within(entry, at, self.sum))
            entry = entry if not divider else at if divider == "blank" else at + 1
            if divider == "row" and row:
                rows.append(tuple(row))
                row = []
        if not rows or sum(map(len, rows)) > 10_000:
            raise UnreadableError("the list or matrix is empty, or too long")
        return Listed(tuple(rows), nested or len(rows) > 1)

    def _closing(self) -> int:
        close = self.pairs.get(self.at)
        if close is None or close >= self.stop:
            raise UnreadableError("a bracket is not closed")
        return close

    def _argument(self) -> tuple[int, int]:
        """The tokens of a command's argument: a group, or one token."""
        token = self.peek()
        if token is None:
            raise UnreadableError("it ends too early")
        if token.kind == "open":
            start, close = self.at + 1, self._closing()
            self.at = close + 1
            return start, close
        self.at += 1
        return self.at - 1, self.at

    def _absolute(self) -> Expression:
        ends = (i for i in range(self.at + 1, self.stop) if self.tokens[i].kind == "op" and self.tokens[i].text == "|")
        close = next(ends, None)
        if close is None:
            raise UnreadableError("a bar | has no partner")
        start, self.at = self.at + 1, close + 1
        return Call("abs", (self.within(start, close, self.sum),))

    def _fraction(self) -> Expression:
        token = self.peek()
        if token is not None and token.kind == "number" and len(token.text) == 2 and token.text.isdigit():
            self.at += 1
            return Div(*(Printed(int(digit), digit, token.start) for digit in token.text))
        top, bottom = self._argument(), self._argument()
        above, below = self._differential(top), self._differential(bottom)
        if above is not None and below is not None:
            by = self.within(*below[1], self.sum) if below[0] is None else below[0]
            if above[0] is None and above[1][0] >= above[1][1]:
                return Ratio(None, by, self._body())
            over = above[0] if above[0] is not None else self.within(*above[1], self.sum)
            return Ratio(over, by)
        return Div(self.within(*top, self.sum), self.within(*bottom, self.sum))

    def _differential(self, part: tuple[int, int]) -> tuple[Symbol | None, tuple[int, int]] | None:
        """What stands behind the d of a stretch of tokens: a name written in one with it, or the rest."""
        start, stop = part
        while start < stop and self.tokens[start].kind == "open" and self.pairs.get(start) == stop - 1:
            start, stop = start + 1, stop - 1
        first = self.tokens[start] if start < stop else None
        if first is None:
            return None
        following = self.tokens[start + 1] if start + 1 < stop else None
        if first.kind == "partial" and following is not None and (following.text == "^" or following.kind == "raised"):
            raise UnreadableError("a derivative with respect to more than one letter, or a second one, is not read")
        if first.kind == "partial" or (first.name is not None and first.name.written == "d"):
            rest = start + 1
            while rest < stop and self.tokens[rest].kind == "open" and self.pairs.get(rest) == stop - 1:
                rest, stop = rest + 1, stop - 1
            return None, (rest, stop)
        if first.name is not None and stop - start == 1:
            stripped = _behind_d(Symbol(first.name, first.start))
            return (stripped, part) if stripped is not None else None
        return None

    def _root(self) -> Expression:
        return Call("sqrt", (self.within(*self._argument(), self.sum),))

    def _partial(self) -> Expression:
        """A derivative on one line: ∂E/∂w."""
        token, top = self.peek(), None
        if token is not None and token.kind in ("name", "open"):
            top = self._bare()
        below = self.peek(1)
        if not self.sign("/") or below is None or below.kind != "partial":
            raise UnreadableError("a d or \\partial stands alone")
        self.at += 2
        by = self._bare()
        return Ratio(top, by, self._body() if top is None else None)

    def _bare(self) -> Expression:
        """A name or group alone, without an argument of its own."""
        token = self.peek()
        if token is not None and token.name is not None:
            self.at += 1
            return Symbol(token.name, token.start)
        return self.within(*self._argument(), self.sum)

    def _total(self) -> Expression:
        self.sums += 1
        if self.sums > 1:
            raise UnreadableError("a sum within a sum is not read")
        while self.sign("_", "^"):
            self.at += 1
            self._argument()
        body = self.product()
        self.sums -= 1
        return Total(body)


def _behind_d(symbol: Symbol) -> Symbol | None:
    name = strip_d(symbol.name)
    return None if name is None else Symbol(name, symbol.at)


def is_array(name: Name) -> bool:
    """np.array, array, vec, matrix: a word before a list that says nothing of its own."""
    return name.base in ("array", "tensor", "matrix", "np") and not name.subs


def _digits(token: Token) -> Expression:
    """The exponent of x², x⁻¹."""
    digits = token.text.lstrip("-")
    if not digits.isdigit() or not digits.isascii():
        raise UnreadableError(f"the superscript {token.text} is not read")
    found = Printed(_number(digits), digits, token.start)
    return Neg(found) if token.text[0] == "-" else found


def _one(factors: list[Expression]) -> Expression:
    return factors[0] if len(factors) == 1 else Mul(tuple(factors))


def _number(text: str) -> float:
    if len(text) > 400 or len(text.lower().partition("e")[2]) > 5:
        raise UnreadableError("a number has too many digits")
    return float(text)  # never an integer: 9^9^9^9 must end
