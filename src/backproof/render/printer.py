"""One walk over a formula for all targets: it decides on order, signs and parentheses; a target fills in templates.

Each node is printed to a Piece, its text and how tightly it binds. A place in a formula asks for a tightness, and
what binds more loosely gets parentheses: that is all there is to precedence.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple, Self

from backproof.expression import (
    Add,
    Call,
    Compare,
    Derivative,
    Div,
    Expression,
    Marked,
    Mul,
    Neg,
    Number,
    Pow,
    Rest,
    Sum,
    Value,
    Where,
)
from backproof.labels import Labels
from backproof.quantity import Quantity
from backproof.render.figures import Figure, exact, rounded, simple_ratio
from backproof.render.naming import GREEK, Named, Naming
from backproof.render.notation import NOTATIONS, Notation, Symbol


class Level(IntEnum):
    """How tightly a printed formula binds, loosest first."""

    CONDITION = 0
    COMPARISON = 1
    SUM = 2
    PRODUCT = 3
    FACTOR = 4
    POWER = 5
    ATOM = 6


class Piece(NamedTuple):
    """A printed formula and how tightly it binds."""

    text: str
    level: Level


@dataclass(frozen=True)
class Printer(ABC):
    """Abstract: prints formulas in a notation, with numbers put in at `digits` significant digits."""

    notation: Notation = field(default_factory=lambda: NOTATIONS["article"])
    labels: Labels = field(default_factory=Labels)
    digits: int = 6
    running: str = ""

    # What a caller asks for

    def formula(self, expression: Expression) -> str:
        """The formula as text of the target."""
        return self.fit(expression, Level.CONDITION)

    def equation(self, left: Expression | None, right: Expression) -> str:
        """left = right; without a left side, the continuation of an equation."""
        return self.equal("" if left is None else self.formula(left), self.formula(right))

    def number(self, value: float) -> str:
        """A number at the reader's digits."""
        return self._figure(rounded(value, self.digits)).text

    def letter(self, symbol: Symbol) -> str:
        """A symbol by itself, as a legend shows it."""
        return self.symbol(symbol).text

    # The walk

    def fit(self, node: Expression, level: Level) -> str:
        """The node's text, in parentheses where its place asks for something that binds more tightly."""
        if level <= Level.SUM and isinstance(node, Mul) and len(node.factors) > 1 and isinstance(node.factors[0], Neg):
            return self.minus(self.fit(Mul((node.factors[0].body, *node.factors[1:])), Level.PRODUCT))
        piece = self.piece(node)
        return piece.text if piece.level >= level else self.parentheses(piece.text)

    def piece(self, node: Expression) -> Piece:
        """Print one node."""
        match node:
            case Number(value=value):
                return self._constant(value)
            case Value(value=value, of=of):
                figure = self._figure(rounded(value, self.digits))
                return Piece(self.put_in(figure.text, of), figure.level)
            case Quantity():
                return self._print_quantity(node)
            case Add(terms=terms):
                return self._sum(terms)
            case Mul(factors=factors):
                return self._product(factors)
            case Neg(body=body):
                return Piece(self.minus(self.fit(body, Level.PRODUCT)), Level.SUM)
            case Div(top=top, bottom=bottom):
                return self._quotient(top, bottom)
            case Pow(base=base, exponent=exponent):
                return Piece(self.power(self.fit(base, Level.ATOM), exponent), Level.POWER)
            case Call(function=function, arguments=arguments):
                return self._call(function, arguments)
            case _:
                return self._rare(node)

    def _rare(self, node: Expression) -> Piece:
        match node:
            case Compare(sign=sign, left=left, right=right):
                sides = self.fit(left, Level.SUM), self.fit(right, Level.SUM)
                return Piece(self.compare(sign, *sides), Level.COMPARISON)
            case Where(condition=condition, then=then, otherwise=otherwise):
                pieces = (self.fit(each, Level.SUM) for each in (then, otherwise))
                return Piece(self.where(self.fit(condition, Level.COMPARISON), *pieces), Level.CONDITION)
            case Sum(index=index, body=body):
                return self._sigma(index, body)
            case Rest(count=count, value=value):
                return Piece(self.rest(count, self.number(value)), Level.SUM)
            case Marked(body=body):
                return Piece(self.marked(self.formula(body)), Level.ATOM)
            case Derivative(body=body, by=by):
                return Piece(self.derivative(self.formula(body), self.formula(by)), Level.FACTOR)
        raise TypeError(f"{type(node).__name__} is not a node of the language")

    @cached_property
    def _naming(self) -> Naming:
        return Naming(self.notation, self.labels, self.running)

    @cached_property
    def _symbols(self) -> dict[Quantity, Piece]:
        """The symbols printed so far: a report prints each many times."""
        return {}

    def _print_quantity(self, quantity: Quantity) -> Piece:
        if quantity not in self._symbols:
            named = self.named(self._naming.name(quantity))
            self._symbols[quantity] = Piece(self.linked(named.text, quantity), named.level)
        return self._symbols[quantity]

    def _constant(self, value: float) -> Piece:
        ratio = simple_ratio(value)
        if ratio is None:
            return self._figure(exact(value))
        top, bottom = ratio
        fraction = Div(Number(abs(top)), Number(bottom))
        return self.piece(fraction if top > 0 else Neg(fraction))

    def _figure(self, figure: Figure) -> Piece:
        if figure.negative:
            positive = self._figure(replace(figure, negative=False))
            return Piece(self.minus(positive.text), Level.SUM)
        if figure.exponent is None:
            return Piece(self.decimal(figure.digits), Level.ATOM)
        return Piece(self.scientific(figure.digits, figure.exponent), Level.FACTOR)

    def _sum(self, terms: Sequence[Expression]) -> Piece:
        if len(terms) < 2:
            return self.piece(terms[0] if terms else Number(0))
        return Piece(self.sum(self.terms(terms)), Level.SUM)

    def terms(self, terms: Sequence[Expression]) -> list[tuple[str, str]]:
        """The printed terms of a sum with their signs; the first one's is empty."""
        return [("", self.fit(terms[0], Level.SUM)), *map(self._term, terms[1:])]

    def _term(self, term: Expression) -> tuple[str, str]:
        """A later term of a sum with its sign."""
        if isinstance(term, Neg):
            return "-", self.fit(term.body, Level.PRODUCT)
        return "+", self.formula(term) if isinstance(term, Rest | Sum) else self.fit(term, Level.PRODUCT)

    def _product(self, factors: Sequence[Expression]) -> Piece:
        if len(factors) < 2:
            return self.piece(factors[0] if factors else Number(1))
        return Piece(self.product(self.factors(factors), factors), Level.PRODUCT)

    def factors(self, factors: Sequence[Expression]) -> list[str]:
        """The printed factors of a product."""
        return [self.fit(factors[0], Level.PRODUCT), *(self.fit(factor, Level.FACTOR) for factor in factors[1:])]

    def _quotient(self, top: Expression, bottom: Expression) -> Piece:
        stacked = self.stacked(top, bottom)
        if stacked is not None:
            return Piece(stacked, Level.FACTOR)
        return Piece(self.over(self.fit(top, Level.PRODUCT), self.fit(bottom, Level.POWER)), Level.PRODUCT)

    def _sigma(self, index: str, body: Expression) -> Piece:
        """A sum in sigma notation: `k`, or `k=1..800`; over n, the numbers in it are those of sample n."""
        letter, first, last = _bounds(index)
        inner = self.over_samples() if letter == "n" else self
        return Piece(self.sigma(letter, first, last, inner.fit(body, Level.PRODUCT)), Level.SUM)

    def over_samples(self) -> Self:
        """The same printer inside a sum over samples."""
        return replace(self, running="n")

    def _call(self, function: str, arguments: Sequence[Expression]) -> Piece:
        match function, arguments:
            case "exp", [x]:
                return Piece(self.exponential(x), Level.POWER)
            case "abs", [x]:
                return Piece(self.absolute(self.formula(x)), Level.ATOM)
            case "sqrt", [x]:
                return Piece(self.root(x), Level.POWER)
            case "transpose", [x]:
                return Piece(self.transpose(self.fit(x, Level.ATOM)), Level.POWER)
            case "matmul" | "hadamard", [x, y]:
                sides = self.fit(x, Level.FACTOR), self.fit(y, Level.FACTOR)
                return Piece(self.matmul(*sides) if function == "matmul" else self.hadamard(*sides), Level.PRODUCT)
            case "column_sum", [x]:
                return self._sigma("n", x)
        base = function.removesuffix("_prime")
        inside = [self.formula(argument) for argument in arguments]
        return Piece(self.call(GREEK.get(base, base), inside, prime=base != function), Level.POWER)

    # Templates with a default

    def linked(self, text: str, quantity: Quantity) -> str:
        """A symbol, with the way to its own derivation where the target has such a thing."""
        return text

    def put_in(self, text: str, of: Quantity) -> str:
        """A number put in, with the way to the derivation of its quantity."""
        return text

    def stacked(self, top: Expression, bottom: Expression) -> str | None:
        """A fraction on two levels, or None where it has to stay on the line."""
        return None

    # Templates

    @abstractmethod
    def equal(self, left: str, right: str) -> str:
        """left = right"""

    @abstractmethod
    def parentheses(self, text: str) -> str:
        """(text)"""

    @abstractmethod
    def decimal(self, digits: str) -> str:
        """A number without sign, such as 0.25, inf or nan."""

    @abstractmethod
    def scientific(self, digits: str, exponent: int) -> str:
        """digits times a power of ten"""

    @abstractmethod
    def named(self, name: Named) -> Piece:
        """A symbol or a derivative."""

    @abstractmethod
    def symbol(self, symbol: Symbol) -> Piece:
        """A letter with all that hangs on it."""

    @abstractmethod
    def minus(self, text: str) -> str:
        """-text"""

    @abstractmethod
    def sum(self, terms: Sequence[tuple[str, str]]) -> str:
        """Terms with their signs; the first one's is empty."""

    @abstractmethod
    def product(self, texts: Sequence[str], factors: Sequence[Expression]) -> str:
        """The printed factors side by side."""

    @abstractmethod
    def over(self, top: str, bottom: str) -> str:
        """top / bottom on one line"""

    @abstractmethod
    def power(self, base: str, exponent: Expression) -> str:
        """base to the power of the exponent"""

    @abstractmethod
    def exponential(self, x: Expression) -> str:
        """e to the power of x"""

    @abstractmethod
    def root(self, x: Expression) -> str:
        """The square root of x."""

    @abstractmethod
    def absolute(self, text: str) -> str:
        """|text|"""

    @abstractmethod
    def call(self, function: str, arguments: Sequence[str], *, prime: bool) -> str:
        """A named function at its arguments, or its derivative there."""

    @abstractmethod
    def transpose(self, text: str) -> str:
        """text transposed"""

    @abstractmethod
    def matmul(self, left: str, right: str) -> str:
        """The matrix product."""

    @abstractmethod
    def hadamard(self, left: str, right: str) -> str:
        """The product of entries in the same place."""

    @abstractmethod
    def compare(self, sign: str, left: str, right: str) -> str:
        """left < right and its like"""

    @abstractmethod
    def where(self, condition: str, then: str, otherwise: str) -> str:
        """A formula in two pieces."""

    @abstractmethod
    def sigma(self, letter: str, first: str, last: str, body: str) -> str:
        """The sum of body over letter; first and last may be empty."""

    @abstractmethod
    def rest(self, count: int, value: str) -> str:
        """The terms that are left out, and their sum."""

    @abstractmethod
    def marked(self, text: str) -> str:
        """A part to look at."""

    @abstractmethod
    def derivative(self, body: str, by: str) -> str:
        """d/dby [body], not yet worked out"""


def _bounds(index: str) -> tuple[str, str, str]:
    match = re.fullmatch(r"(\w+)=(\w+)\.\.(\w+)", index)
    return (match[1], match[2], match[3]) if match else (index, "", "")
