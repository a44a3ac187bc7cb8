"""Numbers put in: a product of numbers laid beside the formula that it comes from, letter by letter."""

from __future__ import annotations

from collections.abc import Sequence

from backproof.checking.documents.context import Context
from backproof.checking.documents.equations import Equation
from backproof.checking.documents.model import Formula
from backproof.checking.documents.nodes import FREE, Printed, is_arithmetic, printed
from backproof.expression import Expression, Number
from backproof.quantity import Quantity
from backproof.rounding import agrees

Put = dict[Quantity, tuple[str, int]]
#: Quantities that are given, not worked out.
GIVEN = ("w", "y", "eta")


def claim(
    context: Context, equation: Equation, line: Sequence[Expression], left: Expression | None, numbers: Expression
) -> Quantity | None:
    """Claim the numbers put into a formula: of this line, else the last one of the left side, else of any quantity.

    Gives back that other quantity, where the number that follows is then its number too.
    """
    own = [each for each in line if not is_arithmetic(each)]
    own += [formula for quantity, formula in reversed(context.templates) if quantity == left]
    for formula in own:
        if (found := put_in(formula, numbers)) is not None:
            _tell(context, equation, found)
            return None
    for quantity, formula in reversed(context.templates):
        if (found := put_in(formula, numbers)) is not None and _true(context, found):
            _tell(context, equation, found)
            return quantity if left is not None and not context.networks.same(quantity, left) else None
    return None


def _true(context: Context, found: Put) -> bool:
    """Whether every number put in is the true one: only then can it be meant for a formula of another quantity."""
    truths = [(digits, context.truth(quantity)) for quantity, (digits, _) in found.items()]
    return all(truth is not None and agrees(digits, truth) for digits, truth in truths)


def _tell(context: Context, equation: Equation, found: Put) -> None:
    for quantity, (digits, position) in found.items():
        if (quantity.name, digits) in context.claimed:
            continue
        where = equation.where(position)
        if quantity.role in GIVEN or (quantity.of and quantity.of[0] in context.worksheet.network.units[0]):
            _given(context, quantity, digits, where)
        else:
            context.claim(quantity, digits, where)


def _given(context: Context, quantity: Quantity, digits: str, where: str) -> None:
    """A given number put in: worth a word only where it is another one."""
    truth = context.truth(quantity)
    if truth is not None and not agrees(digits, truth):
        says = f"{digits} was put in for {quantity.name}, which is {truth:g}"
        text = f"{quantity.name} = {digits}"
        context.found.formulas.append(Formula(text, quantity.name, False, where, says))


def put_in(formula: Expression, numbers: Expression) -> Put | None:
    """The digits and place of the number that stands for each quantity, or None where the two have another shape."""
    found: Put = {}
    return found if _lay(formula, numbers, found) and found else None


def _lay(formula: Expression, numbers: Expression, found: Put) -> bool:
    if isinstance(formula, Quantity):
        digits = printed(numbers)
        if digits is None or formula.role == FREE:
            return False
        found.setdefault(formula, (digits, place(numbers)))
        return True
    if isinstance(formula, Number):
        return isinstance(numbers, Number) and formula.value == numbers.value
    if type(formula) is not type(numbers) or len(formula.children) != len(numbers.children):
        return False
    return all(_lay(one, other, found) for one, other in zip(formula.children, numbers.children, strict=True))


def place(numbers: Expression) -> int:
    """Where a number stands in the text."""
    while not isinstance(numbers, Printed):
        numbers = numbers.children[0]
    return numbers.at
