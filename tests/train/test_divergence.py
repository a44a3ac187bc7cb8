"""A run that diverges: it stops at the first bad number, keeps what it had, and says where and why."""

import numpy as np
import pytest

from backproof import Network
from backproof.errors import Diverged
from backproof.train import fit

X = np.linspace(-1, 1, 24).reshape(12, 2)
Y = X[:, :1] - X[:, 1:] + 0.5
LINEAR = Network.dense([2, 3, 1], activation=["relu", "identity"], seed=1)


def diverged(start=LINEAR, x=X, y=Y, engine="numpy", **options):
    if engine == "jax":
        pytest.importorskip("jax")
    with pytest.raises(Diverged) as caught:
        fit(start, x, y, **{"epochs": 400, "engine": engine, **options})
    return caught.value


@pytest.mark.parametrize("engine", ["numpy", "jax"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [None, 5])
def test_it_names_epoch_batch_layer_and_quantity_and_keeps_the_last_good_network(engine, dtype, size):
    error = diverged(engine=engine, dtype=dtype, batch_size=size, learning_rate=3.0)
    said = str(error)
    assert "is not finite in epoch" in said
    assert ", batch " in said
    assert "layer" in said or "the cost" in said
    assert "The learning rate, 3, is probably too high" in said
    history = error.history
    assert history.stopped == said
    assert all(np.isfinite(array).all() for array in history.network.parameters.values())
    assert np.isfinite(history.costs).all()


def test_both_engines_name_the_same_place():
    said = [str(diverged(engine=engine, learning_rate=3.0, batch_size=5)) for engine in ("numpy", "jax")]
    assert said[0] == said[1]


@pytest.mark.parametrize("engine", ["numpy", "jax"])
def test_a_wild_row_is_blamed_before_the_rate(engine):
    x = X.copy()
    x[7, 1] = 1e160
    error = diverged(x=x, engine=engine, learning_rate=1e-3, batch_size=4, shuffle=False)
    assert "An input of 1e+160 in sample 8 is the likely cause" in str(error)
    assert "epoch 1, batch 2" in str(error)


def test_overflow_in_single_precision_is_the_first_number_named():
    start = Network.dense([2, 1], activation="identity", parameters={"W1": [[1e30], [1e30]], "b1": [0.0]})
    assert str(diverged(start, np.ones((3, 2)), np.zeros((3, 1)), dtype="float32", learning_rate=1e-9)).startswith(
        "the cost (half_squared_error) is not finite in epoch 1, batch 1"
    )


@pytest.mark.parametrize("engine", ["numpy", "jax"])
@pytest.mark.parametrize("size", [None, 5])
def test_the_epochs_before_it_are_kept_whether_or_not_somebody_looks(engine, size):
    seen, asked = [], {"learning_rate": 3.0, "engine": engine, "batch_size": size}
    watched = diverged(callbacks=[lambda run, epochs: seen.append(epochs.number)], **asked).history
    assert seen == list(range(1, len(watched) + 1))
    np.testing.assert_array_equal(diverged(**asked).history.costs, watched.costs)
    alone = fit(LINEAR, X, Y, epochs=len(seen), **asked)
    np.testing.assert_array_equal(alone.costs, watched.costs)


@pytest.mark.parametrize("size", [None, 500])
def test_samples_that_jax_reads_in_place_are_looked_into_as_well(size):
    x = np.random.default_rng(0).normal(size=(9000, 60))
    start = Network.dense([60, 3, 1], activation=["relu", "identity"], reduction="mean", seed=0)
    said = [
        str(diverged(start, x, x[:, :1], engine, epochs=9, batch_size=size, learning_rate=1e200))
        for engine in ("numpy", "jax")
    ]
    assert said[0] == said[1]
    assert "layer 2" in said[0]


@pytest.mark.parametrize("engine", ["numpy", "jax"])
def test_a_number_too_large_for_the_precision_is_divergence_without_a_warning(engine):
    x = X.copy()
    x[2, 0] = 1e300
    assert "in row 3 of the batch" in str(diverged(x=x, engine=engine, dtype="float32"))
    assert "the cost" in str(diverged(y=1e300 * Y, engine=engine, dtype="float32"))
