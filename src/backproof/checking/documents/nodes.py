"""Formulas as a document has them: numbers with their printed digits, and letters that stand for nothing known."""

from __future__ import annotations

import re
from dataclasses import dataclass

from backproof.expression import Div, Expression, Mul, Neg, Number, Pow, quantities, walk
from backproof.quantity import Quantity

#: The role of a letter that names nothing in the worksheet.
FREE = "?"


@dataclass(frozen=True, slots=True)
class Printed(Number):
    """A number as printed: its digits, and where they stand in the text."""

    digits: str
    at: int


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


#: What a percent sign divides by.
PERCENT = Number(100)


def _power_of_ten(node: Expression) -> int | None:
    if isinstance(node, Pow) and isinstance(node.base, Printed) and node.base.digits == "10":
        exponent = printed(node.exponent)
        if exponent is not None and re.fullmatch(r"[-+]?\d{1,3}", exponent):
            return int(exponent)
    return None


def first_place(node: Expression) -> int | None:
    """Where the first printed number of a formula stands."""
    return next((each.at for each in walk(node) if isinstance(each, Printed)), None)


def free_letters(formula: Expression) -> frozenset[str]:
    """The letters of a formula that stand for nothing known."""
    return frozenset(each.of[0] for each in quantities(formula) if each.role == FREE)


def is_arithmetic(formula: Expression) -> bool:
    """Whether a formula is made of numbers alone."""
    return not any(isinstance(each, Quantity) for each in walk(formula))
