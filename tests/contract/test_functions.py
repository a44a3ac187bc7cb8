"""Every named function of formulas, held against mpmath: its values, its derivative rule, its extremes."""

import mpmath
import numpy as np
import pytest

import backproof
from backproof import functions
from backproof.calculus import differentiate
from backproof.errors import NameUnknown
from backproof.evaluation import evaluate
from backproof.expression import Call
from backproof.functions import FUNCTIONS
from backproof.quantity import Quantity
from interpret import MPMATH

U = Quantity("u")
SMOOTH = sorted(name for name, known in FUNCTIONS.items() if known.derivative)
POSITIVE = {"log", "sqrt"}
LINE = np.concatenate([-np.geomspace(1e-12, 12, 60), np.geomspace(1e-12, 12, 60), [-0.5, -0.46875, 0.46875, 0.5, 4.0]])

smooth = pytest.mark.parametrize("name", SMOOTH)


def points(name):
    return np.abs(LINE) if name in POSITIVE else LINE


def by_mpmath(name, order=0):
    with mpmath.workdps(50):
        f = getattr(MPMATH, name)
        return np.array([float(mpmath.diff(f, mpmath.mpf(u), order)) for u in points(name)])


@smooth
def test_values(name):
    # Spacing of float64 is 2.2e-16: a few of them, relative to the value itself.
    np.testing.assert_allclose(FUNCTIONS[name].compute(points(name)), by_mpmath(name), rtol=2e-15, atol=0)


@smooth
def test_derivative_rule(name):
    if name in ("abs", "sign"):
        truth = np.sign(points(name)) if name == "abs" else 0 * points(name)
    else:
        truth = by_mpmath(name, 1)
    slope = evaluate(differentiate(Call(name, (U,)), U), lambda _: points(name))
    np.testing.assert_allclose(slope + 0 * points(name), truth, rtol=1e-12, atol=1e-15)


@smooth
def test_on_formulas_it_writes_itself_down(name):
    assert FUNCTIONS[name].compute(U) == Call(name, (U,))


@smooth
def test_jax_agrees(name, x64):
    u = points(name)
    found = x64.jit(FUNCTIONS[name].compute)(u)
    np.testing.assert_allclose(found, FUNCTIONS[name].compute(u), rtol=1e-14, atol=1e-15)
    assert x64.jit(FUNCTIONS[name].compute)(u.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "erf", "tanh", "arctan"])
def test_extremes_are_safe_and_right(name):
    u = np.array([-1e300, -800.0, -745.0, -710.0, -40.0, 40.0, 710.0, 800.0, 1e300])
    if name == "erf":
        u = u[1:-1]
    with mpmath.workdps(50):
        truth = [float(getattr(MPMATH, name)(mpmath.mpf(each))) if abs(each) < 1e4 else None for each in u]
    found = FUNCTIONS[name].compute(u)
    assert np.isfinite(found).all()
    for mine, right in zip(found, truth, strict=True):
        assert right is None or mine == pytest.approx(right, rel=1e-12, abs=5e-324)


@pytest.mark.parametrize(("left", "right"), [(1.5, -2.0), (-3.0, 0.25), (0.5, 0.5)])
def test_greater_and_smaller(left, right):
    v = Quantity("v")
    known = {"u": np.float64(left), "v": np.float64(right)}
    for name, choose in [("maximum", max), ("minimum", min)]:
        call = FUNCTIONS[name].compute(U, v)
        assert call == Call(name, (U, v))
        assert evaluate(call, lambda quantity: known[quantity.role]) == choose(left, right)
        if left != right:
            slope = evaluate(differentiate(call, U), lambda quantity: known[quantity.role])
            assert slope == (choose(left, right) == left)


def test_matrix_functions():
    a, b = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    assert (FUNCTIONS["matmul"].compute(a, b) == np.matmul(a, b)).all()
    assert (FUNCTIONS["hadamard"].compute(a, a) == np.square(a)).all()
    assert (FUNCTIONS["transpose"].compute(a) == np.transpose(a)).all()
    assert (FUNCTIONS["column_sum"].compute(a) == np.sum(a, axis=0)).all()
    assert (FUNCTIONS["row_sum"].compute(a) == np.sum(a, axis=1, keepdims=True)).all()


def test_unknown_function_names_the_nearest():
    with pytest.raises(NameUnknown, match="Did you mean 'tanh'"):
        functions.lookup("tahn")


@smooth
def test_numpy_writes_the_same_formula(name):
    call = getattr(np, {"abs": "absolute"}.get(name, name), None)
    if isinstance(call, np.ufunc):
        assert call(U) == Call(name, (U,))


def test_every_public_function_has_a_meaning_in_formulas():
    public = [name for name in backproof.__all__ if getattr(backproof, name) is getattr(functions, name, None)]
    assert len(public) > 10
    for name in public:
        assert {"absolute": "abs"}.get(name, name) in FUNCTIONS or name == "where"
