"""What a formula is worth to another library: SymPy, mpmath, JAX or PyTorch, none of which Backproof's own code asks.

A library is a namespace with the functions of formulas, `where`, `number` and (where it can) `derivative`.
"""

from fractions import Fraction
from math import pi, sqrt
from types import SimpleNamespace

import mpmath
import sympy

from backproof.expression import (
    Add,
    Call,
    Compare,
    Derivative,
    Div,
    Mul,
    Neg,
    Number,
    Pow,
    Rest,
    Sum,
    Value,
    Where,
    walk,
)
from backproof.functions import COMPARE
from backproof.quantity import Quantity


def interpret(node, lookup, library):
    """The value of a formula in a library; `lookup` gives that of each quantity."""
    parts = [interpret(child, lookup, library) for child in node.children] if not isinstance(node, Derivative) else []
    match node:
        case Quantity():
            return lookup(node)
        case Number(value=value) | Value(value=value) | Rest(value=value):
            return library.number(value)
        case Add() | Sum():
            return sum(parts[1:], parts[0])
        case Mul():
            product = parts[0]
            for part in parts[1:]:
                product = product * part
            return product
        case Neg():
            return -parts[0]
        case Div():
            return parts[0] / parts[1]
        case Pow():
            return parts[0] ** parts[1]
        case Compare(sign=sign):
            return COMPARE[sign](*parts)
        case Where():
            return library.where(*parts)
        case Call(function=name):
            return getattr(library, name)(*parts)
        case Derivative(body=body, by=by):
            return library.derivative(lambda at: interpret(body, lambda q: at if q == by else lookup(q), library),
                                      lookup(by))  # fmt: skip
    raise TypeError(type(node).__name__)


def exact(value):
    """The number that a person meant by a float: 0.1 is 1/10, 1.4142135623730951 is the root of 2."""
    if isinstance(value, int):
        return sympy.Integer(value)
    if len(repr(value)) < 12:
        return sympy.Rational(repr(value))
    for power in (0, 1, -1):
        square = Fraction(value**2 / pi**power).limit_denominator(100)
        if square and abs(sqrt(square * Fraction(pi**power)) / abs(value) - 1) < 4e-16:
            root = sympy.sqrt(sympy.Rational(square) * sympy.pi**power)
            return root if value > 0 else -root
    return sympy.Rational(value)


SYMPY = SimpleNamespace(
    number=exact, where=lambda condition, a, b: sympy.Piecewise((a, condition), (b, True)),
    derivative=lambda f, at: sympy.diff(f(at), at),
    exp=sympy.exp, log=sympy.log, sqrt=sympy.sqrt, tanh=sympy.tanh, sin=sympy.sin, cos=sympy.cos, sinh=sympy.sinh,
    cosh=sympy.cosh, arctan=sympy.atan, abs=sympy.Abs, sign=sympy.sign, erf=sympy.erf, maximum=sympy.Max,
    minimum=sympy.Min, sigmoid=lambda u: 1 / (1 + sympy.exp(-u)), softplus=lambda u: sympy.log(1 + sympy.exp(u)),
)  # fmt: skip

MPMATH = SimpleNamespace(
    number=mpmath.mpf, where=lambda condition, a, b: a if condition else b, derivative=mpmath.diff,
    exp=mpmath.exp, log=mpmath.log, sqrt=mpmath.sqrt, tanh=mpmath.tanh, sin=mpmath.sin, cos=mpmath.cos,
    sinh=mpmath.sinh, cosh=mpmath.cosh, arctan=mpmath.atan, abs=abs, sign=mpmath.sign, erf=mpmath.erf, maximum=max,
    minimum=min, sigmoid=lambda u: 1 / (1 + mpmath.exp(-u)), softplus=lambda u: mpmath.log1p(mpmath.exp(u)),
)  # fmt: skip


def array_library(xp, erf):
    """The functions of formulas on the arrays of NumPy, JAX or PyTorch, each as its definition says."""
    return SimpleNamespace(
        number=lambda value: value, where=xp.where,
        exp=xp.exp, log=xp.log, sqrt=xp.sqrt, tanh=xp.tanh, sin=xp.sin, cos=xp.cos, sinh=xp.sinh,
        cosh=xp.cosh, arctan=xp.arctan, abs=xp.abs, sign=xp.sign, erf=erf, maximum=xp.maximum, minimum=xp.minimum,
        sigmoid=lambda u: 1 / (1 + xp.exp(-u)), softplus=lambda u: xp.log(1 + xp.exp(u)),
    )  # fmt: skip


def kinks(formula):
    """Formulas that are 0 exactly where a formula may bend or jump: at the edge of a piece, at |0|."""
    for node in walk(formula):
        match node:
            case Compare(left=left, right=right) | Call(function="maximum" | "minimum", arguments=(left, right)):
                yield left - right
            case Call(function="abs" | "sign", arguments=(inside,)):
                yield inside
