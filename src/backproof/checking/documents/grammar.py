"""A small Pratt parser: from tokens to a tree in which names stand as they are written, to be resolved later.

Implicit products as people write them (`-0.122(0.01)(1)`, `\\delta_o w_5`), fractions and derivatives with and without
braces, sums, functions with and without parentheses, lists, arrays and matrices.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from backproof.checking.documents.lexer import Token
from backproof.checking.documents.model import UnreadableError
from backproof.checking.documents.tails import Name
from backproof.checking.documents.tree import PERCENT, Apply, Listed, Printed, Ratio, Symbol, Total, printed
from backproof.expression import Add, Call, Div, Expression, Mul, Neg, Pow

DEPTH, DIVISIONS, LONGEST = 40, 60, 3000
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
        """Read a stretch of the tokens completely, then go on where we were."""
        before = self.at, self.stop
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
        return token is not None and token.kind in (
            "number",
            "name",
            "open",
            "frac",
            "sqrt",
            "sum",
            "partial",
            "matrix",
        )

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
        if token.kind == "raised":
            if token.text == "T":
                return base
            exponent = _digits(token)
        else:
            following = self.peek()
            if following is not None and following.name is not None and following.name.written == "T":
                self.at += 1
                return base
            exponent = self.unary() if self.sign("-", "+") else self.primary()
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
        if token.kind == "open":
            return self.group()
        if token.kind == "matrix":
            return self._matrix()
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
        following = self.peek()
        if token.name.base == "sqrt" and following is not None:
            return Call("sqrt", (self.primary(),))
        if following is not None and following.kind in ("open", "matrix") and is_array(token.name):
            return self.primary()
        if following is not None and following.kind == "open" and following.text == "(":
            arguments = self._arguments()
            if arguments is not None:
                return Apply(symbol, arguments)
        return symbol

    def _arguments(self) -> tuple[Expression, ...] | None:
        start, close = self.at + 1, self._closing()
        if close == start:
            raise UnreadableError("nothing stands in parentheses")
        parts = self._split(start, close, (",",))
        found = tuple(self.within(*part, self.sum) for part in parts)
        self.at = close + 1
        return found

    def _ratio(self, symbol: Symbol) -> Expression | None:
        """dE/dw5 on one line, where both letters d are differentials."""
        slash, below = self.peek(), self.peek(1)
        if slash is None or below is None or slash.kind != "op" or slash.text != "/":
            return None
        if below.kind == "partial" or below.name is None:
            return None
        top, by = strip_d(symbol), strip_d(Symbol(below.name, below.start))
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
        bracket = self.tokens[self.at].text
        if any(True for _ in self._breaks(start, close)):
            found: Expression = self._list(start, close)
        else:
            found = self.within(start, close, self.sum)
            if bracket == "[" and _is_entry(found) and "." in self._text(start, close):
                found = Listed(((found,),))
        self.at = close + 1
        return found

    def _text(self, start: int, close: int) -> str:
        return "".join(token.text for token in self.tokens[start:close])

    def _breaks(self, start: int, close: int) -> Sequence[int]:
        """Where a list is divided: commas, semicolons, line breaks, blanks between numbers, lists in a list."""
        tokens, at, found = self.tokens, start, []
        while at < close:
            token = tokens[at]
            if token.kind in ("open", "matrix") and at in self.pairs:
                if token.text == "[" and at == start:
                    found.append(at)
                at = self.pairs[at] + 1
                continue
            numbers = at > start and token.kind in ("number", "op") and tokens[at - 1].kind == "number" and token.spaced
            signed = (
                numbers and token.kind == "op" and token.text == "-" and at + 1 < close and not tokens[at + 1].spaced
            )
            if (
                token.text in (",", ";")
                or token.kind in ("newline", "row")
                or (numbers and token.kind == "number")
                or signed
            ):
                found.append(at)
            at += 1
        return found

    def _list(self, start: int, close: int) -> Listed:
        """A list of entries, or of lists: rows."""
        rows: list[tuple[Expression, ...]] = []
        row: list[Expression] = []
        at = start
        nested = False
        breaks = set(self._breaks(start, close))
        entry = start
        while at <= close:
            token = self.tokens[at]
            if at < close and token.kind == "open" and token.text == "[" and at == entry and at in self.pairs:
                nested = True
                inner = self._list(at + 1, self.pairs[at])
                rows.extend(inner.rows)
                at = entry = self.pairs[at] + 1
                continue
            if at < close and token.kind in ("open", "matrix") and at in self.pairs and at not in breaks:
                at = self.pairs[at] + 1
                continue
            if at == close or at in breaks:
                if at > entry:
                    row.append(self.within(entry, at, self.sum))
                if at < close and (token.text == ";" or token.kind == "row") and row:
                    rows.append(tuple(row))
                    row = []
                entry = at if at < close and token.kind in ("number", "op") else at + 1
            at += 1
        if row:
            rows.append(tuple(row))
        if not rows or sum(map(len, rows)) > 10_000:
            raise UnreadableError("the list is empty or too long")
        return Listed(tuple(rows), nested or len(rows) > 1)

    def _matrix(self) -> Listed:
        """\\begin{bmatrix} 0.1 & 0.2 \\\\ 0.3 & 0.4 \\end{bmatrix}"""
        start, close = self.at + 1, self._closing()
        rows = []
        for part in self._split(start, close, ("\\\\",)):
            cells = [self.within(*cell, self.sum) for cell in self._split(*part, ("&",)) if cell[0] < cell[1]]
            if cells:
                rows.append(tuple(cells))
        self.at = close + 1
        if not rows:
            raise UnreadableError("the matrix is empty")
        return Listed(tuple(rows), True)

    def _split(self, start: int, stop: int, signs: tuple[str, ...]) -> list[tuple[int, int]]:
        """Stretches between separators outside of inner brackets."""
        parts, begin, at = [], start, start
        while at < stop:
            if at in self.pairs and self.pairs[at] < stop:
                at = self.pairs[at]
            elif self.tokens[at].text in signs:
                parts.append((begin, at))
                begin = at + 1
            at += 1
        parts.append((begin, stop))
        return [self._trim(*part) for part in parts]

    def _trim(self, start: int, stop: int) -> tuple[int, int]:
        while start < stop and self.tokens[start].kind == "newline":
            start += 1
        while start < stop and self.tokens[stop - 1].kind == "newline":
            stop -= 1
        return start, stop

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
            stripped = strip_d(Symbol(first.name, first.start))
            return (stripped, part) if stripped is not None else None
        return None

    def _root(self) -> Expression:
        return Call("sqrt", (self.within(*self._argument(), self.sum),))

    def _partial(self) -> Expression:
        """A derivative on one line: ∂E/∂w."""
        top: Expression | None = None
        if not self.sign("/"):
            token = self.peek()
            if token is None or token.kind not in ("name", "open"):
                raise UnreadableError("a d or \\partial stands alone")
            top = self._bare()
        if not self.sign("/"):
            raise UnreadableError("a d or \\partial stands alone")
        self.at += 1
        token = self.peek()
        if token is None or token.kind != "partial":
            raise UnreadableError("a derivative has no d below its line")
        self.at += 1
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


def strip_d(symbol: Symbol) -> Symbol | None:
    """The name behind a d that is written in one with it, as in dE or dw5; None where it does not begin so."""
    name = symbol.name
    if name.base[:1] != "d" or len(name.base) < 2 or name.base in ("delta", "d"):
        if name.base == "d" and name.subs and re.match(r"[A-Za-z]", name.subs[0]):
            return Symbol(replace(name, base=name.subs[0], subs=name.subs[1:]), symbol.at)
        return None
    return Symbol(replace(name, base=name.base[1:], raw=name.raw[1:]), symbol.at)


def is_array(name: Name) -> bool:
    """np.array, array, vec, matrix: a word before a list that says nothing of its own."""
    return name.base in ("array", "tensor", "matrix", "np") and not name.subs


def _is_entry(tree: Expression) -> bool:
    return printed(tree) is not None


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
