"""A small Pratt parser: from tokens to a formula of the worksheet's quantities.

Implicit products as people write them (`-0.122(0.01)(1)`, `\\delta_o w_5`), fractions and derivatives with and without
braces, sums over the outputs, functions with and without parentheses.
"""

from __future__ import annotations

from backproof.checking.documents import functions_read as applied
from backproof.checking.documents import slopes
from backproof.checking.documents.model import UnreadableError
from backproof.checking.documents.nodes import FREE, PERCENT, Printed
from backproof.checking.documents.token_cursor import TokenCursor
from backproof.checking.documents.tokens import ACTIVATIONS, FUNCTION_LETTERS, FUNCTIONS, Name, Token
from backproof.expression import Add, Call, Div, Expression, Mul, Neg, Number, Pow
from backproof.quantity import Kind, Quantity

DEPTH, DIVISIONS, OUTPUTS = 40, 60, 50


class Parser(TokenCursor):
    """Parses one side of an equation. `repairs` says where the writing had to be set right to be read at all."""

    depth = divisions = sums = 0

    def parse(self) -> Expression:
        """The whole of the tokens as one formula. Errors: UnreadableError."""
        if not self.tokens:
            raise UnreadableError("nothing stands on one side")
        found = self.sum()
        self._finished()
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
            term = self.product()
            terms.append(Neg(term) if minus else term)
        self.depth -= 1
        return terms[0] if len(terms) == 1 else Add(tuple(terms))

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
        return token is not None and token.kind in ("number", "name", "open", "frac", "sqrt", "sum", "partial")

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
        token = self.peek()
        euler = token is not None and token.kind == "name" and token.name == Name("e")
        base = self.primary()
        while (token := self.peek()) is not None:
            if token.kind == "raised" or self.sign("^"):
                self.at += 1
                self._divided()
                base = self._raised(base, token, euler)
            elif self.sign("%"):
                self.at += 1
                base = Div(base, PERCENT)
            else:
                break
        return base

    def _raised(self, base: Expression, token: Token, euler: bool) -> Expression:
        if token.kind == "raised":
            exponent = _digits(token)
        else:
            following = self.peek()
            if following is not None and following.name in (Name("T"), Name("top")):
                self.at += 1
                return base
            exponent = self.unary() if self.sign("-", "+") else self.primary()
        return Call("exp", (exponent,)) if euler and base == Quantity(FREE, ("e",)) else Pow(base, exponent)

    def primary(self) -> Expression:
        """A number, name, group, fraction, root, sum or derivative."""
        token = self.peek()
        if token is None:
            raise UnreadableError("it ends too early")
        alias = self._alias()
        if alias is not None:
            return alias
        if token.kind == "number":
            self.at += 1
            return Printed(_number(token.text), token.text, token.start)
        if token.kind == "name":
            return self.named(token)
        if token.kind == "open":
            return self.group()
        if token.kind == "op" and token.text == "|":
            return self._absolute()
        reader = {"frac": self._fraction, "sqrt": self._root, "sum": self._total, "partial": self._partial}
        if token.kind in reader:
            self.at += 1
            return reader[token.kind]()
        raise UnreadableError(f"'{token.text.strip() or 'a line break'}' is not read")

    def _alias(self) -> Expression | None:
        for length in range(min(self.longest_alias, self.stop - self.at), 0, -1):
            key = tuple(token.canonical for token in self.tokens[self.at : self.at + length])
            if key in self.vocabulary.aliases:
                self.at += length
                return self.vocabulary.aliases[key]
        return None

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
        top, bottom = self.argument(), self.argument()
        if self._partials(top) and self._partials(bottom):
            return slopes.derivative(self, (top[0] + 1, top[1]), (bottom[0] + 1, bottom[1]))
        return Div(self.within(*top, self.sum), self.within(*bottom, self.sum))

    def _partials(self, part: tuple[int, int]) -> bool:
        return part[0] < part[1] and self.tokens[part[0]].kind == "partial"

    def _root(self) -> Expression:
        return Call("sqrt", (self.within(*self.argument(), self.sum),))

    def _partial(self) -> Expression:
        """A derivative on one line: d E / d w."""
        top = (self.at, self.at) if self.sign("/") else self.argument()
        if not self.sign("/"):
            raise UnreadableError("a d or \\partial stands alone")
        self.at += 1
        token = self.peek()
        if token is None or token.kind != "partial":
            raise UnreadableError("a derivative has no d below its line")
        self.at += 1
        return slopes.derivative(self, top, self.argument())

    def _total(self) -> Expression:
        """A sum: over the outputs where its body speaks of them, else over the one sample."""
        self.sums += 1
        if self.sums > 1:
            raise UnreadableError("a sum within a sum is not read")
        while self.sign("_", "^"):
            self.at += 1
            self.argument()
        start, outputs = self.at, self.vocabulary.network.units[-1]
        if len(outputs) > OUTPUTS:
            raise UnreadableError("the sum is over too many outputs")
        terms: list[Expression] = []
        try:
            for unit in outputs:
                self.vocabulary.output, self.at = unit, start
                terms.append(self.product())
        finally:
            self.vocabulary.output = None
        self.sums -= 1
        return terms[0] if all(term == terms[0] for term in terms) else Add(tuple(terms))

    def named(self, token: Token) -> Expression:
        """A quantity, a function with its argument, or a letter that stands for nothing known."""
        name = token.name
        assert name is not None
        self.at += 1
        found = self.vocabulary.resolve(name)
        if found is not None:
            return found
        if name.base == "Delta" and (following := self.peek()) is not None and following.name is not None:
            changed = self.vocabulary.resolve(following.name)
            if changed is not None and changed.kind is Kind.PARAMETER:
                self.at += 1
                return Quantity("step", changed.of)
        if name.base in FUNCTIONS:
            return applied.function(self, FUNCTIONS[name.base])
        if name.base.lower() in ACTIVATIONS or name.base in FUNCTION_LETTERS:
            return applied.activation(self, name)
        if name == Name("pi"):
            return Number(3.141592653589793)
        repaired = applied.repaired(self, name)
        return Quantity(FREE, (name.written,)) if repaired is None else repaired


def _digits(token: Token) -> Expression:
    """The exponent of x², x⁻¹."""
    digits = token.text.lstrip("-")
    if not digits.isdigit():
        raise UnreadableError(f"the superscript {token.text} is not read")
    found = Printed(_number(digits), digits, token.start)
    return Neg(found) if token.text[0] == "-" else found


def _one(factors: list[Expression]) -> Expression:
    return factors[0] if len(factors) == 1 else Mul(tuple(factors))


def _number(text: str) -> float:
    if len(text) > 400:
        raise UnreadableError("a number has too many digits")
    return float(text)  # never an integer: 9^9^9^9 must end
