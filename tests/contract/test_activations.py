"""Every registered activation: its formula, forward, derivative and explanation are the same mathematics."""

import mpmath
import numpy as np
import pytest
import sympy

from backproof import calculus
from backproof.evaluation import evaluate
from backproof.expression import Call, walk, wrap
from backproof.quantity import Quantity
from interpret import MPMATH, SYMPY, interpret, kinks
from variants import ACTIVATIONS, COUPLED, ELEMENTWISE, words

H, A = Quantity("h"), Quantity("a")
POINTS = np.array([-20.0, -7.3, -3.1, -1.7, -0.9, -0.3, -0.01, 0.02, 0.4, 1.1, 2.3, 5.9, 19.0])
EXTREMES = np.array([-800.0, -745.2, -709.8, -88.8, -40.0, 0.0, 40.0, 88.8, 709.8, 745.2, 800.0])
NOT_ANALYTIC = {"abs", "sign", "erf", "maximum", "minimum"}

every = pytest.mark.parametrize("g", ACTIVATIONS, ids=words)
elementwise = pytest.mark.parametrize("g", ELEMENTWISE, ids=words)
coupled = pytest.mark.parametrize("g", COUPLED, ids=words)
half_line = pytest.mark.parametrize("side", ["positive", "negative"])


def analytic(g):
    """Whether every piece of the formula takes complex numbers."""
    return not any(isinstance(node, Call) and node.function in NOT_ANALYTIC for node in walk(wrap(g.formula(H))))


def numbers(g, h):
    """Looks up h and a = g(h)."""
    return {"h": h, "a": g.forward(h)}


def lines(g):
    """The derivative as the class has it, every line of its explanation, and the calculus' own derivative."""
    yield "derivative", wrap(g.derivative(H, A))
    for reason, line in g.derivation(H, A):
        yield reason, wrap(line)
    yield "calculus", calculus.differentiate(wrap(g.formula(H)), H)


def by_mpmath(g, order):
    """The formula (order 0) or its derivative (order 1) at POINTS, to 50 digits."""
    with mpmath.workdps(50):
        f = lambda h: interpret(wrap(g.formula(H)), lambda _: h, MPMATH)  # noqa: E731
        return np.array([float(mpmath.diff(f, mpmath.mpf(h)) if order else f(mpmath.mpf(h))) for h in POINTS])


@elementwise
def test_forward_is_the_formula(g):
    np.testing.assert_allclose(g.forward(POINTS), by_mpmath(g, 0), rtol=1e-13, atol=2e-15)
    np.testing.assert_allclose(g.formula(POINTS), by_mpmath(g, 0), rtol=1e-13, atol=2e-15)
    np.testing.assert_allclose(evaluate(wrap(g.formula(H)), lambda _: POINTS), g.formula(POINTS), rtol=1e-15)


@elementwise
def test_every_line_is_the_derivative_by_mpmath(g):
    truth, known = by_mpmath(g, 1), numbers(g, POINTS)
    for reason, line in lines(g):
        found = evaluate(line, lambda quantity: known[quantity.role])
        np.testing.assert_allclose(found + 0 * POINTS, truth, rtol=1e-12, atol=1e-14, err_msg=reason)


@elementwise
@half_line
def test_every_line_is_proved_by_sympy(g, side):
    """In letters; where there are kinks beside 0, exactly at a point of each piece."""
    bent = bends(g) != {0.0}
    h = sympy.Symbol("h", real=True, **({} if bent else {side: True}))
    formula = interpret(wrap(g.formula(H)), lambda _: h, SYMPY)
    known = {"h": h, "a": formula}
    inside = [sympy.Rational(each) / 2 for each in np.array(sorted(bends(g))) * 2 + (1 if side == "positive" else -1)]
    for reason, line, at in product_of(lines(g), inside if bent else [None]):
        found = interpret(line, lambda quantity: known[quantity.role], SYMPY)
        difference = sympy.diff(formula, h) - found
        if at is not None:
            difference = difference.subs(h, at).doit()
        assert any(is_zero(difference) for is_zero in (lambda d: d == 0, simplified, as_exponentials)), reason


