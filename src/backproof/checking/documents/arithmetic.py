"""Arithmetic as written: what printed numbers come to, whether that is the next number, and which letters they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from math import isfinite

from backproof.checking.documents.grammar import Printed, first_place, printed
from backproof.errors import BackproofError
from backproof.evaluation import evaluate
from backproof.expression import Add, Div, Expression, Mul, Neg, Number, Pow, Variable, substitute, walk
from backproof.rounding import agrees, last_place

#: Of longer expressions it is not asked how far the rounding of each factor carries.
MOST_FACTORS = 40


def value(formula: Expression) -> float | None:
    """What an expression of numbers comes to, or None where it has no finite value."""
    try:
        found = float(evaluate(formula))
    except (BackproofError, ArithmeticError, TypeError, ValueError):
        return None
    return found if isfinite(found) else None


def verdict(formula: Expression, comes_to: float, digits: str, truth: float | None) -> str:
    """`right`: the printed number is what the expression comes to, rounded or cut.

    `rounded`: it is as near to that as the digits of the factors allow, and the truth where that is known. Else
    `wrong`.
    """
    if agrees(digits, comes_to):
        return "right"
    unit = float(last_place(digits))
    near = abs(float(digits) - comes_to) <= spread(formula, comes_to) + (unit if truth is not None else unit / 2)
    fits = truth is None or agrees(digits, truth) or abs(float(digits) - truth) <= 1.5 * unit
    return "rounded" if near and fits else "wrong"


def spread(formula: Expression, comes_to: float) -> float:
    """How far the value moves where every number that may be rounded moves by half a unit in its last place.

    That is every number with a decimal point and at least two significant digits.
    """
    decimals = [node for node in walk(formula) if isinstance(node, Printed) and may_be_rounded(node.digits)]
    if len(decimals) > MOST_FACTORS:
        return 0.0
    others = (value(moved(formula, each)) for each in decimals)
    return sum(abs(other - comes_to) / 2 for other in others if other is not None)


def may_be_rounded(digits: str) -> bool:
    """Whether a printed number has a decimal point and at least two significant digits."""
    return "." in digits and len(digits.replace(".", "").lstrip("0")) >= 2


def moved(formula: Expression, which: Printed) -> Expression:
    """The formula with one printed number moved by one unit in its last place."""
    other = Printed(which.value + float(last_place(which.digits)), which.digits, which.at)
    return substitute(formula, lambda node: other if node is which else None)


Order = Callable[[Sequence[Expression], Sequence[Expression]], Sequence[Expression]]
Put = dict[Variable, tuple[str, int]]


def lay_beside(letters: Expression, numbers: Expression, order: Order = lambda _, numbers: numbers) -> Put:
    """The digits and place of the number that stands for each letter; empty where the two formulas have another shape.

    `order` brings the terms or factors of numbers into the order of the letters.
    """
    found: Put = {}
    return found if _lay(letters, numbers, order, found) else {}


def _lay(letters: Expression, numbers: Expression, order: Order, found: Put) -> bool:
    if isinstance(letters, Variable):
        if (digits := printed(numbers)) is not None:
            found.setdefault(letters, (digits, first_place(numbers)))
        return digits is not None
    if isinstance(letters, Number):
        return isinstance(numbers, Number) and letters.value == numbers.value
    letters, numbers = _flat(letters), _flat(numbers)
    if type(letters) is not type(numbers) or len(letters.children) != len(numbers.children):
        return False
    others = numbers.children
    ordered = others if isinstance(letters, Div | Pow | Neg) else order(letters.children, others)
    return all(_lay(one, other, order, found) for one, other in zip(letters.children, ordered, strict=True))


def _flat(node: Expression) -> Expression:
    """Products and sums within their like written as one."""
    if not isinstance(node, Mul | Add) or printed(node) is not None:
        return node
    kind = type(node)
    parts = (each.children if isinstance(each, kind) and printed(each) is None else (each,) for each in node.children)
    return node.rebuild(tuple(chain.from_iterable(parts)))


def follows(before: Expression, after: Expression) -> bool | None:
    """Two pieces of arithmetic, one after the other: whether the second can be the first, either of them rounded.

    None where one has no finite value.
    """
    one, other = value(before), value(after)
    if one is None or other is None:
        return None
    slack = spread(after, other) if printed(after) is None else 0.0
    slack += spread(before, one)
    return abs(one - other) <= slack * 1.001 + 1e-12 * max(abs(one), abs(other))
