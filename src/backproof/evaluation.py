"""What a formula is worth: on numbers, and on the arrays of any namespace."""

from __future__ import annotations

from typing import Any

import numpy as np

from backproof import calculus, functions
from backproof.expression import (
    Add,
    Call,
    Compare,
    Derivative,
    Div,
    Expression,
    Lookup,
    Marked,
    Mul,
    Neg,
    Number,
    Pow,
    Rest,
    Sum,
    Value,
    Variable,
    Where,
)


def evaluate(expression: Expression, lookup: Lookup | None = None) -> Any:
    """The value of a formula; `lookup` says that of each quantity, a number or an array of any namespace.

    Overflow is silent and gives infinity, as in IEEE arithmetic: 1 / (1 + exp(800)) is 0.
    """
    if isinstance(expression, Variable):
        return _find_value(expression, lookup or _unknown)
    with np.errstate(all="ignore"):
        return _value(expression, lookup or _unknown)


def _unknown(variable: Variable) -> Any:
    raise LookupError(f"there is no value for {variable}")


def _find_value(variable: Variable, lookup: Lookup) -> Any:
    known = lookup(variable)
    return np.float64(known) if type(known) is float else known  # 1 / 0.0 is infinity, not an exception


def _value(node: Expression, lookup: Lookup) -> Any:
    match node:
        case Variable():
            return _find_value(node, lookup)
        case Number(value=value):
            return value  # a plain number, which takes on the precision of the array that it meets
        case Value(value=value) | Rest(value=value):
            return np.float64(value)
        case Marked(body=body):
            return _value(body, lookup)
        case Add(terms=terms) | Sum(terms=terms):
            total = _value(terms[0], lookup) if terms else 0.0
            for term in terms[1:]:
                total = total + _value(term, lookup)
            return total
        case Mul(factors=factors):
            product = _value(factors[0], lookup)
            for factor in factors[1:]:
                product = product * _value(factor, lookup)
            return product
        case Neg(body=body):
            return -_value(body, lookup)
        case Div(top=top, bottom=bottom):
            return _quotient(_value(top, lookup), _value(bottom, lookup))
        case Pow(base=base, exponent=Number(value=power)):
            return _power(_value(base, lookup), power)
        case Pow(base=base, exponent=exponent):
            return _power(_value(base, lookup), _value(exponent, lookup))
        case Call(function=name, arguments=arguments):
            known = [_value(each, lookup) for each in arguments]
            found = functions.lookup(name).compute(*known)
            return float(found) if all(type(each) in (int, float) for each in known) else found  # as plain as they are
        case Compare(sign=sign, left=left, right=right):
            return functions.COMPARE[sign](_value(left, lookup), _value(right, lookup))
        case Where():
            return functions.where(*(_value(child, lookup) for child in node.children))
        case Derivative(body=body, by=by):
            return _value(calculus.differentiate(body, by), lookup)
    raise TypeError(f"{type(node).__name__} is not a node of the language")


def _quotient(top: Any, bottom: Any) -> Any:
    """top / bottom as IEEE arithmetic has it, where Python's own numbers would raise."""
    if isinstance(top, int | float) and isinstance(bottom, int | float) and not bottom:
        return float(np.float64(top) / np.float64(bottom))
    return top / bottom


def _power(base: Any, exponent: Any) -> Any:
    """base ** exponent as IEEE arithmetic has it, where Python's own numbers would turn complex or raise."""
    if isinstance(base, int | float) and isinstance(exponent, int | float):
        return float(np.float64(base) ** np.float64(exponent))
    if isinstance(base, np.ndarray | np.generic) and base.dtype.kind in "biu":  # NumPy's raise at a negative exponent
        base = base.astype(float)
    return base**exponent
