"""Every registered cost: its formula, forward, slope and explanation are the same mathematics."""

import mpmath
import numpy as np
import pytest
import sympy

from backproof import calculus
from backproof.evaluation import evaluate
from backproof.expression import wrap
from backproof.quantity import Quantity
from interpret import MPMATH, SYMPY, interpret, kinks
from variants import COSTS, words

Y, A = Quantity("y"), Quantity("a")
every = pytest.mark.parametrize("e", COSTS, ids=words)


def pairs(e):
    """Targets and outputs in the cost's domain, none where it has a kink."""
    low, high = max(e.domain[0], -6.0), min(e.domain[1], 6.0)
    y, a = np.meshgrid(np.linspace(0, 1, 7) * (high - low) + low, (np.linspace(0.01, 0.99, 11)) * (high - low) + low)
    y, a = y.ravel(), a.ravel()
    smooth = np.ones_like(y, bool)
    for edge in kinks(wrap(e.formula(Y, A))):
        smooth &= np.abs(value(edge, y, a)) > 1e-3
    return y[smooth], a[smooth]


def value(formula, y, a):
    known = {"y": y, "a": a}
    return evaluate(wrap(formula), lambda quantity: known[quantity.role]) + 0 * a


def lines(e):
    yield "derivative", wrap(e.derivative(Y, A))
    for reason, line in e.derivation(Y, A):
        yield reason, wrap(line)
    yield "calculus", calculus.differentiate(wrap(e.formula(Y, A)), A)


@every
def test_forward_is_the_formula(e):
    y, a = pairs(e)
    np.testing.assert_allclose(e.forward(y, a), value(e.formula(Y, A), y, a), rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(e.gradient(y, a), value(e.derivative(Y, A), y, a), rtol=1e-12, atol=1e-14)


@every
def test_every_line_is_the_derivative_by_mpmath(e):
    y, a = pairs(e)
    with mpmath.workdps(50):
        truth = np.array([slope_by_mpmath(e, *each) for each in zip(y, a, strict=True)])
    for reason, line in lines(e):
        np.testing.assert_allclose(value(line, y, a), truth, rtol=1e-12, atol=1e-13, err_msg=reason)


def slope_by_mpmath(e, y, a):
    y = mpmath.mpf(y)
    formula = wrap(e.formula(Y, A))
    return float(mpmath.diff(lambda at: interpret(formula, lambda q: at if q == A else y, MPMATH), mpmath.mpf(a)))


@every
@pytest.mark.parametrize("error", [-3, -sympy.Rational(1, 5), sympy.Rational(1, 7), 4])
def test_every_line_is_proved_by_sympy(e, error):
    """In letters; where the formula has pieces, exactly at an error in each of them."""
    in_pieces = any(True for _ in kinks(wrap(e.formula(Y, A))))
    y, a = sympy.Symbol("y", real=True), sympy.Symbol("a", real=True, positive=None if in_pieces else True)
    known = {"y": y, "a": a}
    truth = sympy.diff(interpret(wrap(e.formula(Y, A)), lambda quantity: known[quantity.role], SYMPY), a)
    for reason, line in lines(e):
        difference = truth - interpret(line, lambda quantity: known[quantity.role], SYMPY)
        if in_pieces:
            difference = difference.subs({y: 0, a: error}).doit()
        assert sympy.simplify(difference) == 0, reason


@every
def test_at_the_ends_of_the_domain_a_target_that_agrees_costs_nothing(e):
    for end in e.domain:
        if np.isfinite(end):
            y, a = np.array([end]), np.array([end])
            assert e.forward(y, a) == 0
            assert np.isfinite(e.gradient(y, a)).all()


@every
def test_torch_agrees(e):
    torch, truth = pytest.importorskip("torch"), pytest.importorskip("truth")
    y, a = pairs(e)
    output = torch.tensor(a, requires_grad=True)
    terms = truth.cost(e)(torch.tensor(y), output)
    terms.sum().backward()
    np.testing.assert_allclose(e.forward(y, a), terms.detach(), rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(e.gradient(y, a), output.grad, rtol=1e-12, atol=1e-14)


@every
def test_torch_agrees_where_the_output_meets_the_target(e):
    torch, truth = pytest.importorskip("torch"), pytest.importorskip("truth")
    output = torch.tensor([0.5], dtype=torch.float64, requires_grad=True)
    truth.cost(e)(output.detach(), output).sum().backward()
    at = np.array([0.5])
    assert e.gradient(at, at) == output.grad.numpy()


@every
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_jax_compiled_agrees_and_keeps_the_precision(e, precision, x64):
    y, a = (each.astype(precision) for each in pairs(e))
    tolerance = 1e-5 if precision == "float32" else 1e-13
    for compute in (e.forward, e.gradient):
        found = x64.jit(compute)(y, a)
        assert found.dtype == precision
        np.testing.assert_allclose(found, compute(y.astype(float), a.astype(float)), rtol=tolerance, atol=tolerance)


@every
def test_share_is_that_of_a_mean_over_outputs(e):
    assert e.scale(4) == (0.25 if e.averaged else 1)


@every
def test_it_fits_its_own_domain_and_none_that_is_wider(e):
    low, high = e.domain
    assert e.fits((low, high))
    assert e.fits((max(low, 0.2), min(high, 0.3)))
    assert e.fits((low - 1, high)) == (low == -np.inf)
    assert e.fits((low, high + 1)) == (high == np.inf)
