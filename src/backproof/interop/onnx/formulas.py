"""Activations and elementwise operators: one table for reading and writing.

What is neither an operator nor a known activation is a formula: written out node by node, and read back as one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from backproof.custom import DEEPEST, MOST_NODES, PROBES, Custom, H
from backproof.evaluation import evaluate
from backproof.expression import Call, Compare, Div, Expression, Mul, Neg, Number, substitute
from backproof.functions import exp, sigmoid, tanh, where
from backproof.operations.activation import Activation, Elementwise, activations


class Operator(NamedTuple):
    """An operator that is an activation: attributes by the option that they are, with their defaults in ONNX.

    `fixed` are attributes that the activation does not have as options: their values, and the defaults in ONNX.
    """

    name: str
    activation: str
    attributes: dict[str, tuple[str, float]] = {}  # noqa: RUF012
    fixed: dict[str, tuple[Any, Any]] = {}  # noqa: RUF012
    since: int = 17


#: The first line of an activation is how it is written.
OPERATORS = (
    Operator("Relu", "relu"),
    Operator("Sigmoid", "sigmoid"),
    Operator("Tanh", "tanh"),
    Operator("Softplus", "softplus"),
    Operator("Softsign", "softsign"),
    Operator("Exp", "exponential"),
    Operator("LeakyRelu", "leaky_relu", {"slope": ("alpha", 0.01)}),
    Operator("Elu", "elu", {"alpha": ("alpha", 1.0)}),
    Operator("Selu", "selu", {}, {"alpha": (1.6732632423543772, 1.6732631921768188),
                                  "gamma": (1.0507009873554805, 1.0507010221481323)}),
    Operator("HardSigmoid", "hard_sigmoid", {}, {"alpha": (1 / 6, 0.2), "beta": (0.5, 0.5)}),
)  # fmt: skip

#: Activations of a row, which have an axis.
ROWS = {"Softmax": "softmax", "LogSoftmax": "log_softmax"}

#: Functions of formulas of one argument, and of two.
FUNCTIONS = {
    "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "tanh": "Tanh", "sin": "Sin", "cos": "Cos", "sinh": "Sinh",
    "cosh": "Cosh", "arctan": "Atan", "abs": "Abs", "sign": "Sign", "sigmoid": "Sigmoid", "softplus": "Softplus",
    "erf": "Erf", "floor": "Floor",
}  # fmt: skip
PAIRS = {"maximum": "Max", "minimum": "Min"}
COMPARISONS = {">": "Greater", "<": "Less", ">=": "GreaterOrEqual", "<=": "LessOrEqual"}

#: Operators of two values that are a kind of layer.
JOINS = {"Add": "add", "Sub": "subtract", "Mul": "multiply"}

#: Operators that are a formula of each number by itself, beside those of the tables above, by their number of inputs.
_ONE: dict[str, Callable[..., Any]] = {
    **{name: lambda u, function=function: Call(function, (u,)) for function, name in FUNCTIONS.items()},
    "Neg": lambda u: -u,
    "Reciprocal": lambda u: 1 / u,
    "HardSwish": lambda u: u * Call("maximum", (Call("minimum", (u + 3, Number(6))), Number(0))) / 6,
    "Mish": lambda u: u * tanh(Call("softplus", (u,))),
    "Swish": lambda u: u * sigmoid(u),
    "Celu": lambda u: Call("maximum", (u, Number(0))) + Call("minimum", (exp(u) - 1, Number(0))),
}
_TWO: dict[str, Callable[..., Any]] = {
    **{name: lambda u, v, function=function: Call(function, (u, v)) for function, name in PAIRS.items()},
    **{name: lambda u, v, sign=sign: Compare(sign, u, v) for sign, name in COMPARISONS.items()},
    "Add": lambda u, v: u + v,
    "Sub": lambda u, v: u - v,
    "Mul": lambda u, v: u * v,
    "Div": lambda u, v: u / v,
    "Pow": lambda u, v: u**v,
}
ELEMENTWISE: dict[str, Callable[..., Any]] = {**_ONE, **_TWO, "Where": where}


def count_inputs(operator: str) -> int:
    """How many inputs an elementwise operator has."""
    return 1 if operator in _ONE else 2 if operator in _TWO else 3


#: Activations that no formula is taken for: what is differentiated in its own way, and swish, which is silu at slope 1.
APART = ("step", "swish")
#: How closely a formula agrees with an activation whose constants a file holds in float32.
CLOSE = 2e-6
#: Where formulas are held against activations: both sides of every kink.
PLACES = np.concatenate([PROBES, [-40.0, -7.0, -4.0, -2.0, 0.5, 2.0, 3.5, 5.0, 6.5, 30.0]])


def find_activation(formula: Expression, noted: Sequence[Activation] = ()) -> Activation | None:
    """The activation without options that a formula in h is, whatever way it is written; or one of those `noted`."""
    values = evaluate(formula, lambda _: PLACES) + 0 * PLACES
    own = ((each, each.forward(PLACES)) for each in noted if isinstance(each, Elementwise))
    known = chain[tuple[Activation, Any]](_list_activations(), own)
    return next((each for each, theirs in known if np.allclose(values, theirs, rtol=CLOSE, atol=CLOSE)), None)


@cache
def _list_activations() -> tuple[tuple[Elementwise, Any], ...]:
    names = (name for name in activations.names() if name not in APART and name not in activations.added)
    made = (activations.make(name) for name in names)
    return tuple((each, each.forward(PLACES)) for each in made if isinstance(each, Elementwise))


def find_factor(formula: Expression) -> float | None:
    """The factor c of a formula that is c h."""
    match formula:
        case Mul(factors=(Number(value=factor), body)) | Mul(factors=(body, Number(value=factor))) if body == H:
            return float(factor)
        case Div(top=body, bottom=Number(value=divisor)) if body == H and divisor:
            return 1 / float(divisor)
        case Neg(body=body) if body == H:
            return -1.0
    return None


def is_operator(activation: Activation) -> bool:
    """Whether an activation is an operator, or a formula that is recognised."""
    return (
        activation.name in ROWS.values()
        or any(activation.name == each.activation for each in OPERATORS)
        or any(activation == each for each, _ in _list_activations())
    )


def to_formula(activation: Activation) -> Expression:
    """What an activation computes, arranged so that nothing overflows. Raise TypeError if it is no formula."""
    if isinstance(activation, Custom):
        return activation.stable
    found = activation.forward(H)
    if not isinstance(found, Expression):
        raise TypeError
    return found


def put_for_h(formula: Expression, inner: Expression) -> Expression:
    """The formula with another one in the place of h."""
    return substitute(formula, lambda node: inner if node == H else None)


def is_condition(formula: Expression) -> bool:
    """Whether a formula is true or false rather than a number."""
    return isinstance(formula, Compare)


def is_large(formula: Expression) -> bool:
    """Whether a formula is larger or deeper than an activation may be."""
    waiting, nodes = [(formula, 1)], 0
    while waiting:
        node, depth = waiting.pop()
        nodes += 1
        if nodes > MOST_NODES or depth > DEEPEST:
            return True
        waiting.extend((child, depth + 1) for child in node.children)
    return False
