"""Configurations, defaults and scores of runs on data."""

import json

import numpy as np
import pytest

from backproof.data.columns import NumericColumn
from backproof.data.table import Table
from backproof.data.targets import ClassTarget, RegressionTarget
from backproof.data.training_data import load_table, prepare_table
from backproof.errors import ModelError, OptionError
from backproof.train.options import TrainingOptions
from backproof.train.tabular.config import OPTIONS, TabularConfig
from backproof.train.tabular.defaults import choose_defaults, choose_epochs, choose_penalty, choose_validation_share
from backproof.train.tabular.job import _read_rows, make_network
from backproof.train.tabular.score import compute_score

CONFIG = TabularConfig(
    data="a.csv", checksum="0", targets=("y",), categorical=("c",), numeric=(), date=(), text=(), drop=(), ids=(),
    weights=None, header=None, drop_missing_target=False, missing=(), skip_bad_rows=False, test=None, impute=None,
    problem=None, validation=0.1, refit=False, stream=False, hidden=(8, 4), network=None, shape=(),
    activation={"name": "leaky_relu", "slope": 0.1}, cost="cross_entropy", search=None, searched=(),
    options=TrainingOptions(
        initialiser="he_uniform", optimizer="adam", learning_rate=0.01, schedule="cosine", epochs=5, patience=5, l2=0.1,
        seed=1, dtype="float32", networks=1, micro_batches=8,
    ),
)  # fmt: skip
#: Of each option a value that CONFIG does not have.
OTHERS = {
    "data": "b.csv", "checksum": "1", "targets": ("y", "z"), "categorical": ("d",), "numeric": ("c",), "drop": ("c",),
    "date": ("t",), "text": ("t",), "ids": ("i",), "weights": "w", "header": False, "drop_missing_target": True,
    "missing": ("-999",), "skip_bad_rows": True,
    "test": "t.csv", "impute": "mean", "problem": "regression", "validation": 0.2, "stream": True, "hidden": (8,),
    "refit": True, "search": 5, "searched": ("l2",), "network": "lenet", "shape": (3, 8, 8), "activation": "relu",
    "cost": "squared_error", "epochs": 99, "learning_rate": 0.1, "batch_size": 7, "batches": [[1, 2]], "shuffle": False,
    "optimizer": {"name": "sgd", "momentum": 0.5}, "schedule": "constant", "l1": 0.1, "l2": 0.2, "share_penalty": True,
    "dropout": 0.1, "clip": 1.0, "class_weight": "balanced", "metrics": ["accuracy"], "patience": 3, "monitor": "cost",
    "tolerance": 0.1, "seed": 2, "networks": 2, "initialiser": "he_normal", "engine": "numpy", "dtype": "float64",
    "micro_batches": 4, "fast_sums": True,
}  # fmt: skip
MAY_DIFFER = {"data", "test", "epochs", "patience", "engine"}
#: Options that are called otherwise in a file.
KEYS = {"networks": "restarts", "targets": "target"}


def test_a_configuration_is_read_as_it_was_written():
    assert TabularConfig.read(json.loads(json.dumps(CONFIG.to_json())), "run") == CONFIG


def test_every_option_that_is_not_its_default_is_read_as_it_was_written():
    config = CONFIG.with_values({**OTHERS, "batch_size": None, "dropout": [0.1, 0.2], "class_weight": {0: 2, 1: 0.5}})
    assert TabularConfig.read(json.loads(json.dumps(config.to_json())), "run") == config


@pytest.mark.parametrize("key", sorted(CONFIG.to_json()))
def test_a_configuration_with_anything_gone_or_of_another_kind_is_refused(key):
    config = json.loads(json.dumps(CONFIG.to_json()))
    del config[key]
    with pytest.raises(ModelError, match=key):
        TabularConfig.read(config, "run")
    with pytest.raises(ModelError):
        TabularConfig.read({**config, key: {"x": 1}}, "run")


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_a_run_is_resumed_as_it_was_begun(name):
    same = getattr(CONFIG, name) if hasattr(CONFIG, name) else getattr(CONFIG.options, name)
    CONFIG.check_same({name: same, "epochs": 99, "patience": 3}, "run")
    if name in MAY_DIFFER:
        CONFIG.check_same({name: OTHERS[name]}, "run")
        return
    with pytest.raises(OptionError, match=f"started with {KEYS.get(name, name)} "):
        CONFIG.check_same({name: OTHERS[name]}, "run")


