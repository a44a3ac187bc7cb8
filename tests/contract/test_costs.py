"""Every registered cost: its formula, forward, slope and explanation are the same mathematics."""

from dataclasses import replace

import mpmath
import numpy as np
import pytest
import sympy

from backproof import BackproofError, Network, calculus, load
from backproof.evaluation import evaluate
from backproof.expression import wrap
from backproof.operations.cost import costs
from backproof.quantity import Quantity
from backproof.worksheet.reader import loads
from backproof.worksheet.writer import dumps
from interpret import MPMATH, SYMPY, interpret, kinks
from variants import COSTS, UNIFORM, words

Y, A = Quantity("y"), Quantity("a")
every = pytest.mark.parametrize("e", UNIFORM, ids=words)
of_rows = pytest.mark.parametrize("e", COSTS, ids=words)


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


def words_of_pair(given):
    return given if isinstance(given, str) else words(given)


NAMES = ["p", "q", "r"]
YS, AS = [Quantity("y", (each,)) for each in NAMES], [Quantity("a", (each,)) for each in NAMES]


def rows(e, seed=0):
    """Targets and outputs of five samples with three outputs, in the cost's domain and beside its kinks."""
    random = np.random.default_rng(seed)
    low, high = max(e.domain[0], -2.0), min(e.domain[1], 2.0)
    y = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.2, 0.5, 0.3], [0.7, 0.1, 0.6]])
    return y, random.uniform(low + 0.02, high - 0.02, (5, 3))


def row_value(formula, y, a):
    arrays = {"y": y, "a": a}
    found = evaluate(wrap(formula), lambda quantity: arrays[quantity.role][:, NAMES.index(quantity.of[0])])
    return found + 0 * a[:, 0]


@of_rows
def test_terms_of_a_row_are_forward_and_their_slopes_the_gradient(e):
    y, a = rows(e)
    terms, gradient = e.forward(y, a), e.gradient(y, a)
    for unit in range(3):
        np.testing.assert_allclose(row_value(e.formula_of(YS, AS, unit), y, a), terms[:, unit], rtol=1e-12, atol=1e-14)
        slopes = [("slope", e.derivative_of(YS, AS, unit)), *e.derivation_of(YS, AS, unit)]
        for reason, line in slopes:
            found = row_value(line, y, a)
            np.testing.assert_allclose(found, gradient[:, unit], rtol=1e-11, atol=1e-13, err_msg=reason)


@of_rows
def test_slopes_of_a_row_are_those_of_the_calculus(e):
    y, a = rows(e, seed=1)
    parts = [wrap(e.formula_of(YS, AS, unit)) for unit in range(3)]
    for by in range(3):
        worked = [row_value(calculus.differentiate(part, AS[by]), y, a) for part in parts]
        np.testing.assert_allclose(sum(worked), e.gradient(y, a)[:, by], rtol=1e-11, atol=1e-13)
        for unit in range(3) if e.coupled else ():
            stated = row_value(e.slope_of_part(YS, AS, unit, by), y, a)
            np.testing.assert_allclose(stated, worked[unit], rtol=1e-11, atol=1e-13)


@of_rows
def test_torch_agrees_on_rows(e):
    torch, truth = pytest.importorskip("torch"), pytest.importorskip("truth")
    y, a = rows(e, seed=2)
    output = torch.tensor(a, requires_grad=True)
    if e.name in truth.ROWS:
        total = truth.ROWS[e.name](e)(torch.tensor(y), output)
    else:
        total = truth.cost(e)(torch.tensor(y), output).sum() * e.scale(3)
    total.backward()
    np.testing.assert_allclose(e.forward(y, a).sum() * e.scale(3), total.item(), rtol=1e-12)
    np.testing.assert_allclose(e.gradient(y, a) * e.scale(3), output.grad, rtol=1e-11, atol=1e-13)


@of_rows
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_jax_compiled_agrees_on_rows(e, precision, x64):
    y, a = (each.astype(precision) for each in rows(e, seed=3))
    for compute in (e.forward, e.gradient):
        found = x64.jit(compute)(y, a)
        assert found.dtype == precision
        tolerance = 1e-5 if precision == "float32" else 1e-12
        truth = compute(y.astype(float), a.astype(float))
        np.testing.assert_allclose(found, truth, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("e", [each for each in COSTS if each.name.endswith("logits")], ids=words)
def test_costs_of_logits_are_finite_at_extremes(e):
    a = np.array([[800.0, -800, 0], [-800, -800, 800], [1e5, 1e5, -1e5]])
    for y in np.eye(3), np.ones((3, 3)), np.full((3, 3), 0.3):
        assert np.isfinite(e.forward(y, a)).all()
        assert np.isfinite(e.gradient(y, a)).all()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"label_smoothing": 1.5}, "label_smoothing must be 0 to 1"),
        ({"class_weights": [1.0, -2.0]}, "class_weights must be 0 or greater"),
        ({"class_weights": 3.0}, "class_weights must be a list of finite numbers"),
        ({"class_weights": [1.0, float("nan")]}, "class_weights must be a list of finite numbers"),
    ],
)
def test_bad_options_are_one_message(options, says):
    with pytest.raises(BackproofError, match=says):
        costs.make({"name": "cross_entropy", **options})


def test_class_weights_must_be_as_many_as_outputs():
    cost = {"name": "cross_entropy_with_logits", "class_weights": [1.0, 2.0]}
    with pytest.raises(BackproofError, match="2 class_weights, expected one for each output: 3"):
        Network.dense([2, 3], activation="identity", cost=cost)


@pytest.mark.parametrize(
    ("last", "cost"),
    [("identity", each) for each in COSTS if each.coupled or each.name.startswith("negative")]
    + [("log_softmax", each) for each in COSTS if each.name.startswith("negative")]
    + [("softmax", each) for each in COSTS if each.name in ("cross_entropy", "kullback_leibler")],
    ids=words_of_pair,
)
def test_every_number_of_a_network_is_explained_as_it_is_computed(last, cost):
    network = Network.dense([2, 3, 3], activation=["tanh", last], cost=cost, reduction="mean", seed=5)
    trace = network.trace(np.array([[0.5, -1.0], [0.3, 0.8]]), np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]))
    h = trace.network.units[2]
    own = [f"dE/da[{h[0]}]", f"dE/dh[{h[1]}]", f"dE[{h[1]}]/da[{h[0]}]", f"dE[{h[1]}]/dh[{h[2]}]", f"E[{h[1]}]", "E"]
    derivations = [trace.of_sample(1).explain(name) for name in own]
    derivations += [trace.explain(name) for name in ("dE/dw[1][x1,l1.2]", "dE/db[2][l2.3]", "E")]
    for each in derivations:
        if each.estimate is not None:
            np.testing.assert_allclose(each.value, each.estimate, rtol=1e-6, atol=1e-9, err_msg=str(each))
        whole = [line.value for line in each.lines if line.kind in ("chain_rule", "numbers", "value")]
        np.testing.assert_allclose(whole, each.value, rtol=1e-10, atol=1e-13, err_msg=str(each))


def test_options_of_a_cost_survive_a_worksheet_and_a_model_file(tmp_path):
    sheet = load("mazur")
    cost = costs.make({"name": "cross_entropy", "label_smoothing": 0.1, "class_weights": [0.5, 2]})
    network = replace(sheet.network, architecture=replace(sheet.network.architecture, cost=cost))
    assert loads(dumps(replace(sheet, network=network))).network.cost == cost
    network.save(tmp_path / "model")
    assert Network.load(tmp_path / "model").cost == cost
