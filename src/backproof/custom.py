"""Activations of your own: one formula is enough, the derivative is worked out rule by rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from backproof import calculus
from backproof.errors import NumberError, OptionError
from backproof.evaluation import evaluate
from backproof.expression import (
    Add,
    Call,
    Derivative,
    Div,
    Expression,
    Mul,
    Neg,
    Number,
    quantities,
    substitute,
    walk,
    wrap,
)
from backproof.functions import lookup
from backproof.operations.activation import Elementwise, activations
from backproof.operations.registry import Reasoned
from backproof.quantity import Quantity

H = Quantity("h")
#: Where a derivative is held against central differences before it is accepted.
PROBES = np.array([-2.7, -1.3, -0.6, -0.1, 0.2, 0.7, 1.4, 2.9])

DEEPEST, MOST_NODES = 50, 1000


@final
@dataclass(frozen=True)
class Custom(Elementwise):
    """An activation from a formula in h. `body` is as written, `stable` the same with sigmoid and softplus named."""

    given: str
    body: Expression
    stable: Expression
    slope: Expression

    def __repr__(self) -> str:
        return f"Custom({self.given})"

    @property
    def name(self) -> str:
        return self.given

    def formula(self, h: Any) -> Any:
        return _at(self.body, h)

    def forward(self, h: Any) -> Any:
        return _at(self.stable, h) + 0 * h

    def derivative(self, h: Any, a: Any) -> Any:
        return _at(self.slope, h)

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        if self.stable != self.body:
            yield "name what is known", _at(Derivative(self.stable, H), h)
        for rule, line in calculus.steps(self.stable, H):
            yield rule, _at(line, h)


def activation(name: str, formula: Callable[[Any], Any]) -> Custom:
    """Define an activation by its formula.

    Parameters
    ----------
    name : str
        Lower-case letters, digits and _. From then on the name works in the networks and worksheets of this process.
    formula : callable
        A function of the pre-activation h, written with +, -, *, /, ** and the functions of `backproof` (exp, log,
        tanh, where ...) or those of NumPy with the same names.

    Returns
    -------
    Activation
        It can be given wherever the name of an activation is expected.

    Raises
    ------
    OptionError
        If the name is taken, or the formula is not made of these functions.
    NumberError
        If the formula or its derivative is not finite between -3 and 3, or the formula is not smooth.

    Notes
    -----
    The formula is called once, with a symbol. Its derivative is found by the rules of `backproof.calculus` and compared
    with central differences; `Trace.explain` shows the rules one by one.

    Examples
    --------
    >>> from backproof import Network, activation, exp
    >>> swish = activation("my_swish", lambda h: h / (1 + exp(-h)))
    >>> Network.dense([1, 2, 1], activation=["my_swish", "identity"])
    Network(1-2-1, my_swish, identity, half_squared_error, 7 parameters)
    >>> round(float(swish.derivative(0.0, swish.forward(0.0))), 3)
    0.5
    """
    try:
        body = wrap(formula(H))
    except (TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        raise OptionError(
            f"activation '{name}': the formula cannot be applied to a symbol ({error}); use +, -, *, /, ** and "
            "functions such as backproof.exp, backproof.tanh and backproof.where."
        ) from None
    return activations.add(name, written(name, body))  # type: ignore[return-value]


def written(name: str, body: Expression) -> Custom:
    """The activation of a formula that is one already: checked as `activation` says, but known by name nowhere."""
    _small(body, name)
    for node in walk(body):
        if isinstance(node, Call):
            lookup(node.function)
    try:
        stable = name_known(body)
        made = Custom(name, body, stable, calculus.differentiate(stable, H))
        _verify(made)
    except (TypeError, ArithmeticError, RecursionError) as error:
        raise OptionError(f"activation '{name}': the formula cannot be evaluated ({error}).") from None
    return made


def _small(body: Expression, name: str) -> None:
    """Refuse a formula that could be neither differentiated nor read."""
    waiting, nodes = [(body, 1)], 0
    while waiting:
        node, depth = waiting.pop()
        nodes += 1
        if depth > DEEPEST or nodes > MOST_NODES:
            raise OptionError(
                f"activation '{name}': the formula is too large; at most {DEEPEST} functions and "
                f"operations may be nested, and {MOST_NODES} used in all."
            )
        waiting.extend((child, depth + 1) for child in node.children)


def _at(formula: Expression, h: Any) -> Any:
    """The formula with something put in for h: a symbol, or the numbers of an array."""
    if isinstance(h, Expression):
        return substitute(formula, lambda node: h if node == H else _open(node, h))
    return evaluate(formula, lambda _: h)


def _open(node: Expression, h: Expression) -> Expression | None:
    """A derivative that is still open is by the symbol that is put in."""
    if isinstance(node, Derivative) and isinstance(h, Quantity):
        return Derivative(_at(node.body, h), h)
    return None


def name_known(formula: Expression) -> Expression:
    """Write ln(1 + e^u) as softplus(u) and 1/(1 + e^-u) as sigmoid(u): equal, and safe where exp overflows."""
    children = formula.children
    if children:
        formula = formula.rebuild(tuple(name_known(child) for child in children))
    match formula:
        case Call(function="log", arguments=(Add(terms=(Number(value=1), Call(function="exp", arguments=(u,)))),)):
            return Call("softplus", (u,))
        case Call(function="log", arguments=(Add(terms=(Call(function="exp", arguments=(u,)), Number(value=1))),)):
            return Call("softplus", (u,))
        case (
            Div(top=top, bottom=Add(terms=(Number(value=1), Call(function="exp", arguments=(u,)))))
            | Div(top=top, bottom=Add(terms=(Call(function="exp", arguments=(u,)), Number(value=1))))
        ):
            gate = Call("sigmoid", (_minus(u),))
            return gate if top == Number(1) else top * gate
    return formula


def _minus(u: Expression) -> Expression:
    """-u, without a double minus."""
    match u:
        case Neg(body=body):
            return body
        case Mul(factors=(Number(value=first), *rest)) if first < 0:
            return Mul((Number(-first), *rest))
    return Neg(u)


def _verify(made: Custom) -> None:
    """Hold the derivative against central differences, and the formula against infinity."""
    if set(quantities(made.body)) - {H}:
        raise OptionError(f"activation '{made.name}': the formula may contain no variable but h.")
    values, slopes = made.forward(PROBES), made.derivative(PROBES, made.forward(PROBES)) + 0 * PROBES
    if not (np.isfinite(values).all() and np.isfinite(slopes).all()):
        raise NumberError(f"activation '{made.name}' or its derivative is not finite between -3 and 3.")
    step = 1e-5
    differences = (made.forward(PROBES + step) - made.forward(PROBES - step)) / (2 * step)
    if not np.allclose(slopes, differences, rtol=1e-5, atol=1e-6):
        worst = int(np.argmax(np.abs(slopes - differences)))
        raise NumberError(
            f"activation '{made.name}': at h = {PROBES[worst]:g} the derivative comes to {slopes[worst]:g}, central "
            f"differences to {differences[worst]:g}; the formula is not smooth there."
        )
