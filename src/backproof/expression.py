"""A small closed language of formulas, in which every derivation is written.

A formula is ordinary Python on numbers, arrays, or the nodes of this module. Nodes keep the order in which a
person wrote the factors: nothing is simplified, sorted or cancelled behind the reader's back. Every node has a
value (`evaluation.evaluate`), can be taken apart (`children`) and put together again (`rebuild`), which is all that a
printer, the calculus and a checker need.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

Operand: TypeAlias = "Expression | float | int"
Lookup: TypeAlias = "Callable[[Any], Any]"


class Expression:
    """A formula. Abstract: the nodes below are all there is."""

    __slots__ = ()

    @property
    def children(self) -> tuple[Expression, ...]:
        """The formulas that this one is made of, in reading order."""
        return ()

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        """The same node over other children."""
        return self

    def __add__(self, other: Operand) -> Expression:
        return add(self, wrap(other))

    def __radd__(self, other: Operand) -> Expression:
        return add(wrap(other), self)

    def __sub__(self, other: Operand) -> Expression:
        return add(self, Neg(wrap(other)))

    def __rsub__(self, other: Operand) -> Expression:
        return add(wrap(other), Neg(self))

    def __mul__(self, other: Operand) -> Expression:
        return mul(self, wrap(other))

    def __rmul__(self, other: Operand) -> Expression:
        return mul(wrap(other), self)

    def __truediv__(self, other: Operand) -> Expression:
        return Div(self, wrap(other))

    def __rtruediv__(self, other: Operand) -> Expression:
        return Div(wrap(other), self)

    def __pow__(self, other: Operand) -> Expression:
        return Pow(self, wrap(other))

    def __rpow__(self, other: Operand) -> Expression:
        return Pow(wrap(other), self)

    def __neg__(self) -> Expression:
        return Neg(self)

    def __pos__(self) -> Expression:
        return self

    def __gt__(self, other: Operand) -> Expression:
        return Compare(">", self, wrap(other))

    def __lt__(self, other: Operand) -> Expression:
        return Compare("<", self, wrap(other))

    def __ge__(self, other: Operand) -> Expression:
        return Compare(">=", self, wrap(other))

    def __le__(self, other: Operand) -> Expression:
        return Compare("<=", self, wrap(other))

    def __bool__(self) -> bool:
        raise TypeError("a formula has no truth value; write where(condition, a, b) instead of if")

    def __array_namespace__(self, api_version: str | None = None) -> _Symbolic:
        return _symbolic

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """Let `np.tanh(h)` and `np.float64(2) * h` build formulas too."""
        if method != "__call__" or options:
            return NotImplemented
        build = _OPERATORS.get(ufunc.__name__) or getattr(_symbolic, ufunc.__name__)
        return build(*(wrap(each) for each in inputs))


class _Symbolic:
    """The array namespace of formulas: every function of it writes itself down instead of computing."""

    def where(self, condition: Any, then: Operand, otherwise: Operand) -> Expression:
        return Where(wrap(condition), wrap(then), wrap(otherwise))

    def __getattr__(self, name: str) -> Callable[..., Expression]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *arguments: Call(name, tuple(wrap(each) for each in arguments))


_symbolic = _Symbolic()
_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv,
    "power": operator.pow, "negative": operator.neg, "positive": operator.pos, "greater": operator.gt,
    "less": operator.lt, "greater_equal": operator.ge, "less_equal": operator.le,
    "square": lambda base: base**2, "absolute": lambda of: Call("abs", (of,)),
    "float_power": operator.pow, "reciprocal": lambda of: 1 / of,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Number(Expression):
    """A constant of the formula itself, such as the 1 in 1 - a. Unitless."""

    value: float


class Variable(Expression):
    """Abstract. A leaf that stands for a number known elsewhere; `quantity.Quantity` is all there is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Value(Expression):
    """The number that was put in for a quantity, at full precision; `of` leads back to its own derivation."""

    of: Any
    value: float


@dataclass(frozen=True, slots=True)
class Rest(Expression):
    """The terms of a long sum that are not shown: how many they are and what they add up to."""

    count: int
    value: float


@dataclass(frozen=True, slots=True)
class Add(Expression):
    """The sum of its terms, left to right; a subtracted term is a Neg."""

    terms: tuple[Expression, ...]

    @property
    def children(self) -> tuple[Expression, ...]:
        return self.terms

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        return Add(children)


