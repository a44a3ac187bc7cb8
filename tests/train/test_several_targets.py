"""Several targets are several outputs: what each alone would be, scored one by one and in the mean."""

import numpy as np
import pytest

from backproof.data.columns import NumericColumn
from backproof.data.preparation_json import preparation_from_json, preparation_to_json
from backproof.data.source import ArraySource
from backproof.data.table import Table
from backproof.data.targets import RegressionTarget, list_targets
from backproof.data.training_data import prepare_table
from backproof.errors import DataError, MixedTargets, OptionError
from backproof.network import Network
from backproof.train.metrics import label_accuracy
from backproof.train.tabular.evaluation import evaluate_network


def random_table(seed, targets, labels=False, rows=80):
    """Three inputs, and targets y1, y2 ... that follow from them, of sizes from 0.01 to 10,000, or of two labels."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 3))
    y = x @ random.normal(size=(3, targets)) + 0.3 * random.normal(size=(rows, targets))
    y = (y > 0).astype(float) if labels else y * 10.0 ** random.integers(-2, 5, targets) + random.normal(size=targets)
    inputs = [NumericColumn(f"x{place}", x[:, place]) for place in range(3)]
    names = [f"y{place}" for place in range(1, targets + 1)]
    return Table((*inputs, *map(NumericColumn, names, y.T))), names


def fit_linear(prepared):
    """The parameters of a network without a hidden layer, trained on a whole table until nothing changes."""
    target, preparation = prepared.preparation.targets[0], prepared.preparation
    sizes = [preparation.width, preparation.output_count]
    network = Network.dense(sizes, activation=target.activation, cost=target.cost, reduction="mean")
    options = {"optimizer": "lbfgs", "learning_rate": 1.0, "engine": "numpy"}
    return network.fit(prepared.x.to_array(), prepared.y, epochs=60, **options).network.parameters


@pytest.mark.parametrize("targets", [2, 3, 5])
@pytest.mark.parametrize("seed", range(3))
def test_each_target_alone_and_all_together_have_the_same_least_squares_solution(seed, targets):
    table, names = random_table(seed, targets)
    together = prepare_table(table, names)
    assert (together.preparation.output_count, together.y.shape) == (targets, (80, targets))
    np.testing.assert_allclose(together.y.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(together.y.std(axis=0), 1)
    found = fit_linear(together)
    x = np.column_stack([together.x.to_array(), np.ones(80)])
    truth = np.linalg.lstsq(x, together.y, rcond=None)[0]
    np.testing.assert_allclose(np.vstack([found["W1"], found["b1"]]), truth, atol=1e-6)
    for place, name in enumerate(names):
        alone = prepare_table(table.select_columns(["x0", "x1", "x2", name]), name)
        np.testing.assert_array_equal(alone.y[:, 0], together.y[:, place])
        np.testing.assert_allclose(fit_linear(alone)["W1"][:, 0], truth[:3, place], atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_scores_are_those_of_scikit_learn_for_several_outputs(seed):
    metrics = pytest.importorskip("sklearn.metrics")
    from sklearn.linear_model import Ridge
    from sklearn.neural_network import MLPRegressor

    table, names = random_table(seed, 3)
    made = prepare_table(table, names, validation=0.25, seed=seed)
    peer = MLPRegressor(hidden_layer_sizes=(8,), max_iter=20, random_state=0)
    x, y = made.source.x, made.source.y
    with pytest.warns(UserWarning, match="Maximum iterations"):
        outputs = peer.fit(x, y).predict(made.validation.x)
    held = made.validation
    assert outputs.shape == held.y.shape
    targets = made.preparation.targets
    found = evaluate_network("validation", targets, held, outputs, made.source, baselines=True, seed=0)
    assert found.network.means["r2"] == pytest.approx(peer.score(held.x, held.y))
    true, guess = (np.column_stack([t.decode(each[:, [k]]) for k, t in enumerate(targets)]) for each in
                   (held.y, outputs))  # fmt: skip
    for place, name in enumerate(names):
        assert found.network.measures[name] == pytest.approx({
            "r2": metrics.r2_score(true[:, place], guess[:, place]),
            "mean_absolute_error": metrics.mean_absolute_error(true[:, place], guess[:, place]),
            "root_mean_squared_error": metrics.mean_squared_error(true[:, place], guess[:, place]) ** 0.5,
        })  # fmt: skip
    constant, linear, _ = found.baselines
    assert linear.means["r2"] == pytest.approx(Ridge().fit(x, y).score(held.x, held.y))
    np.testing.assert_allclose(constant.losses, (held.y - y.mean(axis=0)) ** 2)


@pytest.mark.parametrize("seed", range(3))
def test_columns_of_two_labels_are_scored_and_split_one_by_one(seed):
    metrics = pytest.importorskip("sklearn.metrics")
    table, names = random_table(seed, 3, labels=True, rows=200)
    made = prepare_table(table, names, validation=0.25, seed=seed)
    targets = made.preparation.targets
    assert {(each.activation, each.cost, each.units) for each in targets} == {("sigmoid", "binary_cross_entropy", 1)}
    held = made.validation
    assert held.count == pytest.approx(50, abs=1)
    np.testing.assert_allclose(held.y.mean(axis=0), made.y.mean(axis=0), atol=0.06)
    outputs = np.random.default_rng(seed).random(held.y.shape)
    found = evaluate_network("validation", targets, held, outputs, made.source, baselines=True, seed=0)
    for place, name in enumerate(names):
        true, chances = held.y[:, place], outputs[:, place]
        assert found.network.measures[name] == pytest.approx({
            "accuracy": metrics.accuracy_score(true, chances > 0.5),
            "balanced_accuracy": metrics.balanced_accuracy_score(true, chances > 0.5),
            "f1": metrics.f1_score(true, chances > 0.5, average="macro"),
            "roc_auc": metrics.roc_auc_score(true, chances),
        })  # fmt: skip
        assert [each.rows for each in found.labels[name]] == np.bincount(true.astype(int)).tolist()
    assert found.baselines[1].means["accuracy"] > 0.75 > found.network.means["accuracy"]
    assert label_accuracy(held.y, outputs) == pytest.approx(found.network.means["accuracy"])
    worst = found.find_worst_rows(1)[0]
    chances = np.where(held.y > 0, outputs, 1 - outputs)
    assert (worst, found.find_worst_target(worst)) == np.unravel_index(chances.argmin(), chances.shape)


def test_many_labels_leave_enough_rows_to_validate_on():
    table, names = random_table(0, 12, labels=True, rows=300)  # nearly every row has labels of its own
    made = prepare_table(table, names, validation=0.1)
    assert made.validation.count == 30


@pytest.mark.parametrize("labels", [True, False])
def test_a_preparation_of_several_targets_survives_json_and_one_target_is_written_as_ever(labels):
    table, names = random_table(0, 2, labels)
    made = prepare_table(table, names).preparation
    assert preparation_from_json(preparation_to_json(made)) == made
    alone = preparation_to_json(prepare_table(table, "y1").preparation)
    assert alone["target"]["name"] == "y1"
    mixed = [alone["target"], {"problem": "classification", "name": "k", "labels": ["a", "b", "c"]}]
    with pytest.raises(DataError, match="target: expected targets of numbers, or of two labels each"):
        preparation_from_json({**alone, "target": mixed})


MIXED = {
    "number and labels": ((0.5, 1.5, 2.5), ("a", "b", "a")),
    "two and three labels": (("a", "b", "a"), ("a", "b", "c")),
    "labels alone": (("a", "b", "c"), ("a", "b", "c")),
}


@pytest.mark.parametrize("values", MIXED.values(), ids=MIXED)
def test_targets_that_do_not_fit_one_network_are_told_in_groups_that_do(values):
    from backproof.data.reading import read_table

    columns = {f"y{place}": np.array(each * 10) for place, each in enumerate(values, 1)}
    table = read_table({"x": np.arange(30.0), **columns})
    with pytest.raises(MixedTargets, match="several of two labels each") as error:
        prepare_table(table, ["y1", "y2"])
    assert error.value.groups == (("y1",), ("y2",))
    assert "--regression" not in str(error.value)
    whole = read_table({"x": np.arange(30.0), "y1": np.arange(30) / 7, "y2": np.arange(30) % 3})
    with pytest.raises(MixedTargets, match="If all of them are amounts, give --regression"):
        prepare_table(whole, ["y1", "y2"])
    assert prepare_table(whole, ["y1", "y2"], problem="regression").y.shape == (30, 2)


def test_a_row_without_any_of_its_targets_is_told_or_left_out():
    y = np.arange(20.0)
    table = Table((NumericColumn("x", y), NumericColumn("y1", np.where(y == 3, np.nan, y)),
                   NumericColumn("y2", np.where((y == 3) | (y == 5), np.nan, y))))  # fmt: skip
    with pytest.raises(DataError, match=r"2 things are to be settled first(?s:.*)'y1'(?s:.*)'y2'"):
        prepare_table(table, ["y1", "y2"], problem="regression", validation=0.2)
    made = prepare_table(table, ["y1", "y2"], problem="regression", drop_missing_target=True)
    assert len(made.table) == 18
    assert "2 rows without target are left out." in made.warnings


def test_a_column_called_like_the_target_is_told_as_a_second_one_until_it_is_one():
    table, _ = random_table(0, 3)
    inputs = [NumericColumn("a", np.random.default_rng(1).normal(size=80))]
    table = Table((*inputs, *table.columns[3:]))
    told = "Column 'y2' and 1 more are called like the target 'y1'"
    assert any(told in each for each in prepare_table(table, "y1").warnings)
    assert not any("called like" in each for each in prepare_table(table, ["y1", "y2", "y3"]).warnings)
    assert not any("called like" in each for each in prepare_table(Table(table.columns[1:]), "y1").warnings)


@pytest.mark.parametrize(("given", "message"), [(["y", "y"], "'y' is given twice"), ([], "received none")])
def test_targets_are_different_columns(given, message):
    with pytest.raises(OptionError, match=message):
        list_targets(given)


def test_the_worst_row_is_the_one_with_the_target_that_is_missed_most():
    data = ArraySource(np.zeros((3, 1)), np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]]))
    targets = (RegressionTarget("y1", 0.0, 1.0), RegressionTarget("y2", 0.0, 1.0))
    off = np.array([[0, 1], [2, 0], [1, 1]])
    found = evaluate_network("test", targets, data, data.y + off, data, baselines=False, seed=0)
    np.testing.assert_array_equal(found.network.losses, [[0, 1], [4, 0], [1, 1]])
    assert found.find_worst_rows(2) == [1, 0]
    assert [found.find_worst_target(row) for row in (0, 1)] == [1, 0]
