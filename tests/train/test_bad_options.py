"""Options of the wrong kind: one error of Backproof's for each, before anything is computed."""

from __future__ import annotations

import re

import numpy as np
import pytest

from backproof import Network, load_model
from backproof.errors import BackproofError, Diverged, NumberError, OptionError
from backproof.train.fit import fit
from backproof.train.option import options_of
from backproof.train.options import TrainingOptions
from backproof.train.range_test import range_test

NETWORK = Network.dense([2, 3, 1])
X = np.random.default_rng(0).normal(size=(20, 2))
Y = (X.sum(axis=1, keepdims=True) > 0) * 1.0
STRANGE = (
    True, "x", -1, 1.5, np.nan, 10**400, 1j, [1], [None], {"name": 1}, {1: [1]}, object(), np.array([1.0, 2]),
    np.array("a"), b"x", (1, 2),
)  # fmt: skip
#: What is an option after all.
SOUND = {
    "learning_rate": (1.5,), "l1": (1.5,), "l2": (1.5,), "clip": (1.5,), "tolerance": (1.5,), "checkpoint": ("x",),
    "epochs": (10**400,), "seed": (10**400,), "batch_size": (10**400,), "patience": (10**400,),
    "share_penalty": (True,), "shuffle": (True,), "batches": ((),),
}  # fmt: skip


#: Every option of `fit`.
OPTIONS = [*fit.__kwdefaults__, *(each.name for each in options_of(TrainingOptions))]


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_of_the_wrong_kind_is_one_error(option):
    for strange in STRANGE:
        if any(strange is each or (type(strange) is type(each) and strange == each) for each in SOUND.get(option, ())):
            continue
        options = {"epochs": 1, "engine": "numpy", **({"networks": 2} if option == "initialiser" else {})}
        with pytest.raises(BackproofError):
            fit(NETWORK, X, Y, **{**options, option: strange})


@pytest.mark.parametrize("y", [None, 3, "x", [[1], [2, 3]], np.zeros((20, 0)), np.zeros((20, 1, 1)), np.zeros(20) * 1j])
def test_targets_are_looked_at_before_their_classes_are_weighed(y):
    with pytest.raises(BackproofError):
        fit(NETWORK, X, y, epochs=1, class_weight="balanced")


@pytest.mark.parametrize("weights", [{0: "x"}, {0: None}, {0: [1]}, {0: -1}, {0: 0, 1: 0}])
def test_weights_of_classes_are_numbers_from_0(weights):
    with pytest.raises(BackproofError):
        fit(NETWORK, X, Y, epochs=1, class_weight=weights)


def test_weights_of_samples_that_do_not_fit_are_refused_with_those_of_classes_too():
    with pytest.raises(BackproofError, match=re.escape("sample_weight has shape (3,), expected (20,)")):
        fit(NETWORK, X, Y, epochs=1, class_weight="balanced", sample_weight=[1, 2, 3])


@pytest.mark.parametrize(
    ("options", "other"),
    [({"optimizer": "adam"}, "slots/mean/W1"), ({"dtype": "float32"}, "expected float32"), ({"network": 4}, "(2, 3)")],
)
def test_a_state_of_another_run_is_refused(options, other):
    state = fit(NETWORK, X, Y, epochs=1).state
    network = Network.dense([2, options.pop("network", 3), 1])
    with pytest.raises(OptionError, match=re.escape(other)):
        fit(network, X, Y, epochs=3, state=state, **options)


@pytest.mark.parametrize("answer", ["x", None, np.ones(3)])
def test_a_metric_answers_a_number(answer):
    with pytest.raises(OptionError, match="must return a number"):
        fit(NETWORK, X, Y, epochs=1, metrics=[lambda y, outputs: answer])


@pytest.mark.parametrize("path", [None, 3, b"x", ["x"]])
def test_the_name_of_a_model_is_a_name(path):
    for use in (load_model, Network.load, NETWORK.save):
        with pytest.raises(OptionError, match="expected the name of a file"):
            use(path)


@pytest.mark.parametrize(
    "options", [{"lowest": "a"}, {"highest": np.nan}, {"vary": {}}, {"networks": 2}, {"learning_rate": 1}]
)
def test_a_range_test_says_what_it_cannot_do(options):
    with pytest.raises(OptionError):
        range_test(NETWORK, X, Y, **options)


def test_more_networks_than_any_memory_holds_are_refused():
    with pytest.raises(OptionError, match="at most 1,000,000"):
        fit(NETWORK, X, Y, epochs=1, networks=10**9)


