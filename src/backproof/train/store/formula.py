"""A formula in h as JSON, operator first: h tanh(ln(1 + e^h)) is ["*", "h", ["tanh", ["log", ["+", 1, ["exp", "h"]]]]].

Data, never code: reading it builds nodes of the closed language of formulas, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from backproof.custom import H
from backproof.errors import OptionError, did_you_mean
from backproof.expression import Add, Call, Compare, Div, Expression, Mul, Neg, Number, Pow, Where
from backproof.functions import COMPARE, FUNCTIONS
from backproof.schema import Fault, Path, filled, number, shown, text

_OPERATORS: dict[type[Expression], str] = {Add: "+", Mul: "*", Neg: "-", Div: "/", Pow: "^", Where: "where"}
#: Of the functions those that take each number on its own.
_ARGUMENTS = {name: 1 for name, each in FUNCTIONS.items() if each.derivative} | {"maximum": 2, "minimum": 2}
#: How many parts each operator has, None for any number, and what is built of them.
_BUILD: dict[str, tuple[int | None, Callable[..., Expression]]] = {
    "+": (None, lambda *terms: Add(terms)),
    "*": (None, lambda *factors: Mul(factors)),
    "-": (1, Neg),
    "/": (2, Div),
    "^": (2, Pow),
    "where": (3, Where),
    **{sign: (2, partial(Compare, sign)) for sign in COMPARE},
    **{name: (count, lambda *parts, name=name: Call(name, parts)) for name, count in _ARGUMENTS.items()},
}


def write_formula(formula: Expression) -> Any:
    """The formula as JSON. Errors: OptionError for a node that no formula in h alone has."""
    if isinstance(formula, Number):
        return formula.value
    if formula == H:
        return "h"
    return [_name_operator(formula), *(write_formula(part) for part in formula.children)]


def _name_operator(formula: Expression) -> str:
    match formula:
        case Call(function=name) if name in _ARGUMENTS:
            return name
        case Compare(sign=sign):
            return sign
    if type(formula) not in _OPERATORS:
        raise OptionError(
            f"a formula with {type(formula).__name__} in it cannot be saved; it may contain no variable but h."
        )
    return _OPERATORS[type(formula)]


def read_formula(value: Any, path: Path) -> Expression:
    """The formula that JSON says."""
    if value == "h":
        return H
    if not isinstance(value, list):
        number(value, path)
        return Number(value)
    (first, place), *rest = filled(value, path)
    name = text(first, place)
    if name not in _BUILD:
        raise Fault(f"{shown(name)} is not a part of a formula.{did_you_mean(name[:100], _BUILD)}", place)
    count, build = _BUILD[name]
    if not rest or len(rest) != (count or len(rest)):
        raise Fault(f"'{name}' has {len(rest)} parts, expected {count or 'at least 1'}.", path)
    return build(*(read_formula(each, at) for each, at in rest))
