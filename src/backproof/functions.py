"""The named functions of formulas: each computes on any array namespace, writes itself down, and has a derivative.

`exp(h)` works on NumPy arrays, on JAX arrays (compiled or not), on plain numbers and on formulas alike: it asks its
argument for the namespace. Derivatives are one line each, in the argument u and the value f of the function.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from backproof.errors import NameUnknown, did_you_mean
from backproof.expression import Call, Expression


def namespace(x: Any) -> Any:
    """The module whose functions fit x: `numpy`, `jax.numpy`, or that of formulas; plain numbers count as NumPy's."""
    return x.__array_namespace__() if hasattr(x, "__array_namespace__") else np


def exp(x: Any) -> Any:
    """e^x"""
    return namespace(x).exp(x)


def log(x: Any) -> Any:
    """The natural logarithm, ln x."""
    return namespace(x).log(x)


def sqrt(x: Any) -> Any:
    """√x"""
    return namespace(x).sqrt(x)


def tanh(x: Any) -> Any:
    """The hyperbolic tangent."""
    return namespace(x).tanh(x)


def sin(x: Any) -> Any:
    """The sine, x in radians."""
    return namespace(x).sin(x)


def cos(x: Any) -> Any:
    """The cosine, x in radians."""
    return namespace(x).cos(x)


def sinh(x: Any) -> Any:
    """The hyperbolic sine."""
    return namespace(x).sinh(x)


def cosh(x: Any) -> Any:
    """The hyperbolic cosine."""
    return namespace(x).cosh(x)


def arctan(x: Any) -> Any:
    """The inverse tangent, in radians."""
    return namespace(x).arctan(x)


def absolute(x: Any) -> Any:
    """The absolute value."""
    return namespace(x).abs(x)


def sign(x: Any) -> Any:
    """-1, 0 or 1; sign(0) = 0."""
    return namespace(x).sign(x)


def floor(x: Any) -> Any:
    """The greatest whole number that is not above x."""
    return namespace(x).floor(x)


def maximum(x: Any, y: Any, *others: Any) -> Any:
    """The greatest of two or more."""
    xp = _of(x, y, *others)
    if isinstance(x, Expression) or isinstance(y, Expression):
        return xp.maximum(x, y, *others)
    return reduce(xp.maximum, others, xp.maximum(x, y))


def minimum(x: Any, y: Any) -> Any:
    """The smaller of two."""
    return _of(x, y).minimum(x, y)


def where(condition: Any, then: Any, otherwise: Any) -> Any:
    """`then` where the condition holds, else `otherwise`."""
    return _of(condition, then, otherwise).where(condition, then, otherwise)


def add_at(array: Any, index: Any, part: Any) -> Any:
    """The array with a part added at an index, in place where arrays can be written to: use the result.

    In an index that is an array one place may stand several times.
    """
    if hasattr(array, "at"):
        return array.at[index].add(part)
    if isinstance(index, np.ndarray):
        np.add.at(array, index, part)
    else:
        array[index] += part
    return array


def sigmoid(x: Any) -> Any:
    """1 / (1 + e^-x), arranged so that exp never overflows."""
    if isinstance(x, Expression):
        return Call("sigmoid", (x,))
    small = exp(-absolute(x))
    return where(x >= 0, 1.0, small) / (1 + small)


def softplus(x: Any) -> Any:
    """ln(1 + e^x), arranged so that exp never overflows."""
    if isinstance(x, Expression):
        return Call("softplus", (x,))
    xp = namespace(x)
    return xp.maximum(x, 0.0) + xp.log1p(exp(-absolute(x)))


def erf(x: Any) -> Any:
    """The error function, 2/√π ∫₀ˣ e^(-t²) dt, to 1e-15 (W. J. Cody, Math. Comp. 23, 1969, rational approximations)."""
    if isinstance(x, Expression):
        return Call("erf", (x,))
    size = absolute(x)
    middle, far = maximum(size, 0.46875), maximum(size, 4.0)
    middle = minimum(middle, 4.0)
    near = minimum(size, 0.46875)
    inner = near * _ratio(near * near, _ERF_NEAR)
    outer = 1 - exp(-middle * middle) * _ratio(middle, _ERFC_MIDDLE)
    inverse = 1 / (far * far)
    tail = 1 - exp(-far * far) / far * (0.5641895835477562869 - inverse * _ratio(inverse, _ERFC_FAR))
    return sign(x) * where(size <= 0.46875, inner, where(size <= 4.0, outer, tail))