@pytest.mark.parametrize("engine", ["numpy", "jax"])
def test_a_rate_beyond_single_precision_is_named_as_it_was_given(engine):
    with pytest.raises(Diverged, match=re.escape("The learning rate, 1e+300, is probably too high")):
        fit(NETWORK, X, Y, epochs=9, learning_rate=1e300, dtype="float32", engine=engine)


@pytest.mark.parametrize("engine", ["numpy", "jax"])
@pytest.mark.parametrize("what", ["x", "y", "sample_weight"])
def test_what_single_precision_cannot_hold_diverges_in_the_first_step(engine, what):
    huge = np.full((20, 2), 1e300)
    given = {"x": X, "y": Y, "sample_weight": np.ones(20), what: huge if what == "x" else huge[:, 0]}
    given["y"] = np.reshape(given["y"], (20, 1))
    network = Network.dense([2, 3, 1], activation="identity")
    with pytest.raises(Diverged, match="in epoch 1, batch 1"):
        fit(network, epochs=3, dtype="float32", engine=engine, batch_size=20, **given)


def test_parameters_that_single_precision_cannot_hold_are_refused():
    network = Network.dense([2, 1], parameters={"W1": [[1e300], [1]], "b1": [0]})
    with pytest.raises(NumberError, match="W1: not a finite number in float32"):
        fit(network, X, Y, epochs=3, dtype="float32")


def test_targets_in_half_precision_are_measured_in_that_of_the_outputs():
    targets = (Y * 60000).astype(np.float16)
    network = Network.dense([2, 3, 1], activation="identity")
    for engine in ("numpy", "jax"):
        found, expected = (
            fit(network, X, y, epochs=1, learning_rate=1e-9, metrics=["r2", "squared_error"], engine=engine).metrics
            for y in (targets, targets.astype(float))
        )
        assert found == expected


@pytest.mark.parametrize("engine", ["numpy", "jax"])
def test_weights_whose_penalty_overflows_end_in_one_error(engine):
    with pytest.raises(Diverged):
        fit(NETWORK, X, Y, epochs=9, learning_rate=1e300, l2=0.1, engine=engine, optimizer="adam")


def test_networks_that_all_diverge_tell_no_cost_beside():
    reported = []
    history = fit(
        Network.dense([2, 3, 1], activation="identity"), X, Y, epochs=90, engine="jax", learning_rate=1e30,
        networks=2, report=lambda number, cost: reported.append(cost),
    )  # fmt: skip
    assert all("diverged" in each.stopped for each in history.members)
    assert not np.isfinite(reported[-1])


CALLBACKS = {
    "no argument": lambda: None,
    "three arguments": lambda run, epochs, more: None,
    "a class": type("Watch", (), {}),
    "a keyword": lambda run, *, epochs: None,
}


@pytest.mark.parametrize("callback", CALLBACKS.values(), ids=CALLBACKS)
def test_a_callback_that_cannot_be_called_is_refused_before_the_run(callback):
    network, seen = Network.dense([2, 1]), []
    with pytest.raises(OptionError, match=r"expected a function of \(run, epochs\)"):
        network.fit([[1, 0]], [[1]], epochs=2, engine="numpy", callbacks=[lambda *both: seen.append(both), callback])
    assert not seen


@pytest.mark.parametrize("callback", [print, lambda *both: None, lambda run, epochs, more=1: None])
def test_whatever_takes_a_run_and_epochs_is_a_callback(callback):
    Network.dense([2, 1]).fit([[1, 0]], [[1]], epochs=1, engine="numpy", callbacks=[callback])


@pytest.mark.parametrize("epochs", [10**16, 10**400, 10**5000], ids=["16", "400", "5000"])
@pytest.mark.parametrize("engine", ["numpy", "jax"])
def test_epochs_without_end_are_refused(epochs, engine):
    with pytest.raises(OptionError, match="epochs must be a whole number from 0 to"):
        Network.dense([2, 1]).fit([[1, 0]], [[1]], epochs=epochs, engine=engine)


@pytest.mark.parametrize("name", ["a" * 5000, "a\0b", "x/" * 3000])
def test_a_folder_name_that_no_disk_takes_is_refused(name):
    with pytest.raises(OptionError, match="is not a folder name"):
        Network.dense([2, 1]).fit([[1, 0]], [[1]], epochs=1, engine="numpy", checkpoint=name)
