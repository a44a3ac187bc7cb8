"""What is measured after each epoch, and what becomes of a run by it."""

import numpy as np
import pytest

from backproof import Network
from backproof.train import fit
from backproof.train.metrics import r2

X = np.linspace(-1, 1, 24).reshape(12, 2)
Y = X[:, :1] * X[:, 1:]
START = Network.dense([2, 3, 1], activation=["tanh", "identity"], seed=1)


@pytest.mark.parametrize("kind", ["float16", "float32", "uint8"])
def test_r2_is_the_same_whatever_kind_of_number_the_targets_are(kind):
    y = np.arange(0, 250, 2)[:, None]
    assert r2(y.astype(kind), 0.9 * y) == pytest.approx(r2(y.astype(float), 0.9 * y))
    large = 10.0 * y
    assert r2(large.astype("float16"), 0.9 * large) == pytest.approx(r2(large, 0.9 * large), rel=1e-3)


def test_the_best_epoch_is_not_one_of_which_nobody_knows_how_good_it_was():
    worth = iter([np.nan, 1.0, 3.0, np.nan, 2.0])

    def worth_of(y, outputs):
        return next(worth)

    history = fit(START, X, Y, epochs=5, metrics=[worth_of], monitor="training_worth_of")
    assert history.best_epoch == 3


def test_patience_counts_epochs_that_are_not_better_by_more_than_the_tolerance():
    worth = iter([1.0, 1.5, 3.0, 3.5, 4.0, 9.0])

    def worth_of(y, outputs):
        return next(worth)

    history = fit(START, X, Y, epochs=6, metrics=[worth_of], monitor="training_worth_of", patience=2, tolerance=1.0)
    assert (len(history), history.best_epoch) == (5, 5)
    assert history.stopped == "training_worth_of has not improved for 2 epochs"