def _ratio(x: Any, coefficients: tuple[tuple[float, ...], tuple[float, ...]]) -> Any:
    """A quotient of two polynomials, highest power first."""
    top, bottom = (part[0] for part in coefficients)
    for part in coefficients[0][1:]:
        top = top * x + part
    for part in coefficients[1][1:]:
        bottom = bottom * x + part
    return top / bottom


_ERF_NEAR = (
    (1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2,
     3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)  # fmt: skip
_ERFC_MIDDLE = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
     2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
     1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
     3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
)  # fmt: skip
_ERFC_FAR = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
     1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1, 6.05183413124413191e-2,
     2.33520497626869185e-3),
)  # fmt: skip


def _of(*arguments: Any) -> Any:
    """The namespace of the first argument that has one of its own, formulas before arrays."""
    for each in arguments:
        if isinstance(each, Expression):
            return namespace(each)
    for each in arguments:
        found = namespace(each)
        if found is not np:
            return found
    return np


@dataclass(frozen=True)
class Function:
    """A named function: how it computes, and its derivative with respect to its argument u, with f its value there.

    `sign` is how mathematics writes it where that is not its name; `meaning` is for a legend, empty where everybody
    knows the sign (e^x, √x).
    """

    compute: Callable[..., Any]
    derivative: Callable[[Any, Any], Any] | None = None
    meaning: str = ""
    sign: str = ""


FUNCTIONS: dict[str, Function] = {
    "exp": Function(exp, lambda u, f: f),
    "log": Function(log, lambda u, f: 1 / u, "the natural logarithm", "ln"),
    "sqrt": Function(sqrt, lambda u, f: 1 / (2 * f)),
    "tanh": Function(tanh, lambda u, f: 1 - f**2, "the hyperbolic tangent"),
    "sin": Function(sin, lambda u, f: cos(u), "the sine, x in radians"),
    "cos": Function(cos, lambda u, f: -sin(u), "the cosine, x in radians"),
    "sinh": Function(sinh, lambda u, f: cosh(u), "the hyperbolic sine"),
    "cosh": Function(cosh, lambda u, f: sinh(u), "the hyperbolic cosine"),
    "arctan": Function(arctan, lambda u, f: 1 / (1 + u**2), "the inverse tangent, in radians"),
    "abs": Function(absolute, lambda u, f: sign(u)),
    "sign": Function(sign, lambda u, f: 0, "−1, 0 or 1, the sign of x"),
    "sigmoid": Function(sigmoid, lambda u, f: f * (1 - f), "the logistic sigmoid, 1 / (1 + exp(−x))", "σ"),
    "softplus": Function(softplus, lambda u, f: sigmoid(u), "ln(1 + exp(x))"),
    "erf": Function(erf, lambda u, f: 1.1283791670955126 * exp(-(u**2)), "the error function"),
    "floor": Function(floor, None, "the largest whole number not above x"),
    "maximum": Function(maximum, None, "the largest of its arguments", "max"),
    "minimum": Function(minimum, None, "the smaller of two", "min"),
    "matmul": Function(operator.matmul),
    "hadamard": Function(operator.mul, None, "product of entries in the same place", "⊙"),
    "transpose": Function(lambda u: u.T, None, "rows and columns exchanged", "ᵀ"),
    "column_sum": Function(lambda u: u.sum(0)),
    "row_sum": Function(lambda u: u.sum(-1, keepdims=True), None, "sum over the units, for each sample", "rowsum"),
}
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le,
}  # fmt: skip


def lookup(name: str) -> Function:
    """The function of that name, or NameUnknown with the nearest one."""
    if name not in FUNCTIONS:
        raise NameUnknown(
            f"'{name}' is not a function of formulas; expected one of {', '.join(FUNCTIONS)}."
            + did_you_mean(name, FUNCTIONS)
        )
    return FUNCTIONS[name]
