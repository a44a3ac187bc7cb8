"""Forward, backward and update of hundreds of random networks against the automatic differentiation of others.

The tolerance is 1e-10 of the sum of the absolute terms: what the backward pass gives when every weight, activation,
error and slope in it is replaced by its absolute value, so that no cancellation flatters or condemns. A slope counts as
0.1 at least, since its own formula, such as 1 - a^2, cancels where it is small.
"""

import numpy as np
import pytest

from backproof import Network, Trace, propagation
from backproof.errors import NameUnknown, ShapeError
from backproof.expression import wrap
from backproof.quantity import Quantity
from backproof.wiring import Parameter
from connections import at, explicit
from interpret import array_library, interpret
from networks import DEPTH, SAMPLES, STATED, WIDTH, sane_case
from variants import ACTIVATIONS, COSTS, UNIFORM

NETWORKS = 500
many = pytest.mark.parametrize("seed", range(NETWORKS))


def close(mine, truth, size):
    """Whether two arrays agree within 1e-10 of the sums of absolute terms behind each entry."""
    np.testing.assert_array_less(np.abs(mine - truth), 1e-10 * size + 1e-16)  # 1 - e^a / e^a may be


def absolute_pass(case):
    """The sums of absolute terms: E, and for each layer those of dE/da, dE/dh, dE/dW and dE/db."""
    network, passed = case.network, case.trace().forward
    terms = propagation.cost_terms(network.architecture, passed, case.y)
    share = network.cost.scale(terms.shape[1]) / (len(terms) if network.reduction == "mean" else 1)
    da, das, dhs, gradients = share * np.abs(network.cost.gradient(case.y, passed.a[-1])), [], [], {}
    for layer in range(network.depth, 0, -1):
        h, a, g = passed.h[layer], np.abs(passed.a[layer]), network.activations[layer - 1]
        if g.coupled:
            dh = a * (da + (da * a).sum(-1, keepdims=True))
        else:
            dh = da * np.maximum(np.abs(g.derivative(h, passed.a[layer])), 0.1)
        das, dhs = [da, *das], [dh, *dhs]
        gradients = {f"W{layer}": np.abs(passed.a[layer - 1]).T @ dh, f"b{layer}": dh.sum(0), **gradients}
        da = dh @ np.abs(network.parameters[f"W{layer}"]).T
    return np.abs(terms).sum(), [da, *das], [None, *dhs], network.wiring.tie(gradients)


def whole(seed):
    """The random network of that seed, without batches."""
    case = sane_case(seed)
    return type(case)(case.network, case.x, case.y)


def by_name(network, arrays):
    """One number a parameter."""
    found = {}
    for name in network.wiring.names():
        found[name] = network.wiring.get(name).pick(arrays)
    return found


@many
def test_torch_agrees_on_every_number(seed):
    truth = pytest.importorskip("truth")
    case = whole(seed)
    trace, theirs = case.trace(), truth.Pass(case.network, case.x, case.y)
    for each in (*theirs.h[1:], *theirs.a):
        each.retain_grad()
    theirs.terms.sum().backward()
    cost, das, dhs, gradients = absolute_pass(case)
    close(trace["E"], theirs.terms.sum().item(), cost + 1e-6)
    for layer in range(case.network.depth + 1):
        close(trace.backward.da[layer], theirs.a[layer].grad.numpy(), das[layer])
        if layer:
            np.testing.assert_allclose(trace.forward.h[layer], theirs.h[layer].detach(), rtol=1e-12, atol=1e-13)
            close(trace.backward.dh[layer], theirs.h[layer].grad.numpy(), dhs[layer])
    mine, sizes = by_name(case.network, trace.backward.gradients), by_name(case.network, gradients)
    for name, parameter in theirs.parameters.items():
        close(mine[name], parameter.grad.item(), sizes[name])


@many
def test_jax_agrees_on_every_number(seed, program):
    case = whole(seed)
    if not case.network.cost.is_uniform:
        pytest.skip("the program for all takes costs of one output at a time; tests/contract has the others on JAX")
    trace = case.trace()
    cost, weights, biases, dhs, das = (np.asarray(each) for each in program(*padded(case)))
    total, da_sizes, dh_sizes, sizes = absolute_pass(case)
    close(trace["E"], cost, total + 1e-6)
    for layer in range(1, case.network.depth + 1):
        box = np.s_[layer - 1, : len(case.x), : len(case.network.units[layer])]
        close(trace.backward.da[layer], das[box], da_sizes[layer])
        close(trace.backward.dh[layer], dhs[box], dh_sizes[layer])
    mine, sizes = by_name(case.network, trace.backward.gradients), by_name(case.network, sizes)
    for name in mine:
        places = case.network.wiring.get(name).places
        theirs = sum(
            {"W": weights, "b": biases}[each.array[0]][(int(each.array[1:]) - 1, *each.index)] for each in places
        )
        close(mine[name], theirs, sizes[name])


