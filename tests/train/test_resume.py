"""Runs that are stopped and taken up again: to the last bit what they would have been without a break."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

import backproof
from backproof import Network, load_model
from backproof.errors import Diverged, ModelError, OptionError
from backproof.operations.schedule import Schedule
from backproof.train.callbacks.callback import Callback
from backproof.train.callbacks.checkpoint import Checkpoint
from backproof.train.store import RunFolder, read_checkpoint

RNG = np.random.default_rng(3)
X = RNG.normal(size=(37, 3))
Y = np.eye(2)[(X[:, 0] * X[:, 1] > 0).astype(int)]
HELD_OUT = (RNG.normal(size=(11, 3)), np.eye(2)[RNG.integers(0, 2, 11)])


@dataclass(frozen=True)
class Falling(Schedule):
    """Halved after each epoch that cost more than the one before."""

    adapts: ClassVar[bool] = True

    def factor(self, t, total):
        return 1.0

    def adapt(self, factor, costs):
        return factor / 2 if len(costs) > 1 and costs[-1] > costs[-2] else factor


RUNS = {
    "everything": {"batch_size": 8, "dropout": 0.3, "optimizer": "adam", "learning_rate": 0.03, "validation": HELD_OUT,
                   "patience": 6, "metrics": ["accuracy"]},
    "ends early": {"batch_size": 5, "optimizer": "adam", "learning_rate": 0.2, "validation": HELD_OUT, "patience": 3},
    "together": {"optimizer": {"name": "sgd", "momentum": 0.9}, "dtype": "float32", "learning_rate": 0.05},
    "shuffled": {"batch_size": 16, "clip": 0.5, "l2": 0.01, "l1": 0.001, "class_weight": "balanced"},
    "given batches": {"batches": [[1, 2, 3], [4, 5]], "dropout": [0.5], "seed": 5},
    "adaptive": {"batch_size": 4, "schedule": Falling(), "learning_rate": 0.5},
}  # fmt: skip


class Killed(Exception):
    """Stands for a process that is gone."""


class Killing(Callback):
    """Ends everything at some epoch, without a word to anybody."""

    def __init__(self, epoch, needs_every_epoch):
        self.epoch, self.needs_every_epoch = epoch, needs_every_epoch

    def after(self, run, epochs):
        if epochs.number >= self.epoch:
            raise Killed


def network():
    return Network.dense([3, 6, 2], activation=["tanh", "softmax"], cost="cross_entropy", reduction="mean", seed=1)


def fit(folder=None, kill=None, needs_every_epoch=True, **options):
    callbacks = [] if kill is None else [Killing(kill, needs_every_epoch)]
    return network().fit(X, Y, **{"epochs": 23, "checkpoint": folder, "callbacks": callbacks, **options})


def assert_same(one, other):
    for name in ("cost", "metrics", "stopped", "best_epoch", "final_cost", "engine", "dtype"):
        assert getattr(one, name) == getattr(other, name)
    assert (one.state.step, one.state.epoch) == (other.state.step, other.state.epoch)
    pairs = [(one.network.parameters, other.network.parameters), (one.state.parameters, other.state.parameters)]
    pairs += [(one.state.slots[slot], other.state.slots[slot]) for slot in one.state.slots]
    for mine, yours in pairs:
        for key in mine:
            assert mine[key].dtype == yours[key].dtype
            assert mine[key].tobytes() == yours[key].tobytes()


@pytest.fixture(params=["numpy", "jax"])
def engine(request):
    if request.param == "jax":
        pytest.importorskip("jax")
    return request.param


@pytest.mark.parametrize("every", [0.0, 1e9], ids=["each epoch", "never"])
@pytest.mark.parametrize("options", RUNS.values(), ids=RUNS)
def test_a_run_with_breaks_is_the_run_without(tmp_path, monkeypatch, engine, options, every):
    whole = fit(engine=engine, **options)
    monkeypatch.setattr(Checkpoint, "every", every)
    for kill in (1, 7, 7, 20):
        if kill < len(whole):
            with pytest.raises(Killed):
                fit(tmp_path / "run", kill, engine=engine, **options)
    assert_same(fit(tmp_path / "run", engine="auto" if every == 0 else engine, **options), whole)
    assert_same(fit(tmp_path / "run", engine=engine, **options), whole)
    model = load_model(tmp_path / "run")
    assert model.facts == {"epoch": whole.best_epoch or len(whole)}
    assert model.network.parameters["W1"].tobytes() == whole.network.parameters["W1"].tobytes()
    lines = (tmp_path / "run/history.jsonl").read_text().splitlines()
    assert [json.loads(line)["cost"] for line in lines] == whole.cost


def test_epochs_that_go_together(tmp_path, monkeypatch, engine):
    monkeypatch.setattr(Checkpoint, "every", 0.0)
    whole = fit(engine=engine, epochs=3000)
    for kill in (1, 700, 1500):
        with pytest.raises(Killed):
            fit(tmp_path / "run", kill, needs_every_epoch=False, engine=engine, epochs=3000)
    again = fit(tmp_path / "run", engine=engine, epochs=3000)
    assert_same(again, whole)


@pytest.mark.parametrize("options", [RUNS["everything"], RUNS["together"]], ids=["everything", "together"])
def test_a_run_that_is_interrupted_goes_on(tmp_path, options):
    def interrupt(run, epochs):
        if epochs.number == 5:
            raise KeyboardInterrupt

    stopped = network().fit(X, Y, epochs=23, checkpoint=tmp_path / "run", callbacks=[interrupt], **options)
    assert stopped.stopped == "interrupted"
    assert read_checkpoint(tmp_path / "run")[1]["epoch"] == 4
    assert_same(fit(tmp_path / "run", **options), fit(**options))


def test_a_run_may_go_on_for_longer(tmp_path):
    options = {"batch_size": 8, "optimizer": "adam"}
    fit(tmp_path / "run", epochs=7, **options)
    assert_same(fit(tmp_path / "run", epochs=23, **options), fit(epochs=23, **options))


def test_a_run_that_diverges_keeps_its_last_good_network(tmp_path):
    options = {"learning_rate": 1e200, "optimizer": "sgd", "epochs": 50}
    messages = []
    for _ in range(2):
        with pytest.raises(Diverged) as caught:
            Network.dense([3, 2, 2], activation="identity").fit(X, Y, checkpoint=tmp_path / "run", **options)
        messages.append(str(caught.value))
        assert np.isfinite(Network.load(tmp_path / "run").parameters["W1"]).all()
    assert messages[0] == messages[1]


def test_the_best_network_is_there_while_the_run_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(Checkpoint, "every", 0.0)
    with pytest.raises(Killed):
        fit(tmp_path / "run", 9, **RUNS["everything"])
    facts = read_checkpoint(tmp_path / "run")[1]
    model = load_model(tmp_path / "run")
    assert model.facts["epoch"] == facts["watchers"]["watchers/EarlyStopping/1"]["epoch"] <= facts["epoch"] == 8


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"learning_rate": 0.2},
            r"learning_rate 0\.1, but 0\.2 was given; give the same, or choose another folder",
        ),
        ({"optimizer": "adam"}, "optimizer 'sgd', but 'adam' was given"),
        ({"seed": 1}, "seed 0, but 1 was given"),
        ({"patience": 3}, "patience None, but 3 was given"),
        ({"metrics": ["accuracy"]}, r"metrics \[\], but \['accuracy'\] was given"),
        ({"validation": HELD_OUT}, "another validation data"),
        ({"sample_weight": np.ones(37)}, "another training data"),
        ({"batches": [[1]]}, r"batches \[\], but \[\[1\]\] was given"),
        ({"dtype": "float32"}, "dtype 'float64', but 'float32' was given"),
    ],
    ids=str,
)
def test_another_run_is_not_taken_up(tmp_path, change, message):
    whole = fit(tmp_path / "run")
    with pytest.raises(OptionError, match=message):
        fit(tmp_path / "run", **change)
    assert_same(fit(tmp_path / "run"), whole)


def test_another_network_or_start_is_not_taken_up(tmp_path):
    fit(tmp_path / "run")
    others = (Network.dense([3, 2]), "another network"), (network().fit(X, Y, epochs=1).network, "starting")
    for other, message in others:
        with pytest.raises(OptionError, match=message):
            other.fit(X, Y, epochs=23, checkpoint=tmp_path / "run")
    with pytest.raises(OptionError, match="state and checkpoint"):
        fit(tmp_path / "run", state=fit(epochs=1).state)


@pytest.mark.parametrize("place", [5, None, "", "a\0b", ".", "nowhere/run"])
def test_places_that_hold_no_run(tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    if place is None:
        (tmp_path / "mine.txt").touch()
        place = tmp_path
    with pytest.raises(OptionError):
        fit(place)
    assert {each.name for each in tmp_path.iterdir()} <= {"mine.txt"}


def test_options_may_be_numpy_s_numbers(tmp_path):
    options = {"batch_size": np.int64(8), "epochs": np.int32(5), "l2": np.float32(0.01), "patience": np.int64(3)}
    whole = fit(tmp_path / "run", **options)
    assert_same(fit(tmp_path / "run", **options), whole)


def test_many_networks_have_no_checkpoint(tmp_path):
    with pytest.raises(OptionError, match="checkpoint, or train one network"):
        fit(tmp_path / "run", networks=2)


def test_damage_is_one_error(tmp_path):
    fit(tmp_path / "run")
    file = tmp_path / "run/checkpoint.safetensors"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    with pytest.raises(ModelError, match="cannot be read"):
        fit(tmp_path / "run")
    file.write_bytes(whole)
    (tmp_path / "run/history.jsonl").unlink()
    with pytest.raises(ModelError, match="has 0 epochs; the checkpoint beside it is of epoch 23"):
        fit(tmp_path / "run")


def test_a_checkpoint_that_is_gone_is_an_error_beside_a_model_and_a_new_start_without_one(tmp_path):
    whole = fit(tmp_path / "run")
    (tmp_path / "run/checkpoint.safetensors").unlink()
    with pytest.raises(ModelError, match=r"its checkpoint\.safetensors is missing"):
        fit(tmp_path / "run")
    (tmp_path / "run/model.safetensors").unlink()
    assert_same(fit(tmp_path / "run"), whole)


def test_a_checkpoint_of_another_run_does_not_fit(tmp_path):
    fit(tmp_path / "run")
    for arrays, facts in (({}, {}), ({"parameters/W1": np.ones((3, 6), np.float32)}, {})):
        with RunFolder.resume(tmp_path / "run") as folder:
            folder.write_checkpoint(arrays, {"engine": "numpy", **facts})
        with pytest.raises(ModelError, match="checkpoint is of another run: for parameters/W1"):
            fit(tmp_path / "run")


@pytest.mark.parametrize("memory", [None, [], {}, {"best": "x"}, {"best": 1.0, "waited": -1, "epoch": 1}])
def test_what_a_watcher_should_remember_is_looked_at(tmp_path, memory):
    fit(tmp_path / "run", patience=30)
    with RunFolder.resume(tmp_path / "run") as folder:
        arrays, facts = folder.read_checkpoint()
        folder.write_checkpoint(arrays, {**facts, "watchers": dict.fromkeys(facts["watchers"], memory)})
    with pytest.raises(ModelError, match="does not fit"):
        fit(tmp_path / "run", patience=30)


ROOT = Path(backproof.__file__).parents[2]


@pytest.mark.skipif(not (hasattr(os, "fork") and (ROOT / "benchmarks").exists()), reason="needs fork and benchmarks/")
def test_a_run_killed_at_random_moments_ends_in_the_same_bits():
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "benchmarks.kills", "12"]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    seen = json.loads(ran.stdout)
    assert len(seen["lost"]) >= 12
    assert all(seen["same"])