def test_a_run_without_patience_is_not_resumed_with_it():
    with pytest.raises(OptionError, match="started with patience 5, but None"):
        CONFIG.check_same({"patience": None}, "run")


def test_another_value_of_every_option_is_tried_here():
    assert set(OTHERS) == {each.name for each in OPTIONS}


@pytest.mark.parametrize("rows", [2, 19, 20, 150, 999, 1000, 60_000, 10**6, 10**9])
def test_defaults_are_within_reason_for_any_number_of_rows(rows):
    assert 0 <= choose_validation_share(rows) <= 0.2
    assert choose_validation_share(rows) * rows <= 10_000
    assert 0 < choose_penalty(rows) <= 0.01
    batch = min(rows, 32)
    assert 15 <= choose_epochs(rows, 1000, batch) <= (1000 if rows < 320 else 200)
    assert choose_epochs(rows, 10_000, batch) <= choose_epochs(rows, 1000, batch)


def test_defaults_leave_nothing_open_and_what_is_wished_decides():
    table = Table((NumericColumn("x", np.arange(40.0)), NumericColumn("y", np.arange(40) % 3)))
    samples = load_table(table, "y", 0, validation=0.2)
    made = choose_defaults(samples.preparation, 32, {"validation": 0.2, "activation": "tanh", "optimizer": "lbfgs"})
    assert made["initialiser"] == "glorot_uniform"
    assert (made["batch_size"], made["dtype"]) == (None, "float64")
    config = CONFIG.with_values(made)
    assert make_network(config, samples.preparation).units[-1] == ("l2.1", "l2.2", "l2.3")


def test_the_confusion_counts_every_row_once():
    outputs = np.array([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.2, 0.7, 0.1], [0.1, 0.2, 0.7]])
    found = compute_score(ClassTarget("y", ("a", "b", "c")), np.eye(3)[[0, 1, 2, 2]], outputs)
    np.testing.assert_array_equal(found.confusion, [[1, 0, 0], [0, 1, 0], [0, 1, 1]])
    assert (found.rows, found.right, found.value) == (4, 3, 0.75)


def test_two_classes_have_one_output():
    found = compute_score(
        ClassTarget("y", (False, True)), np.array([[0.0], [1.0], [1.0]]), np.array([[0.4], [0.4], [0.6]])
    )
    np.testing.assert_array_equal(found.confusion, [[1, 0], [1, 1]])


def test_an_error_is_in_the_unit_of_the_target():
    found = compute_score(RegressionTarget("y", 100.0, 0.1), np.array([[0.0], [2.0]]), np.array([[1.0], [2.0]]))
    assert found.absolute_error == pytest.approx(5)
    assert found.r2 == pytest.approx(0.5)


def test_a_file_for_the_test_is_read_as_the_training_rows_are(tmp_path):

    def write(name, days):
        rows = "".join(f"{day:02d}/02/2024;1,{day:03d};{2 * day},5\n" for day in days)
        (tmp_path / name).write_text(f"day;size;y\n{rows}")
        return str(tmp_path / name)

    rows = {"ids": (), "header": None, "missing": (), "weights": None, "skip_bad_rows": False}
    columns = dict.fromkeys(("categorical", "numeric", "date", "text", "drop"), ())
    data, test = write("data.csv", range(1, 29)), write("test.csv", range(1, 10))
    made = prepare_table(_read_rows(data, "y", None, columns, rows, test), "y")
    np.testing.assert_array_equal(made.test.x, made.x.raw[:9])
    np.testing.assert_array_equal(made.test.y, made.y[:9])


def test_a_run_of_an_earlier_version_is_told_as_such():
    config = {key: value for key, value in CONFIG.to_json().items() if key not in ("date", "refit")}
    with pytest.raises(ModelError, match=r"'run' cannot be resumed: its config\.json has no 'date'"):
        TabularConfig.read(config, "run")


@pytest.mark.parametrize(
    ("options", "told"), [({}, ""), ({"l2": 0.5}, "(l2 0.5)"), ({"l1": 1, "l2": 2}, "(l1 1, l2 2)")]
)
def test_a_penalty_in_the_cost_is_told(options, told):
    note = TrainingOptions(**options).penalty_note
    assert told in note
    assert bool(note) == bool(options)
