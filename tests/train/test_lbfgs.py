"""L-BFGS with a line search: on functions whose minimum is known, and on networks against SciPy's L-BFGS-B."""

from itertools import pairwise

import numpy as np
import pytest

from backproof import Network, propagation
from backproof.errors import NumberError
from backproof.train.lbfgs.minimise import ENOUGH, LEVEL, Point, minimise, strong_wolfe
from networks import sane_case


def rosenbrock(parameters):
    x, y = parameters["w"]
    gradient = np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2, {"w": gradient}


def bowl(scales):
    """1/2 Σ scale w², in two arrays."""
    half = len(scales) // 2
    scales = {"W": scales[:half], "b": scales[half:]}

    def value_and_gradient(parameters):
        gradient = {key: scales[key] * array for key, array in parameters.items()}
        return sum((gradient[key] * array).sum() for key, array in parameters.items()) / 2, gradient

    return value_and_gradient


def last(found):
    *_, minimum = found
    return minimum


def test_the_banana_valley_is_walked_to_its_end():
    minimum = last(minimise(rosenbrock, {"w": np.array([-1.2, 1.0])}, tolerance=1e-8, least_fall=0))
    np.testing.assert_allclose(minimum.parameters["w"], [1, 1], atol=1e-8)
    assert minimum.evaluations < 80


@pytest.mark.parametrize("history", [1, 3, 10])
@pytest.mark.parametrize("spread", [1, 1e2, 1e4])
def test_bowls_however_narrow_have_their_minimum_at_0(history, spread):
    start = {"W": np.ones(5), "b": -np.ones(5)}
    found = minimise(bowl(np.geomspace(1, spread, 10)), start, history=history, iterations=2000, least_fall=0)
    minimum = last(found)
    assert max(np.abs(each).max() for each in minimum.gradient.values()) <= 1e-5


def cost_of(network, x, y):
    wiring = network.wiring

    def value_and_gradient(parameters):
        with np.errstate(all="ignore"):
            passed = propagation.forward(network.architecture, parameters, x)
            gradients = propagation.backward(network.architecture, parameters, passed, y).gradients
            return float(propagation.cost(network.architecture, passed, y)), wiring.mask_frozen(gradients)

    return value_and_gradient


def scipys(value_and_gradient, start, **options):
    """The minimum that SciPy finds from the same start, and its evaluations."""
    scipy = pytest.importorskip("scipy.optimize")
    shapes = {key: array.shape for key, array in start.items()}
    ends = np.cumsum([array.size for array in start.values()])[:-1]

    def unflat(flat):
        parts = zip(shapes, np.split(flat, ends), strict=True)
        return {key: part.reshape(shapes[key]) for key, part in parts}

    def flat(arrays):
        return np.concatenate([arrays[key].ravel() for key in shapes])

    def both(at):
        value, gradient = value_and_gradient(unflat(at))
        return value, flat(gradient)

    found = scipy.minimize(both, flat(start), jac=True, method="L-BFGS-B", options=options)
    return found.fun, found.nfev


