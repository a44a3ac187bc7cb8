"""The learning-rate range test: it finds rates that work, and says so where there is none."""

import numpy as np
import pytest

from backproof import Network
from backproof.errors import NumberError, OptionError
from backproof.train import fit
from backproof.train.range_test import range_test

X = np.random.default_rng(0).normal(size=(60, 2))
Y = (X[:, :1] * X[:, 1:] > 0) * 1.0
START = Network.dense([2, 8, 1], activation=["tanh", "sigmoid"], cost="binary_cross_entropy", reduction="mean", seed=1)


@pytest.mark.parametrize("options", [{}, {"batch_size": 10}, {"optimizer": "adam"}, {"engine": "jax"}], ids=str)
def test_no_rate_that_was_tried_does_better(options):
    if "engine" in options:
        pytest.importorskip("jax")
    found = range_test(START, X, Y, count=13, epochs=40, **options)
    assert len(found.rates) == len(found.costs) == 13
    np.testing.assert_allclose(found.rates[[0, -1]], [1e-5, 10])
    for rate in found.rates[::4]:
        alone = fit(START, X, Y, epochs=40, learning_rate=float(rate), **options)
        assert alone.final_cost >= found.costs.min() - 1e-9
        assert found.costs[found.rates == rate][0] == pytest.approx(alone.final_cost, rel=1e-9)
    assert found.suggestion in found.rates
    assert found.costs.min() < found.costs[0]


def test_rates_that_diverge_are_never_suggested():
    linear = Network.dense([2, 1], activation="identity")
    found = range_test(linear, 30 * X, Y, epochs=500, highest=1e6)
    assert np.isinf(found.costs[-1])
    assert np.isfinite(fit(linear, 30 * X, Y, epochs=500, learning_rate=found.suggestion).final_cost)
    with pytest.raises(NumberError, match="every rate from 1 to 100 diverges"):
        range_test(linear, 300 * X, Y, epochs=500, lowest=1.0, highest=100.0)


@pytest.mark.parametrize(
    "options", [{"lowest": 0}, {"lowest": 2, "highest": 1}, {"count": 1}, {"highest": np.inf}], ids=str
)
def test_what_is_no_range(options):
    with pytest.raises(OptionError):
        range_test(START, X, Y, **options)


def test_a_test_that_is_broken_off_says_nothing_of_the_rates():
    def report(number, cost):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        range_test(START, X, Y, count=3, report=report)