def padded(case):
    """A case in the shapes of the one compiled program for all: layers, units and samples filled up with nothing."""
    network = case.network
    weights, biases = np.zeros((DEPTH, WIDTH, WIDTH)), np.zeros((DEPTH, WIDTH))
    kinds, there = np.full(DEPTH, len(ACTIVATIONS)), np.zeros((DEPTH, WIDTH), bool)
    for layer, g in enumerate(network.activations, start=1):
        array = network.parameters[f"W{layer}"]
        weights[layer - 1, : array.shape[0], : array.shape[1]] = array
        biases[layer - 1, : array.shape[1]] = network.parameters[f"b{layer}"]
        kinds[layer - 1], there[layer - 1, : array.shape[1]] = ACTIVATIONS.index(g), True
    x, y = np.zeros((2, SAMPLES, WIDTH))
    x[: len(case.x), : case.x.shape[1]], y[: len(case.y), : case.y.shape[1]] = case.x, case.y
    outputs = np.zeros((SAMPLES, WIDTH), bool)
    outputs[: len(case.y), : case.y.shape[1]] = True
    share = (1 / case.y.shape[1] if network.cost.averaged else 1) / (len(case.y) if network.reduction == "mean" else 1)
    return weights, biases, kinds, there, x, y, outputs, UNIFORM.index(network.cost), share


@pytest.fixture(scope="module")
def compiled():
    """The cost of any padded case and its derivatives by weights, biases, every h and every a, compiled once."""
    jax = pytest.importorskip("jax")
    xp = jax.numpy
    library = array_library(xp, jax.scipy.special.erf)

    def elementwise(g):
        return lambda h, before, there: interpret(wrap(g.formula(Quantity("h"))), lambda _: h, library) + 0 * h

    def coupled(g):
        names = [Quantity("h", (str(unit),)) for unit in range(WIDTH)]

        def forward(h, before, there):
            h = xp.where(there, h, -1e9)
            units = [interpret(g.formula_of(names, unit), lambda q: h[:, int(q.of[0])], library)
                     for unit in range(WIDTH)]  # fmt: skip
            return xp.stack(units, 1)

        return forward

    activations = [(coupled if g.coupled else elementwise)(g) for g in ACTIVATIONS]
    activations.append(lambda h, before, there: before)

    def term(e):
        def forward(y, a):
            known = {"y": y, "a": a}
            return interpret(wrap(e.formula(Quantity("y"), Quantity("a"))), lambda q: known[q.role], library)

        return forward

    def cost(weights, biases, at_h, at_a, kinds, there, x, y, outputs, of, share):
        def layer(a, given):
            weight, bias, kind, there, at_h, at_a = given
            h = a @ weight + bias + at_h
            return jax.lax.switch(kind, activations, h, a, there) + at_a, None

        a, _ = jax.lax.scan(layer, x, (weights, biases, kinds, there, at_h, at_a))
        a, y = xp.where(outputs, a, 0.5), xp.where(outputs, y, 0.5)
        return share * xp.where(outputs, jax.lax.switch(of, [term(e) for e in UNIFORM], y, a), 0).sum()

    def program(weights, biases, kinds, there, x, y, outputs, of, share):
        nothing = xp.zeros((DEPTH, SAMPLES, WIDTH))
        found = jax.value_and_grad(cost, (0, 1, 2, 3))
        number, slopes = found(weights, biases, nothing, nothing, kinds, there, x, y, outputs, of, share)
        return number, *slopes

    return jax.jit(program)


@pytest.fixture
def program(compiled, x64):
    return compiled


@pytest.mark.parametrize("seed", range(0, NETWORKS, 50))
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_a_whole_step_compiled_by_jax_is_numpy_s(seed, precision, x64):
    case = sane_case(seed, depth=3, width=4)
    network, optimiser = case.network, case.training.optimiser
    arrays = {key: each.astype(precision) for key, each in network.parameters.items()}
    x, y = case.x.astype(precision), case.y.astype(precision)

    def step(arrays, x, y):
        passed = propagation.forward(network.architecture, arrays, x)
        errors = propagation.backward(network.architecture, arrays, passed, y)
        slots = propagation.first_slots(optimiser, arrays)
        changes, slots = propagation.changes(
            network.architecture, optimiser, errors.gradients, slots, 1, 0.1, arrays, passed
        )
        cost = propagation.cost(network.architecture, passed, y)
        return passed.h[1:], passed.a, cost, errors.da, errors.dh[1:], propagation.update(arrays, changes), slots

    mine = x64.tree.leaves(step(dict(network.parameters), case.x, case.y))
    theirs = x64.tree.leaves(x64.jit(step)(arrays, x, y))
    for expected, found in zip(mine, theirs, strict=True):
        assert found.dtype == precision
        assert found.shape == np.shape(expected)
        if precision == "float64":
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_the_networks_are_of_every_kind():
    """A sweep is worth as much as what it meets."""
    networks = [sane_case(seed).network for seed in range(NETWORKS)]
    assert {g for network in networks for g in network.activations} == set(ACTIVATIONS)
    assert {network.cost for network in networks} == set(COSTS)
    assert {network.depth for network in networks} == set(range(1, DEPTH + 1))
    assert sum(network.wiring.shared for network in networks) > 100
    assert sum(network.identity is not None for network in networks) > 10