def bends(g):
    """Where the formula bends or jumps; at least 0, which is where most do."""
    edges = list(kinks(wrap(g.formula(H))))
    ends = [[float(evaluate(edge, lambda _, at=at: np.float64(at))) for at in (0, 1)] for edge in edges]
    assert all(below != above for below, above in ends)
    return {0.0, *(below / (below - above) for below, above in ends)}


def product_of(pairs, places):
    return [(reason, line, at) for reason, line in pairs for at in places]


def simplified(difference):
    return sympy.simplify(difference) == 0


def as_exponentials(difference):
    return sympy.simplify(difference.rewrite(sympy.exp).expand()) == 0


@pytest.mark.parametrize("g", [g for g in ELEMENTWISE if analytic(g)], ids=words)
def test_derivative_is_the_complex_step(g):
    step = np.imag(g.formula(POINTS + 1e-30j) + 0j * POINTS) / 1e-30
    np.testing.assert_allclose(g.derivative(POINTS, g.forward(POINTS)) + 0 * POINTS, step, rtol=1e-12, atol=1e-13)


@elementwise
@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_no_overflow_and_no_warning_at_extremes(g, precision):
    h = EXTREMES.astype(precision)
    a = g.forward(h)
    assert np.isfinite(a).all()
    assert np.isfinite(g.derivative(h, a)).all()
    assert np.isfinite(g.backward(h, a, np.ones_like(h))).all()


@every
@pytest.mark.parametrize(("precision", "sizes"), [("float64", [1e160, 1e300]), ("float32", [1e15, 1e37])])
def test_huge_numbers_leave_no_nan(g, precision, sizes):
    h = np.array([[sign * size for size in sizes for sign in (1, -1)]], dtype=precision)
    with np.errstate(all="ignore"):
        a = g.forward(h)
        slope = g.backward(h, a, np.ones_like(h))
    assert a.dtype == precision
    assert not np.isnan(a).any()
    assert np.isfinite(slope).all()


@every
def test_what_is_not_a_number_stays_so(g):
    assert np.isnan(g.forward(np.array([[np.nan]]))).all()


@every
def test_values_lie_in_its_output_range(g):
    a = g.forward(np.stack([POINTS / 2, -POINTS / 3]))
    assert (g.output_range[0] <= a).all()
    assert (a <= g.output_range[1]).all()


@every
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_jax_compiled_and_numpy_agree_and_keep_the_precision(g, precision, x64):
    h = np.stack([POINTS, POINTS[::-1] / 3]).astype(precision)
    upstream = np.cos(h)

    def both(xp_h, xp_upstream):
        a = g.forward(xp_h)
        return a, g.backward(xp_h, a, xp_upstream)

    exact = both(h.astype(float), upstream.astype(float))
    arrays = x64.numpy.asarray(h), x64.numpy.asarray(upstream)
    for found in (both(*arrays), x64.jit(both)(*arrays)):
        for mine, truth in zip(found, exact, strict=True):
            assert mine.dtype == precision
            tolerance = 4e-6 if precision == "float32" else 1e-13
            np.testing.assert_allclose(mine, truth, rtol=tolerance, atol=tolerance)


@elementwise
def test_single_numbers_are_like_arrays(g):
    for h in (np.float64(-1.3), np.float64(0.7)):
        np.testing.assert_allclose(g.forward(h), g.forward(np.array([h]))[0], rtol=1e-15)
        a = g.forward(h)
        at_array = g.derivative(np.array([h]), np.array([a])) + np.zeros(1)
        np.testing.assert_allclose(g.derivative(h, a), at_array[0], rtol=1e-15)


