"""Every stated identity is the long form in the normal range, and right where the long form leaves float64."""

from dataclasses import dataclass

import mpmath
import numpy as np
import pytest

from backproof.evaluation import evaluate
from backproof.expression import wrap
from backproof.operations.activation import activations
from backproof.operations.cost import costs
from backproof.operations.identity import identity_for
from backproof.quantity import Quantity
from interpret import MPMATH, interpret
from variants import IDENTITIES, words

every = pytest.mark.parametrize("identity", IDENTITIES, ids=words)
Y = Quantity("y")


@dataclass
class Pair:
    """Some pre-activations and targets with the long form's activations and errors."""

    h: np.ndarray
    y: np.ndarray
    identity: object

    def __post_init__(self):
        self.g, self.e = activations.make(self.identity.activation), costs.make(self.identity.cost)
        self.a = self.g.forward(self.h)
        self.total = self.y.sum(-1, keepdims=True)


def normal(identity, seed, scale=2.0, samples=20, outputs=4):
    """Targets in (0, 1) that do not add up to 1."""
    random = np.random.default_rng(seed)
    h, y = random.normal(0, scale, (samples, outputs)), random.uniform(0, 1, (samples, outputs))
    y[: samples // 2] = np.round(y[: samples // 2])
    return Pair(h, y, identity)


def written(identity, pair, unit):
    """The identity's formula of one output, evaluated."""
    names = [Quantity("h", (str(each),)) for each in range(pair.h.shape[1])]
    known = {str(each): pair.h[:, each] for each in range(pair.h.shape[1])}
    formula = wrap(identity.formula(names, Y, unit))
    return evaluate(formula, lambda quantity: pair.y[:, unit] if quantity == Y else known[quantity.of[0]])


@every
def test_it_is_found_by_its_pair_and_by_no_other(identity):
    assert identity_for(activations.make(identity.activation), costs.make(identity.cost)) == identity
    assert identity_for(activations.make("tanh"), costs.make(identity.cost)) is None
    assert "delta" in identity.says


@every
@pytest.mark.parametrize("seed", range(5))
def test_terms_and_delta_are_the_long_form(identity, seed):
    pair = normal(identity, seed)
    np.testing.assert_allclose(identity.terms(pair.h, pair.y), pair.e.forward(pair.y, pair.a), rtol=1e-11, atol=1e-13)
    long = pair.g.backward(pair.h, pair.a, pair.e.gradient(pair.y, pair.a))
    np.testing.assert_allclose(identity.delta(pair.a, pair.y, pair.total), long, rtol=1e-10, atol=1e-13)


@every
def test_one_output_alone(identity):
    pair = normal(identity, 3, scale=0.1, outputs=1)
    if identity.activation == "softmax":
        least = identity.terms(0 * pair.h, pair.y)  # 0, or what a target other than 1 costs at least
        assert (identity.terms(pair.h, pair.y) == least).all()
    delta = identity.delta(pair.a, pair.y, pair.total)
    if identity.activation == "softmax":
        assert (delta == 0).all()


@every
@pytest.mark.parametrize("scale", [2.0, 200.0])
def test_the_formula_is_the_terms(identity, scale):
    pair = normal(identity, 7, scale)
    for unit in range(4):
        np.testing.assert_allclose(written(identity, pair, unit), identity.terms(pair.h, pair.y)[:, unit], rtol=1e-9,
                                   atol=1e-12)  # fmt: skip


@every
def test_safe_and_right_at_extremes(identity):
    h = np.array([[800, -800, 0], [-800, 800, 800], [-800, -800, -800], [800, 800, 799], [40, -40, 1]], float)
    for y in np.eye(3), np.ones((1, 3)), np.zeros((1, 3)), np.array([[0.2, 0.9, 0.4]]):
        pair = Pair(h, np.resize(y, h.shape), identity)
        terms, delta = identity.terms(h, pair.y), identity.delta(pair.a, pair.y, pair.total)
        assert np.isfinite(terms).all()
        assert np.isfinite(delta).all()
        truth = by_mpmath(identity, pair)
        held = np.isfinite(truth)  # e^800 is more than any number here
        np.testing.assert_allclose(terms[held], truth[held], rtol=1e-13, atol=1e-15)


def by_mpmath(identity, pair):
    """The cost of the activation, in numbers that cannot overflow."""
    names = [Quantity("h", (str(unit),)) for unit in range(3)]

    def term(h, y, unit):
        known = {str(each): mpmath.mpf(number) for each, number in enumerate(h)}
        formula = pair.g.formula_of(names, unit) if pair.g.coupled else pair.g.formula(names[unit])
        a = interpret(formula, lambda quantity: known[quantity.of[0]], MPMATH)
        put = {"y": mpmath.mpf(y), "a": a}
        return interpret(wrap(pair.e.formula(Y, Quantity("a"))), lambda quantity: put[quantity.role], MPMATH)

    with mpmath.workdps(800):
        return np.array([[float(term(h, y[unit], unit)) for unit in range(3)]
                         for h, y in zip(pair.h, pair.y, strict=True)])  # fmt: skip


@every
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_jax_compiled_agrees_and_keeps_the_precision(identity, precision, x64):
    pair = normal(identity, 11)
    h, y = pair.h.astype(precision), pair.y.astype(precision)
    tolerance = 1e-5 if precision == "float32" else 1e-13
    terms = x64.jit(identity.terms)(h, y)
    delta = x64.jit(identity.delta)(pair.a.astype(precision), y, y.sum(-1, keepdims=True))
    assert terms.dtype == delta.dtype == precision
    np.testing.assert_allclose(terms, identity.terms(pair.h, pair.y), rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(delta, identity.delta(pair.a, pair.y, pair.total), rtol=tolerance, atol=tolerance)
