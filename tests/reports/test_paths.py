"""The largest paths, against every path written down one after the other."""

from collections import Counter
from itertools import product
from math import prod

import numpy as np
import pytest

from backproof import Network
from backproof.errors import NameUnknown, OptionError
from backproof.paths import largest_paths
from backproof.trace import trace_of
from networks import sane_case


def link(trace, row, layer):
    """dh_{layer+1}/dh_layer, number by number as the trace itself names them."""
    network = trace.network
    activation = network.activations[layer - 1]
    weights = network.parameters[f"W{layer + 1}"]
    h, a = trace.forward.h[layer][row : row + 1], trace.forward.a[layer][row : row + 1]
    unit = np.eye(h.shape[1])
    jacobian = np.array([activation.backward(h, a, each[None])[0] for each in unit])  # da_top by dh
    return jacobian.T @ weights


def every_path(trace, name):
    """All paths from a parameter as (units, product), those with a factor 0 among them."""
    network, row = trace.network, trace.numbers.index(trace.sample or 1)
    links = [None, *(link(trace, row, layer) for layer in range(1, network.depth))]
    found = []
    for use in network.architecture.uses(name):
        sent = 1.0 if use.sent is None else trace.forward.a[use.sender][row, use.sent]
        later = [range(len(units)) for units in network.units[use.layer + 1 :]]
        for way in product([use.position], *later):
            steps = [links[layer][way[at], way[at + 1]] for at, layer in enumerate(range(use.layer, network.depth))]
            value = sent * prod(steps, start=trace.backward.dh[network.depth][row, way[-1]])
            found.append((tuple(network.units[use.layer + at][unit] for at, unit in enumerate(way)), value))
    return found


def hold_against_every_path(trace, count):
    for name in trace.network.wiring.names():
        expected = every_path(trace, name)
        paths = largest_paths(trace, name, count)
        sizes = [abs(value) for _, value in expected]
        alive = sum(size > 0 for size in sizes)
        assert paths.count == alive
        assert len(paths.largest) == min(count, alive)
        np.testing.assert_allclose(paths.total, trace[f"dE/d{name}"], rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(paths.total, sum(value for _, value in expected), rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(paths.absolute, sum(sizes), rtol=1e-9)
        largest = sorted(sizes, reverse=True)[: len(paths.largest)]
        np.testing.assert_allclose([abs(path.value) for path in paths.largest], largest, rtol=1e-9)
        for (units, value), times in Counter((path.units, path.value) for path in paths.largest).items():
            assert sum(same == units and np.isclose(other, value, rtol=1e-9) for same, other in expected) >= times
        for path in paths.largest:
            assert any(units == path.units and np.isclose(value, path.value, rtol=1e-9) for units, value in expected)
            np.testing.assert_allclose(path.share, abs(path.value) / sum(sizes), rtol=1e-9)
        shares = [path.share for path in paths.largest]
        assert sum(shares) <= 1 + 1e-9
        if alive <= count and alive:
            np.testing.assert_allclose(sum(shares), 1, rtol=1e-9)
            assert "all" in paths.left_out
        elif alive:
            assert f"{alive - count} of {alive} paths are not listed" in paths.left_out
        else:
            assert "Every path contributes 0" in paths.left_out


@pytest.mark.parametrize("count", [1, 3, 10, 100_000])
@pytest.mark.parametrize("seed", range(12))
def test_random_networks(seed, count):
    case = sane_case(1000 + seed, depth=4, width=4, samples=3)
    hold_against_every_path(case.trace(sample=case.trace().numbers[-1]), count)


ACTIVATIONS = [
    ["softmax", "softmax"], ["softmax", "tanh", "sigmoid"], ["relu", "softmax", "relu", "identity"],
    ["relu", "relu", "relu", "relu"], ["identity"], ["softmax"],
]  # fmt: skip


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("count", [2, 10])
def test_softmax_inside_dead_relus_and_a_single_layer(activation, count):
    rng = np.random.default_rng(5)
    network = Network.dense([3] * len(activation) + [2], activation=activation, seed=3)
    x, y = rng.normal(size=(1, 3)), rng.normal(size=(1, 2))
    hold_against_every_path(trace_of(network, x, y), count)


def test_every_relu_is_dead():
    shapes = Network.dense([2, 2, 1]).shapes
    dead = {key: np.full(shape, -1.0) for key, shape in shapes.items()}
    trace = trace_of(
        Network.dense([2, 2, 1], activation=["relu", "identity"], parameters=dead), np.ones((1, 2)), np.ones((1, 1))
    )
    hold_against_every_path(trace, 5)
    assert largest_paths(trace, "w[1][x1,l1.1]").largest == ()


def test_more_paths_than_numbers():
    network = Network.dense([2] + [150] * 160 + [1], activation="tanh")
    trace = trace_of(network, np.ones((1, 2)), np.zeros((1, 1)))
    paths = largest_paths(trace, "w[1][x1,l1.1]", 3)
    assert len(paths.largest) == 3
    assert "paths are not listed" in paths.left_out


def test_what_cannot_be_asked():
    trace = trace_of(Network.dense([2, 1]), np.ones((2, 2)), np.ones((2, 1)))
    with pytest.raises(NameUnknown, match="choose one"):
        largest_paths(trace, "w[1][x1,l1.1]")
    with pytest.raises(NameUnknown, match="no parameter"):
        largest_paths(trace.of_sample(1), "w9")
    with pytest.raises(OptionError, match="count must be a whole number from 1"):
        largest_paths(trace.of_sample(1), "w[1][x1,l1.1]", 0)