@dataclass(frozen=True, slots=True)
class Mul(Expression):
    """The product of its factors, left to right."""

    factors: tuple[Expression, ...]

    @property
    def children(self) -> tuple[Expression, ...]:
        return self.factors

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        return Mul(children)


@dataclass(frozen=True, slots=True)
class Neg(Expression):
    """-body"""

    body: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.body,)

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        return Neg(*children)


@dataclass(frozen=True, slots=True)
class Div(Expression):
    """top / bottom"""

    top: Expression
    bottom: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.top, self.bottom)

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        return Div(*children)


@dataclass(frozen=True, slots=True)
class Pow(Expression):
    """base ** exponent"""

    base: Expression
    exponent: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.base, self.exponent)

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        return Pow(*children)


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """A named function of `functions.py` at its arguments, such as exp(-h)."""

    function: str
    arguments: tuple[Expression, ...]

    @property
    def children(self) -> tuple[Expression, ...]:
        return self.arguments

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        return Call(self.function, children)


@dataclass(frozen=True, slots=True)
class Compare(Expression):
    """left < right and its like: the condition of a Where."""

    sign: str
    left: Expression
    right: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.left, self.right)

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        return Compare(self.sign, *children)


@dataclass(frozen=True, slots=True)
class Where(Expression):
    """`then` where the condition holds, else `otherwise`: a formula in two pieces."""

    condition: Expression
    then: Expression
    otherwise: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.condition, self.then, self.otherwise)

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        return Where(*children)


@dataclass(frozen=True, slots=True)
class Sum(Expression):
    """A finite sum in sigma notation: prints as the sum of `body` over `index`, is worth the sum of `terms`."""

    index: str
    body: Expression
    terms: tuple[Expression, ...]

    @property
    def children(self) -> tuple[Expression, ...]:
        return self.terms

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        return Sum(self.index, self.body, children)


@dataclass(frozen=True, slots=True)
class Marked(Expression):
    """A part that a reader should look at, such as the factor in which a slip differs; worth what its body is."""

    body: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.body,)

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        return Marked(*children)


@dataclass(frozen=True, slots=True)
class Derivative(Expression):
    """d/d`by` of `body`, not yet worked out; `calculus` rewrites it rule by rule."""

    body: Expression
    by: Variable

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.body,)

    def rebuild(self, children: tuple[Expression, ...]) -> Expression:
        return Derivative(children[0], self.by)


def wrap(value: Any) -> Expression:
    """A number as a constant; a formula as itself."""
    if isinstance(value, Expression):
        return value
    return Number(value if isinstance(value, int) else float(value))


def add(*terms: Expression) -> Expression:
    """The sum of the terms; a sum written at the left end goes on, so a + b + c is one sum of three."""
    first, *others = terms
    head = first.terms if isinstance(first, Add) else (first,)
    return Add((*head, *others)) if others else first


def mul(*factors: Expression) -> Expression:
    """The product of the factors, flattened at its left end as `add` is."""
    first, *others = factors
    head = first.factors if isinstance(first, Mul) else (first,)
    return Mul((*head, *others)) if others else first


def walk(expression: Expression) -> Iterator[Expression]:
    """The node itself and everything in it, in reading order."""
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


def quantities(expression: Expression) -> tuple[Any, ...]:
    """Every quantity in a formula, each once, in reading order; a number put in counts as its quantity."""
    found: dict[Variable, None] = {}
    for node in walk(expression):
        if isinstance(node, Variable):
            found[node] = None
        elif isinstance(node, Value):
            found[node.of] = None
    return tuple(found)


def substitute(expression: Expression, replace: Callable[[Expression], Expression | None]) -> Expression:
    """The formula with each node for which `replace` gives another one exchanged, outermost first."""
    other = replace(expression)
    if other is not None:
        return other
    children = expression.children
    if not children:
        return expression
    changed = tuple(substitute(child, replace) for child in children)
    return expression if all(a is b for a, b in zip(changed, children, strict=True)) else expression.rebuild(changed)


def put_in(expression: Expression, lookup: Lookup) -> Expression:
    """The same formula with its numbers put in: each quantity becomes a Value."""

    def number(node: Expression) -> Expression | None:
        return Value(node, float(lookup(node))) if isinstance(node, Variable) else None

    return substitute(expression, number)
