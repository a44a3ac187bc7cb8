"""What a run reports of its network: measures, each label, and simpler models on the same rows."""

import sys

import numpy as np
import pytest

from backproof.data.source import ArraySource, Scaling
from backproof.data.targets import ClassTarget, RegressionTarget
from backproof.reports.data import format_score
from backproof.train.tabular.baselines import MOST_HISTOGRAMS, MOST_ROWS, take_sample
from backproof.train.tabular.evaluation import evaluate_network

LABELS = ("a", "b", "c")


def evaluate(target, y, outputs, training=None, **options):
    data = ArraySource(np.zeros((len(y), 2)), y)
    options = {"baselines": False, "seed": 0, **options}
    return evaluate_network("test", (target,), data, outputs, training or data, **options)


def random_answers(labels, rows=60, seed=0):
    random = np.random.default_rng(seed)
    true = random.integers(0, labels, rows)
    chances = random.dirichlet(np.ones(labels), rows) + 0.3 * np.eye(labels)[true]
    return true, chances / chances.sum(axis=1, keepdims=True)


def count_pairs(true, scores):
    """The share of pairs of a row with the label and one without in which the first scores more; ties count half."""
    one, other = scores[true][:, None], scores[~true][None, :]
    return ((one > other) + 0.5 * (one == other)).mean()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("labels", [2, 3])
def test_measures_of_labels_are_what_counting_gives(labels, seed):
    pytest.importorskip("sklearn")
    true, chances = random_answers(labels, seed=seed)
    target = ClassTarget("y", LABELS[:labels])
    y = np.eye(labels)[true] if labels > 2 else true[:, None].astype(float)
    found = evaluate(target, y, chances if labels > 2 else chances[:, 1:])
    guesses = chances.argmax(axis=1)
    recalls = [np.mean(guesses[true == each] == each) for each in range(labels)]
    precisions = [np.mean(true[guesses == each] == each) for each in range(labels)]
    f1 = [2 * p * r / (p + r) if p + r else 0 for p, r in zip(precisions, recalls, strict=True)]
    areas = [count_pairs(true == each, chances[:, each]) for each in range(labels)]
    assert [each.recall for each in found.labels["y"]] == pytest.approx(recalls)
    assert [each.precision for each in found.labels["y"]] == pytest.approx(precisions)
    assert [each.f1 for each in found.labels["y"]] == pytest.approx(f1)
    assert [each.rows for each in found.labels["y"]] == np.bincount(true).tolist()
    assert found.network.means == pytest.approx({
        "accuracy": np.mean(guesses == true), "balanced_accuracy": np.mean(recalls), "f1": np.mean(f1),
        "roc_auc": np.mean(areas),
    })  # fmt: skip


def test_measures_of_quantities_are_in_the_unit_of_the_target():
    found = evaluate(RegressionTarget("y", 100.0, 0.1), np.array([[0.0], [2.0]]), np.array([[1.0], [2.0]]))
    assert found.network.means == pytest.approx(
        {"r2": 0.5, "mean_absolute_error": 5, "root_mean_squared_error": 10 / np.sqrt(2)}
    )


def test_labels_that_no_row_has_are_no_part_of_the_means_and_one_label_alone_has_no_curve():
    pytest.importorskip("sklearn")
    chances = np.array([[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.2, 0.1, 0.7]])
    found = evaluate(ClassTarget("y", LABELS), np.eye(3)[[0, 0, 0]], chances)
    assert found.network.means == pytest.approx({"accuracy": 2 / 3, "balanced_accuracy": 2 / 3, "f1": 0.8})


def straight_line(rows, columns=2, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, columns))
    return x, x[:, :1] - x[:, 1:2]


