"""Targets as people have them, a share of the samples for validation, and the best network where there is one."""

import numpy as np
import pytest

from backproof import Network
from backproof.data.training_data import split_rows
from backproof.errors import BackproofError, OptionError, ShapeError
from backproof.network import same_network
from backproof.train import fit

RANDOM = np.random.default_rng(0)
CODES = np.arange(60) % 3
X = RANDOM.normal(size=(60, 2)) + 2 * np.eye(3)[CODES][:, :2]
THREE = Network.dense([2, 4, 3], activation=["tanh", "softmax"], cost="cross_entropy", reduction="mean")
ONE = Network.dense([2, 4, 1], activation=["tanh", "sigmoid"], cost="binary_cross_entropy", reduction="mean")
LINE = Network.dense([2, 1], activation="identity", reduction="mean")
NAMES = np.array(["a", "b", "c"])
OPTIONS = {"epochs": 5, "learning_rate": 0.3, "engine": "numpy"}


@pytest.mark.parametrize(("network", "y", "rows", "labels"), [
    (THREE, NAMES[CODES], np.eye(3)[CODES], ("a", "b", "c")),
    (THREE, NAMES[CODES].tolist(), np.eye(3)[CODES], ("a", "b", "c")),
    (THREE, NAMES[CODES].astype(object), np.eye(3)[CODES], ("a", "b", "c")),
    (THREE, NAMES[CODES][:, None], np.eye(3)[CODES], ("a", "b", "c")),
    (THREE, CODES + 5, np.eye(3)[CODES], (5, 6, 7)),
    (ONE, NAMES[CODES % 2], (CODES % 2)[:, None], ("a", "b")),
    (ONE, CODES % 2, (CODES % 2)[:, None], ()),
    (ONE, CODES == 1, (CODES == 1)[:, None], ()),
    (LINE, X[:, 0] * 2, X[:, :1] * 2, ()),
], ids=["texts", "list", "objects", "column", "numbers", "two texts", "0 and 1", "truth", "amounts"])  # fmt: skip
def test_one_target_for_each_sample_trains_as_its_row_of_outputs_does(network, y, rows, labels):
    one, other = fit(network, X, y, **OPTIONS), fit(network, X, rows.astype(float), **OPTIONS)
    assert same_network(one.network, other.network)
    assert (one.labels, other.labels) == (labels, ())


def test_labels_of_validation_samples_are_those_of_training():
    held = fit(THREE, X[:30], NAMES[CODES[:30]], validation=(X[30:32], ["a", "c"]), **OPTIONS)
    rows = fit(THREE, X[:30], np.eye(3)[CODES[:30]], validation=(X[30:32], np.eye(3)[[0, 2]]), **OPTIONS)
    assert held.metrics == rows.metrics
    with pytest.raises(OptionError, match="label 'd' is none"):
        fit(THREE, X, NAMES[CODES], validation=(X[:2], ["a", "d"]), **OPTIONS)


@pytest.mark.parametrize(("network", "y", "message"), [
    (THREE, NAMES[CODES % 2], "2 labels \\('a', 'b'\\); a network with 3 outputs tells 3 apart"),
    (ONE, NAMES[CODES], "3 labels .* 1 output tells 2 apart"),
    (THREE, np.arange(60), "60 labels .*, \\.\\.\\."),
    (THREE, X[:, 0], "expected \\(samples, 3\\)"),
    (ONE, CODES[:59] % 2, "expected \\(samples, 1\\)"),
], ids=["few", "many", "numbers", "amounts", "short"])  # fmt: skip
def test_targets_that_do_not_fit_the_network_are_refused(network, y, message):
    with pytest.raises(ShapeError, match=message):
        fit(network, X, y, **OPTIONS)


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_a_share_is_held_back_with_classes_in_proportion_and_trains_as_if_given(share):
    history = fit(THREE, X, NAMES[CODES], validation=share, seed=3, **OPTIONS)
    training, held = split_rows(CODES, share, 3)
    assert np.bincount(CODES[held]).tolist() == [60 * share / 3] * 3
    y = np.eye(3)[CODES]
    same = fit(THREE, X[training], y[training], validation=(X[held], y[held]), seed=3, **OPTIONS)
    assert same_network(history.network, same.network)
    assert history.metrics == same.metrics


def test_a_share_of_weighted_samples_takes_their_weights_along():
    weights = RANDOM.uniform(1, 2, 60)
    history = fit(LINE, X, X[:, 0], validation=0.5, sample_weight=weights, **OPTIONS)
    assert len(history.metrics["validation_cost"]) == 5
    with pytest.raises(BackproofError, match="weight 0"):
        fit(LINE, X, X[:, 0], validation=0.5, sample_weight=[1, *[0] * 59], **OPTIONS)


@pytest.mark.parametrize("share", [0, 1, 1.5, -0.1, float("nan"), True, "0.2"])
def test_what_is_no_share_is_refused(share):
    with pytest.raises(OptionError):
        fit(LINE, X, X[:, 0], validation=share, **OPTIONS)


def test_batches_that_number_the_samples_do_not_go_with_a_share():
    with pytest.raises(OptionError, match="batches"):
        fit(LINE, X, X[:, 0], validation=0.2, batches=[[1, 2]], **OPTIONS)


def test_with_validation_the_network_of_the_best_epoch_is_kept_without_patience():
    networks = []
    history = fit(
        THREE, X[:12], CODES[:12], validation=(X[12:], CODES[12:]), epochs=300, learning_rate=3.0, engine="numpy",
        callbacks=[lambda run, epochs: networks.append(run.network) and None],
    )  # fmt: skip
    costs = history.metrics["validation_cost"]
    assert len(costs) == 300
    assert history.best_epoch == 1 + int(np.argmin(costs)) < 300
    assert same_network(history.network, networks[history.best_epoch - 1])


def test_a_share_resumes_in_the_same_bits(tmp_path):
    whole = fit(THREE, X, CODES, validation=0.2, checkpoint=tmp_path / "whole", **{**OPTIONS, "epochs": 8})
    fit(THREE, X, CODES, validation=0.2, checkpoint=tmp_path / "parts", **{**OPTIONS, "epochs": 3})
    parts = fit(THREE, X, CODES, validation=0.2, checkpoint=tmp_path / "parts", **{**OPTIONS, "epochs": 8})
    assert same_network(parts.network, whole.network)
    assert parts.labels == (0, 1, 2)
