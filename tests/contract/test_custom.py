"""Activations of one's own: one formula is enough, and its worked derivative is right, step by step."""

from functools import reduce

import mpmath
import numpy as np
import pytest
import sympy

import backproof as bp
from backproof import Network, calculus
from backproof.custom import DEEPEST, H
from backproof.errors import BackproofError, NameUnknown, NumberError, OptionError
from backproof.evaluation import evaluate
from backproof.expression import Derivative, wrap
from backproof.quantity import Quantity
from interpret import MPMATH, SYMPY, interpret, kinks

POINTS = np.array([-5.1, -2.7, -1.9, -0.8, -0.2, 0.3, 0.9, 1.6, 2.2, 4.3])
FORMULAS = {
    "my_mish": lambda h: h * bp.tanh(bp.log(1 + bp.exp(h))),
    "mish_numpy": lambda h: h * np.tanh(np.log(1 + np.exp(h))),
    "mish_turned": lambda h: bp.tanh(bp.log(bp.exp(h) + 1)) * h,
    "swish_beta": lambda h: h / (1 + bp.exp(-1.5 * h)),
    "swish_turned": lambda h: h / (bp.exp(-h) + 1),
    "falling_gate": lambda h: 1 / (1 + bp.exp(h)),
    "bent_identity": lambda h: (bp.sqrt(h**2 + 1) - 1) / 2 + h,
    "gauss": lambda h: bp.exp(-(h**2)),
    "isru": lambda h: h / bp.sqrt(1 + 0.3 * h**2),
    "quotient": lambda h: (1 + h) / (3 + h**2),
    "over": lambda h: 1 / (2 + bp.cos(h)),
    "squareplus": lambda h: (h + (h * h + 4) ** 0.5) / 2,
    "snake": lambda h: h + bp.sin(3 * h) ** 2 / 3,
    "arcs": lambda h: bp.arctan(h) * bp.cosh(h / 4) - bp.sinh(h / 5),
    "own_gelu": lambda h: h * 0.5 * (1 + bp.erf(h / 2**0.5)),
    "own_elu": lambda h: bp.where(h > 0, h, bp.exp(h) - 1),
    "squared_relu": lambda h: bp.maximum(h, 0) ** 2,
    "from_below": lambda h: bp.minimum(1.0, h) + 0.1 * h,
    "own_softsign": lambda h: h / (1 + bp.absolute(h)),
    "abs_numpy": lambda h: np.absolute(h) * h,
    "log_cosh": lambda h: bp.log(bp.cosh(h)),
    "powers": lambda h: 2**h - (1 + bp.exp(h)) ** -1.5 + h**3 / 100,
    "power_of_itself": lambda h: (1 + h**2) ** bp.tanh(h),
    "nested": lambda h: bp.tanh(bp.sigmoid(bp.softplus(h) - 1) * bp.exp(-bp.absolute(h))),
    "signed_root": lambda h: bp.sign(h) * (bp.sqrt(bp.absolute(h) + 1) - 1),
    "pieces_in_pieces": lambda h: bp.where(h > 1, 2 * h - 1, bp.where(h < -1, -2 * h - 1, h**2)),
    "constant": lambda h: 3,
    "plain": lambda h: h,
}
every = pytest.mark.parametrize("name", FORMULAS)


@pytest.fixture
def made(name, own_activations):
    """The activation of that name, made for this test."""
    return bp.activation(name, FORMULAS[name])


