"""L-BFGS with a line search, as an optimiser like the others: it trains, goes on, and says what it cannot do."""

import numpy as np
import pytest

from backproof import Network
from backproof.errors import OptionError
from backproof.trace import trace_of
from backproof.train import fit
from backproof.training import Training

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(40, 3))
Y = np.eye(2)[(X[:, 0] * X[:, 1] > 0).astype(int)]
START = Network.dense([3, 8, 2], activation=["tanh", "softmax"], cost="cross_entropy", reduction="mean", seed=2)
SEARCHED = {"name": "lbfgs", "line_search": True}


def test_it_learns_in_few_epochs_and_ends_by_itself():
    history = fit(START, X, Y, epochs=500, optimizer=SEARCHED, l2=1e-3)
    assert history.final_cost < 0.2
    assert len(history) < 500
    assert history.stopped == "the cost no longer decreases"
    assert (np.diff(history.costs) < 0).all()
    assert history.final_cost <= history.costs[-1]


def test_it_goes_on_from_a_state_as_if_there_had_been_no_break():
    whole = fit(START, X, Y, epochs=30, optimizer=SEARCHED)
    part = fit(START, X, Y, epochs=11, optimizer=SEARCHED)
    rest = fit(part.network, X, Y, epochs=30, optimizer=SEARCHED, state=part.state)
    np.testing.assert_array_equal(np.concatenate([part.costs, rest.costs]), whole.costs)
    for key, array in whole.network.parameters.items():
        np.testing.assert_array_equal(rest.network.parameters[key], array)


def test_a_folder_keeps_it(tmp_path):
    asked = {"optimizer": SEARCHED, "checkpoint": tmp_path / "run"}
    fit(START, X, Y, epochs=9, **asked)
    found = fit(START, X, Y, epochs=20, **asked)
    whole = fit(START, X, Y, epochs=20, optimizer=SEARCHED)
    np.testing.assert_array_equal(found.costs, whole.costs)


def test_it_can_be_watched_and_started_many_times():
    history = fit(START, X, Y, epochs=50, optimizer=SEARCHED, validation=(X, Y), metrics=["accuracy"], patience=5)
    assert len(history.metrics["validation_accuracy"]) == len(history)
    best = fit(START, X, Y, epochs=50, optimizer=SEARCHED, networks=4)
    assert best.final_cost == min(each.final_cost for each in best.members)


@pytest.mark.parametrize("options", [
    {"batch_size": 4}, {"dropout": 0.1}, {"clip": 1.0}, {"dtype": "float32"}, {"batches": [[1]]}, {"engine": "jax"},
    {"schedule": "cosine"},
], ids=str)  # fmt: skip
def test_what_does_not_go_with_it(options):
    with pytest.raises(OptionError, match="leave out"):
        fit(START, X, Y, epochs=1, optimizer=SEARCHED, **options)


def test_its_steps_have_no_formula():
    from backproof.operations.optimiser import optimisers

    training = Training(1.0, optimisers.make(SEARCHED))
    with pytest.raises(OptionError, match="leave out line_search"):
        trace_of(START, X, Y, training)["new w[1][x1,l1.1]"]


@pytest.mark.parametrize("seed", [2, 4], ids=["falls too little", "falls no more"])
def test_a_run_that_has_ended_by_itself_has_ended_wherever_it_is_taken_up(tmp_path, seed):
    y = X[:, :1] * X[:, 1:2] + np.random.default_rng(seed).normal(size=(40, 1))
    start = Network.dense([3, 2, 1], activation=["tanh", "identity"], reduction="mean", seed=3)
    asked = {"epochs": 900, "optimizer": SEARCHED}
    whole = fit(start, X, y, **asked)
    for _ in range(2):
        found = fit(start, X, y, checkpoint=tmp_path / "run", **asked)
        assert found.stopped == whole.stopped == "the cost no longer decreases"
        np.testing.assert_array_equal(found.costs, whole.costs)
        for key, array in whole.network.parameters.items():
            np.testing.assert_array_equal(found.network.parameters[key], array)