def test_networks_end_as_low_as_scipys_and_as_soon():
    """Costs with many minima lead two methods to different ones; so the median of many starts counts, and the sum."""
    falls, work = [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        network = Network.dense([3, 4, 2], activation=["tanh", "softmax"], cost="cross_entropy", seed=seed)
        x = rng.normal(size=(30, 3))
        y = np.eye(2)[(x[:, 0] * x[:, 1] + 0.3 * rng.normal(size=30) > 0).astype(int)]
        cost = cost_of(network, x, y)
        minimum = last(minimise(cost, network.parameters, iterations=60, tolerance=1e-5))
        theirs, evaluations = scipys(cost, network.parameters, maxiter=60, gtol=1e-5)
        falls.append(minimum.value - theirs)
        work.append(minimum.evaluations / evaluations)
    assert np.median(falls) <= 1e-3
    assert np.mean(falls) <= 0.5
    assert np.median(work) <= 1.3


@pytest.mark.parametrize("seed", range(6))
def test_a_convex_cost_has_the_minimum_that_scipy_finds(seed):
    rng = np.random.default_rng(seed)
    network = Network.dense([5, 3], activation="softmax", cost="cross_entropy", seed=seed)
    x, y = rng.normal(size=(60, 5)), rng.dirichlet(np.ones(3), 60)
    cost = cost_of(network, x, y)
    minimum = last(minimise(cost, network.parameters, tolerance=1e-8, least_fall=0))
    theirs, _ = scipys(cost, network.parameters, gtol=1e-8, ftol=1e-15)
    assert minimum.value == pytest.approx(theirs, rel=1e-10)


@pytest.mark.parametrize("seed", range(12))
def test_the_cost_falls_in_every_iteration_whatever_is_shared_or_not_trained(seed):
    case = sane_case(seed, depth=3, width=4)
    cost, start = cost_of(case.network, case.x, case.y), case.network.parameters
    path = list(minimise(cost, start, iterations=25, dot=case.network.wiring.dot))
    values = [cost(start)[0], *(each.value for each in path)]
    assert all(after < before for before, after in pairwise(values))
    for name in case.network.wiring.names():
        first, *others = case.network.wiring.get(name).places
        for each in path:
            used = {float(each.parameters[use.array][use.index]) for use in (first, *others)}
            assert len(used) == 1
            if not case.network.wiring.get(name).trained:
                assert used == {float(start[first.array][first.index])}


def test_limits_are_kept():
    start = {"w": np.array([-1.2, 1.0])}
    assert len(list(minimise(rosenbrock, start, iterations=3))) == 3
    assert last(minimise(rosenbrock, start, max_evaluations=9)).evaluations <= 9
    assert list(minimise(rosenbrock, {"w": np.ones(2)})) == []
    assert list(minimise(rosenbrock, start, iterations=0)) == []
    assert [point.level for point in minimise(rosenbrock, start, least_fall=0.5)][-2:] == [False, True]


def test_a_cost_that_is_not_finite_at_the_start_is_said():
    with pytest.raises(NumberError, match="nan at the start"):
        next(minimise(lambda parameters: (np.nan, parameters), {"w": np.ones(1)}))


def test_the_start_is_left_as_it_is():
    start = {"w": np.array([-1.2, 1.0])}
    last(minimise(rosenbrock, start))
    assert start["w"].tolist() == [-1.2, 1.0]


FUNCTIONS = {
    "a bowl": (lambda x: (x - 3) ** 2, lambda x: 2 * (x - 3)),
    "far away": (lambda x: (x / 1000 - 3) ** 2, lambda x: 2 * (x / 1000 - 3) / 1000),
    "near by": (lambda x: (1000 * x - 3) ** 2, lambda x: 2000 * (1000 * x - 3)),
    "more and thuente": (lambda x: -x / (x**2 + 2), lambda x: (x**2 - 2) / (x**2 + 2) ** 2),
    "waves": (lambda x: np.cos(3 * x) - x + 0.1 * x**2, lambda x: -3 * np.sin(3 * x) - 1 + 0.2 * x),
    "a cliff": (lambda x: np.inf if x > 0.4 else (x - 0.3) ** 2, lambda x: np.nan if x > 0.4 else 2 * (x - 0.3)),
}


@pytest.mark.parametrize("first", [1e-3, 1.0, 50.0])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_line_search_meets_both_conditions(name, first):
    value, slope = FUNCTIONS[name]
    start = Point(0.0, value(0.0), slope(0.0))
    found = strong_wolfe(lambda length: Point(length, value(length), slope(length)), start, first, most=60)
    assert found.value <= start.value + ENOUGH * found.length * start.slope
    assert abs(found.slope) <= LEVEL * abs(start.slope)
    assert found.length > 0


@pytest.mark.parametrize("most", [1, 4, 20])
def test_a_search_that_finds_nothing_stays_where_it_began(most):
    tried = []

    def rising(length):
        tried.append(length)
        return Point(length, 1.5 + length, 1.0)

    start = Point(0.0, 1.0, -1.0)  # a slope that is not the function's, as rounding makes it near a minimum
    assert strong_wolfe(rising, start, most=most) == start
    assert len(tried) == most