@every
def test_torch_agrees(g):
    torch, truth = pytest.importorskip("torch"), pytest.importorskip("truth")
    h = torch.tensor(np.stack([POINTS, POINTS[::-1] / 3]), requires_grad=True)
    a, upstream = truth.activation(g)(h), torch.cos(h.detach())
    a.backward(upstream)
    mine = g.forward(h.detach().numpy())
    np.testing.assert_allclose(mine, a.detach(), rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(g.backward(h.detach().numpy(), mine, upstream.numpy()), h.grad, rtol=1e-11, atol=1e-13)


@elementwise
def test_torch_agrees_at_kinks(g):
    torch, truth = pytest.importorskip("torch"), pytest.importorskip("truth")
    for kink in [-0.0, *bends(g)]:
        h = torch.tensor([kink], dtype=torch.float64, requires_grad=True)
        truth.activation(g)(h).sum().backward()
        at = np.array([kink])
        assert g.derivative(at, g.forward(at)) + 0 * at == h.grad.numpy()
        symbolic = evaluate(wrap(g.derivative(H, A)), lambda quantity, at=at: numbers(g, at)[quantity.role])
        assert symbolic + 0 * at == h.grad.numpy()


@elementwise
def test_the_kinks_that_are_tested_are_all_there_are(g):
    for edge in kinks(wrap(g.formula(H))):
        assert any(abs(evaluate(edge, lambda _, at=at: np.float64(at))) < 1e-15 for at in bends(g))


@coupled
@pytest.mark.parametrize("width", [1, 2, 3, 7])
def test_coupled_formula_is_forward(g, width):
    h = np.random.default_rng(width).normal(0, 3, (4, width))
    names = [Quantity("h", (str(unit),)) for unit in range(width)]
    for unit in range(width):
        written = evaluate(g.formula_of(names, unit), lambda quantity: h[:, int(quantity.of[0])])
        np.testing.assert_allclose(written, g.forward(h)[:, unit], rtol=1e-13, atol=1e-15)


@coupled
@pytest.mark.parametrize(("top", "by"), [(0, 0), (1, 1), (0, 1), (2, 0)])
def test_jacobian_and_every_line_of_it_are_proved_by_sympy(g, top, by):
    h = sympy.symbols("h0:3", real=True)
    names = [Quantity("h", (str(unit),)) for unit in range(3)]
    a = [interpret(g.formula_of(names, unit), lambda quantity: h[int(quantity.of[0])], SYMPY) for unit in range(3)]
    above, below, same = Quantity("a", (str(top),)), Quantity("a", (str(by),)), top == by
    explained = [("jacobian", g.jacobian(above, below, same)), *g.derivation_of(above, below, same)]
    for reason, line in explained:
        found = interpret(wrap(line), lambda quantity: a[int(quantity.of[0])], SYMPY)
        assert sympy.simplify(sympy.diff(a[top], h[by]) - found) == 0, reason
    worked = interpret(calculus.differentiate(g.formula_of(names, top), names[by]),
                       lambda quantity: h[int(quantity.of[0])], SYMPY)  # fmt: skip
    assert sympy.simplify(sympy.diff(a[top], h[by]) - worked) == 0


@coupled
def test_backward_is_upstream_times_jacobian(g):
    random = np.random.default_rng(5)
    h, upstream = random.normal(0, 2, (6, 5)), random.normal(size=(6, 5))
    a = g.forward(h)
    jacobian = np.stack([[g.jacobian(a[:, t], a[:, b], t == b) for b in range(5)] for t in range(5)])
    np.testing.assert_allclose(g.backward(h, a, upstream), np.einsum("nt,tbn->nb", upstream, jacobian), atol=1e-15)


@coupled
def test_coupled_is_safe_at_extremes(g):
    h = np.array([EXTREMES, EXTREMES[::-1], np.full_like(EXTREMES, 800.0), np.full_like(EXTREMES, -800.0)])
    a = g.forward(h)
    assert np.isfinite(a).all()
    assert np.isfinite(g.backward(h, a, np.ones_like(h))).all()
    np.testing.assert_allclose((np.exp(a) if g.output_range[0] < 0 else a).sum(-1), 1, rtol=1e-12)