def shared_network():
    """Two units that share a bias and weights, beside one with numbers of its own; one place is not connected."""
    uses = {"w": [at(1, 0, 0), at(1, 0, 1)], "v": [at(1, 0, 2)], "b": [at(1, None, 0), at(1, None, 1)]}
    wiring = explicit((("x",), ("h", "k", "l")), tuple(Parameter(name, tuple(each)) for name, each in uses.items()))
    arrays = {"W1": np.ones((1, 3)), "b1": np.array([1.0, 1.0, 0.0])}
    return Network.build(wiring, ["identity"], "squared_error", arrays, "sum", (("x",), ("h", "k", "l")))


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_gradient_that_is_not_finite_spoils_no_other(precision, x64):
    tie = shared_network().wiring.tie
    gradients = {"W1": np.array([[1, 2, np.inf]], precision), "b1": np.array([3, 4, np.nan], precision)}
    as_jax = {key: x64.numpy.asarray(array) for key, array in gradients.items()}
    for tied in (tie(gradients), x64.jit(tie)(as_jax)):
        assert {array.dtype for array in tied.values()} == {np.dtype(precision)}
        np.testing.assert_array_equal(tied["W1"], [[3, 3, np.inf]])
        np.testing.assert_array_equal(tied["b1"], [7, 7, 0])


def test_a_trace_numbers_its_samples():
    network, x, y = Network.dense([2, 1]), np.zeros((3, 2)), np.zeros((3, 1))
    assert Trace(network, x, y).numbers == (1, 2, 3)
    with pytest.raises(NameUnknown, match="step 1 uses 3; choose one"):
        Trace(network, x, y)["h[l1.1]"]
    with pytest.raises(ShapeError, match="3 inputs and 2 targets"):
        Trace(network, x, y[:2])
    with pytest.raises(ShapeError, match="3 inputs and 1 numbers"):
        Trace(network, x, y, numbers=(1,))


@pytest.mark.parametrize(("g", "e"), STATED, ids=lambda each: each.name)
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_a_part_of_the_cost_has_errors_on_a_saturated_output(g, e, reduction):
    weights = {"W1": np.array([[800.0, -800.0, 1.0]]), "b1": np.zeros(3)}
    network = Network.dense([1, 3], activation=g, cost=e, reduction=reduction, parameters=weights)
    x, y = np.ones((2, 1)), np.array([[0.0, 1.0, 0.0], [0.2, 0.7, 0.6]])
    for sample in (1, 2):
        trace = network.trace(x, y, sample=sample)
        for by in ("dh[l1.1]", "dh[l1.2]", "dh[l1.3]", "da[x1]", "dw[1][x1,l1.2]"):
            parts = [trace[f"dE[l1.{unit}]/{by}"] for unit in (1, 2, 3)]
            assert np.isfinite(parts).all()
            assert sum(parts) == pytest.approx(trace[f"dE/{by}"], rel=1e-12, abs=1e-12)
            found = trace.explain(f"dE[l1.2]/{by}")
            assert found.value == pytest.approx(found.estimate, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("seed", range(0, NETWORKS, 25))
def test_the_parts_errors_add_up_to_the_whole(seed):
    case = sane_case(seed)
    trace = whole(seed).network.trace(case.x, case.y, sample=1)
    for unit in case.network.units[-2] + case.network.units[-1]:
        parts = [trace[f"dE[{top}]/da[{unit}]"] for top in case.network.units[-1]]
        assert sum(parts) == pytest.approx(trace[f"dE/da[{unit}]"], rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("seed", range(0, NETWORKS, 10))
def test_a_sum_over_parameters_counts_each_trained_one_once(seed):
    network = sane_case(seed).network
    rng = np.random.default_rng(seed)
    left, right = ({key: rng.normal(size=shape) for key, shape in network.shapes.items()} for _ in range(2))
    left = network.wiring.tie(left)  # as every gradient is: 0 where nothing is connected
    known = [network.wiring.get(name) for name in network.wiring.names()]
    first = [parameter.places[0] for parameter in known if parameter.trained]
    expected = sum(left[use.array][use.index] * right[use.array][use.index] for use in first)
    assert network.wiring.dot(left, right) == pytest.approx(expected, rel=1e-12, abs=1e-12)