@pytest.mark.parametrize("labels", [True, False])
def test_a_linear_model_solves_what_is_linear_and_the_constant_answer_nothing(labels):
    pytest.importorskip("sklearn")
    x, y = straight_line(200)
    y = (y > 0.3).astype(float) if labels else y
    target = ClassTarget("y", ("no", "yes")) if labels else RegressionTarget("y", 0.0, 1.0)
    data = ArraySource(x[:100], y[:100])
    found = evaluate_network(
        "test", (target,), data, np.full((100, 1), 0.4), ArraySource(x[100:], y[100:]), baselines=True, seed=0
    )
    constant, linear, boosting = found.baselines
    first = "accuracy" if labels else "r2"
    assert linear.means[first] > 0.95
    assert boosting.means[first] > 0.7
    assert constant.means[first] == (np.mean(y[:100] == 0) if labels else pytest.approx(0, abs=0.1))
    assert linear.compare(found.network) > 2
    assert found.network.compare(linear) == -linear.compare(found.network)
    assert abs(found.network.compare(found.network)) == 0
    assert (found.fitted_rows, found.training_rows) == (100, 100)


def test_baselines_see_the_inputs_scaled_as_the_network_does():
    pytest.importorskip("sklearn")
    x, y = straight_line(100)
    large = ArraySource(x * 1e6 + 3e6, y, None, Scaling(np.full(2, 3e6), np.full(2, 1e-6)))
    target = RegressionTarget("y", 0.0, 1.0)
    found = [
        evaluate_network("test", (target,), each, y, each, baselines=True, seed=0)
        for each in (large, ArraySource(x, y))
    ]
    assert found[0].baselines[1].means == pytest.approx(found[1].baselines[1].means)


def test_models_that_would_take_long_are_fitted_to_some_rows_or_left_out():
    pytest.importorskip("sklearn")
    x, y = straight_line(30, columns=MOST_HISTOGRAMS + 1)
    data = ArraySource(x, y)
    found = evaluate_network("test", (RegressionTarget("y", 0.0, 1.0),), data, y, data, baselines=True, seed=0)
    assert not found.baselines[-1].scores
    assert "701 inputs" in found.baselines[-1].note
    large = ArraySource(np.arange(50_000)[:, None], np.arange(50_000)[:, None]).data
    sample = take_sample(large, 0)
    assert len(sample.x) == MOST_ROWS
    assert (sample.x == sample.y).all()
    assert len(np.unique(sample.x)) == MOST_ROWS


def test_training_rows_of_one_label_leave_the_constant_answer_alone():
    pytest.importorskip("sklearn")
    y = np.array([[1.0], [0.0]])
    training = ArraySource(np.zeros((2, 2)), np.ones((2, 1)))
    found = evaluate(ClassTarget("y", ("no", "yes")), y, y, training, baselines=True)
    assert [each.name for each in found.baselines] == ["the most frequent label"]


def test_the_worst_rows_are_those_whose_label_is_least_likely():
    chances = np.array([[0.9, 0.1, 0.0], [0.1, 0.2, 0.7], [0.3, 0.5, 0.2], [0.5, 0.1, 0.4]])
    found = evaluate(ClassTarget("y", LABELS), np.eye(3)[[0, 0, 0, 2]], chances)
    assert found.find_worst_rows(9) == [1, 2, 3]
    assert found.find_worst_rows(1) == [1]


def test_without_scikit_learn_accuracy_and_the_constant_answer_are_left_and_it_is_said_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    true, chances = random_answers(3)
    found = evaluate(ClassTarget("y", LABELS), np.eye(3)[true], chances, baselines=True)
    assert list(found.network.means) == ["accuracy"]
    assert [each.name for each in found.baselines] == ["the most frequent label"]
    assert "backproof[sklearn]" in found.missing


def test_a_single_row_has_no_variance_to_be_explained():
    target = RegressionTarget("y", 0.0, 1.0)
    found = evaluate(target, np.array([[2.0]]), np.array([[2.5]]))
    assert "r2" not in found.network.measures["y"]
    assert format_score("test", found.scores) == "On 1 test row: mean absolute error 0.5."