@every
def test_derivative_is_mpmath_s(made):
    with mpmath.workdps(50):
        f = lambda h: interpret(made.body, lambda _: h, MPMATH)  # noqa: E731
        values = [float(f(mpmath.mpf(h))) for h in POINTS]
        slopes = [float(mpmath.diff(f, mpmath.mpf(h))) for h in POINTS]
    a = made.forward(POINTS)
    np.testing.assert_allclose(a, values, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(made.formula(POINTS) + 0 * POINTS, values, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(made.derivative(POINTS, a) + 0 * POINTS, slopes, rtol=1e-11, atol=1e-13)


@every
def test_every_step_of_the_calculus_equals_its_neighbour(made):
    """To 40 digits, against SymPy's own derivative."""
    h = sympy.Symbol("h", real=True)
    truth = sympy.diff(interpret(made.body, lambda _: h, SYMPY), h)
    steps = list(calculus.steps(made.body, H))
    assert not any(isinstance(node, Derivative) for node in [steps[-1][1]])
    for reason, line in [*steps, *made.derivation(H, Quantity("a"))]:
        difference = truth - interpret(wrap(line), lambda _: h, SYMPY).doit()
        for point in POINTS[::3]:
            at = sympy.Rational(str(point))
            assert abs(sympy.N(difference.subs(h, at).doit(), 50)) < 1e-15, reason


@every
def test_it_works_in_a_network_and_its_derivation_holds(made):
    network = Network.dense([2, 3, 1], activation=[made.name, "identity"], seed=4)
    trace = bp.Trace(network, np.array([[0.5, -1.2]]), np.array([[0.3]]))
    for unit in network.units[1]:
        derivation = trace.explain(f"da/dh[{unit}]")
        for line in derivation.lines:
            if line.kind in ("chain_rule", "numbers", "value"):
                assert line.value == pytest.approx(derivation.value, rel=1e-12, abs=1e-14), line.reason
        assert derivation.estimate == pytest.approx(derivation.value, rel=1e-6, abs=1e-8)


@every
def test_jax_keeps_the_precision(made, x64):
    h = POINTS.astype(np.float32)
    a, slope = x64.jit(lambda h: (made.forward(h), made.backward(h, made.forward(h), 1 + 0 * h)))(h)
    assert a.dtype == slope.dtype == np.float32
    np.testing.assert_allclose(a, made.forward(POINTS), rtol=3e-5, atol=3e-6)


@pytest.mark.parametrize("name", ["my_mish", "mish_numpy", "mish_turned", "swish_beta", "swish_turned"])
def test_what_has_a_stable_form_is_safe_at_extremes(made):
    h = np.array([-800.0, -100.0, 0.0, 100.0, 800.0])
    a = made.forward(h)
    assert np.isfinite(a).all()
    assert np.isfinite(made.backward(h, a, np.ones(5))).all()
    assert a[-1] == pytest.approx(800)


def test_open_steps_may_have_kinks_only_where_the_formula_has():
    assert not list(kinks(wrap(FORMULAS["my_mish"](H))))
    assert len(list(kinks(wrap(FORMULAS["pieces_in_pieces"](H))))) == 2


def test_torch_has_the_same_mish(own_activations):
    torch = pytest.importorskip("torch")
    mish = bp.activation("my_mish", FORMULAS["my_mish"])
    h = torch.tensor(POINTS, requires_grad=True)
    torch.nn.functional.mish(h).sum().backward()
    np.testing.assert_allclose(mish.derivative(POINTS, mish.forward(POINTS)), h.grad, rtol=1e-12)


WRONG = {
    "if": (lambda h: h if h > 0 else 0 * h, OptionError, "where"),
    "python_math": (lambda h: __import__("math").tanh(h), OptionError, "applied to a symbol"),
    "unknown": (lambda h: h.__array_namespace__().tnah(h), NameUnknown, "Did you mean 'tanh'"),
    "numpy_unknown": (lambda h: np.cbrt(h), NameUnknown, "cbrt"),
    "string": (lambda h: "tanh", OptionError, "applied to a symbol"),
    "nothing": (lambda h: None, OptionError, "applied to a symbol"),
    "other_letter": (lambda h: h + Quantity("x"), OptionError, "no variable but h"),
    "stairs": (lambda h: bp.where(h > 0.2 - 5e-6, 1.0, 0.0) + h, NumberError, "not smooth"),
    "infinite": (lambda h: bp.exp(bp.exp(h * 5)), NumberError, "not finite"),
    "not_a_number": (lambda h: bp.log(h), NumberError, "not finite"),
    "deep": (lambda h: reduce(lambda inside, _: bp.sin(inside), range(600), h), OptionError, "too large"),
    "wide": (lambda h: reduce(lambda inside, _: inside * inside + 1, range(40), h), OptionError, "too large"),
    "zero": (lambda h: h * (1 / 0), OptionError, "applied to a symbol"),
    "matrix": (lambda h: h.__array_namespace__().matmul(h, h), BackproofError, "no rule"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_what_is_no_activation_is_refused_with_a_reason(fault, own_activations):
    formula, error, says = WRONG[fault]
    with pytest.raises(error, match=says):
        bp.activation(fault, formula)
    assert fault not in own_activations.names()


@pytest.mark.parametrize("name", ["tanh", "Mish", "", "two words", "1st", "a-b", 5, None])
def test_a_name_that_is_taken_or_odd_is_refused(name, own_activations):
    with pytest.raises(OptionError):
        bp.activation(name, lambda h: h)


def test_a_name_of_one_s_own_may_be_given_again(own_activations):
    bp.activation("mine", lambda h: 2 * h)
    again = bp.activation("mine", lambda h: 3 * h)
    assert own_activations.make("mine") is again
    assert evaluate(again.derivative(H, None), lambda _: 1.0) == 3


def test_the_deepest_formula_is_explained(own_activations):
    made = bp.activation("deep", lambda h: reduce(lambda inside, _: bp.sin(inside), range(DEEPEST - 1), h))
    assert repr(made) == "Custom(deep)"
    trace = Network.dense([1, 1], activation="deep").trace([0.5], [1.0])
    assert "sin" in str(trace.explain("dE/dw[1][x1,l1.1]"))
