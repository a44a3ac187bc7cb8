"""Plans, defaults and scores of runs on data."""

import json
from dataclasses import replace

import numpy as np
import pytest

from backproof.data.columns import NumericColumn
from backproof.data.table import Table
from backproof.data.targets import ClassTarget, RegressionTarget
from backproof.data.training_data import load_table
from backproof.errors import ModelError, OptionError
from backproof.train.defaults import defaults, epochs, penalty, share_held
from backproof.train.plan import Plan
from backproof.train.score import score

PLAN = Plan(
    data="a.csv", checksum="0", target="y", categorical=("c",), numeric=(), drop=(), impute=None, problem=None,
    validation=0.1, stream=False, hidden=(8, 4), activation={"name": "leaky_relu", "slope": 0.1}, cost="cross_entropy",
    initialiser="he_uniform", optimizer="adam", learning_rate=0.01, schedule="cosine", batch_size=None, epochs=5,
    patience=None, l1=0.0, l2=0.1, dropout=0.0, clip=None, class_weight=None, seed=1, engine="auto", dtype="float32",
    restarts=1,
)  # fmt: skip


def test_a_plan_is_read_as_it_was_written():
    assert Plan.read(json.loads(json.dumps(PLAN.config)), "run") == PLAN


@pytest.mark.parametrize("key", sorted(PLAN.config))
def test_a_plan_with_anything_gone_or_of_another_kind_is_refused(key):
    config = json.loads(json.dumps(PLAN.config))
    del config[key]
    with pytest.raises(ModelError, match=key):
        Plan.read(config, "run")
    if key not in ("activation", "cost", "optimizer", "schedule"):
        with pytest.raises(ModelError):
            Plan.read({**config, key: {"x": 1}}, "run")


@pytest.mark.parametrize("key", sorted(set(PLAN.config) - {"epochs", "patience", "data"}))
def test_a_run_is_gone_on_with_as_it_was_begun(key):
    PLAN.check_same({key: getattr(PLAN, key), "epochs": 99, "patience": 3}, "run")
    with pytest.raises(OptionError, match=f"begun with {key}"):
        PLAN.check_same({key: "another"}, "run")


@pytest.mark.parametrize("rows", [2, 19, 20, 150, 999, 1000, 60_000, 10**6, 10**9])
def test_defaults_are_within_reason_for_any_number_of_rows(rows):
    assert 0 <= share_held(rows) <= 0.2
    assert share_held(rows) * rows <= 10_000
    assert 0 < penalty(rows) <= 0.01
    assert 15 <= epochs(rows, 1000) <= 200
    assert epochs(rows, 10_000) <= epochs(rows, 1000)


def test_defaults_leave_nothing_open_and_what_is_wished_decides():
    table = Table((NumericColumn("x", np.arange(40.0)), NumericColumn("y", np.arange(40) % 3)))
    samples = load_table(table, "y", 0, validation=0.2)
    made = defaults(samples.preparation, 32, {"validation": 0.2, "activation": "tanh", "optimizer": "lbfgs"})
    assert made["initialiser"] == "glorot_uniform"
    assert (made["batch_size"], made["dtype"]) == (None, "float64")
    plan = replace(PLAN, **made)
    assert plan.network(samples.preparation).units[-1] == ("l2.1", "l2.2", "l2.3")


def test_the_confusion_counts_every_row_once():
    outputs = np.array([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.2, 0.7, 0.1], [0.1, 0.2, 0.7]])
    found = score(ClassTarget("y", ("a", "b", "c")), np.eye(3)[[0, 1, 2, 2]], outputs)
    np.testing.assert_array_equal(found.confusion, [[1, 0, 0], [0, 1, 0], [0, 1, 1]])
    assert (found.rows, found.right, found.value) == (4, 3, 0.75)


def test_two_classes_have_one_output():
    found = score(ClassTarget("y", (False, True)), np.array([[0.0], [1.0], [1.0]]), np.array([[0.4], [0.4], [0.6]]))
    np.testing.assert_array_equal(found.confusion, [[1, 0], [1, 1]])


def test_an_error_is_in_the_unit_of_the_target():
    found = score(RegressionTarget("y", 100.0, 0.1), np.array([[0.0], [2.0]]), np.array([[1.0], [2.0]]))
    assert found.absolute_error == pytest.approx(5)
    assert found.r2 == pytest.approx(0.5)
