"""A batch worked out in parts takes the same step as one that goes through the network whole."""

import numpy as np
import pytest

from backproof import Network
from backproof.train import fit, parts
from backproof.train.engines import jax as engine

pytest.importorskip("jax")

DROPOUT = {"name": "m", "kind": "dropout", "rate": 0.3}
RANDOM = np.random.default_rng(5)
X, Y = RANDOM.normal(size=(40, 2, 6, 6)), np.eye(4)[RANDOM.integers(0, 4, 40)]
WEIGHTS = RANDOM.uniform(0, 2, 40)


def network(reduction="mean", between=DROPOUT):
    layers = [
        {"name": "c", "kind": "conv2d", "channels": 3, "kernel": 3, "activation": "tanh"},
        between,
        {"name": "f", "kind": "flatten"},
        {"name": "o", "kind": "dense", "units": 4, "activation": "softmax"},
    ]
    return Network.graph([2, 6, 6], layers, cost="cross_entropy", reduction=reduction, seed=3)


@pytest.fixture
def in_parts(monkeypatch):
    """Parts of eight samples, in programs that are compiled for this test alone."""
    monkeypatch.setattr(parts, "LAID_OUT", 8 * parts.count_copies(network().architecture))
    engine.compile_program.cache_clear()
    yield
    engine.compile_program.cache_clear()


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["", "weights"])
@pytest.mark.parametrize("batch_size", [40, 16, 15])
def test_steps_in_parts_are_those_of_whole_batches(in_parts, reduction, weights, batch_size):
    options = {"epochs": 2, "batch_size": batch_size, "learning_rate": 0.01, "l2": 0.1, "clip": 3.0, "seed": 4}
    start = network(reduction)
    whole, own = (fit(start, X, Y, sample_weight=weights, engine=each, **options) for each in ("numpy", "jax"))
    np.testing.assert_allclose(own.costs, whole.costs, rtol=1e-10)
    for key, array in whole.network.parameters.items():
        np.testing.assert_allclose(own.network.parameters[key], array, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("samples", "expected"), [(8, 1), (9, 1), (16, 2), (40, 5), (13, 1), (12, 2), (56, 7), (22, 1)]
)
def test_parts_are_equal_and_neither_large_nor_tiny(in_parts, samples, expected):
    assert parts.count_parts(network().architecture, samples) == expected


def test_samples_that_depend_on_each_other_stay_together(in_parts):
    coupled = network(between={"name": "m", "kind": "batch_norm"})
    assert parts.count_parts(coupled.architecture, 40) == 1


def test_networks_that_lay_nothing_out_stay_whole(in_parts):
    assert parts.count_parts(Network.dense([4, 300, 3]).architecture, 10**6) == 1
