"""The tree that a formula is read to: numbers with their printed digits, and names that stand as they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from backproof.checking.documents.lexer import Name
from backproof.expression import Div, Expression, Mul, Neg, Number, Pow, Variable, walk

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
    nested: bool = False

    @property
    def children(self) -> tuple[Expression, ...]:
        """All entries."""
        return tuple(each for row in self.rows for each in row)


def printed(node: Expression) -> str | None:
    """The digits of a formula that is one number: signed, with a power of ten, or in percent; None for others."""
    if isinstance(node, Printed):
        return node.digits
    if isinstance(node, Neg) and (inside := printed(node.body)) is not None and inside[0] not in "+-":
        return f"-{inside}"
    if isinstance(node, Mul) and len(node.factors) == 2:
        digits, power = printed(node.factors[0]), _power_of_ten(node.factors[1])
        if digits is not None and power is not None and "e" not in digits.lower():
            return f"{digits}e{power}"
    if isinstance(node, Div) and node.bottom == PERCENT and (inside := printed(node.top)) and "e" not in inside:
        return f"{inside}e-2"
    return None


def _power_of_ten(node: Expression) -> int | None:
    if isinstance(node, Pow) and isinstance(node.base, Printed) and node.base.digits == "10":
        exponent = printed(node.exponent)
        if exponent is not None and re.fullmatch(r"[-+]?\d{1,3}", exponent):
            return int(exponent)
    return None


def first_place(node: Expression) -> int | None:
    """Where the first printed number of a formula stands."""
    return next((each.at for each in walk(node) if isinstance(each, Printed)), None)


def is_arithmetic(formula: Expression) -> bool:
    """Whether a formula is made of numbers alone."""
    return not any(isinstance(each, Variable | Apply | Ratio | Listed | Total) for each in walk(formula))
