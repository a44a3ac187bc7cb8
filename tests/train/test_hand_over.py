"""A run that may end early begins with NumPy and goes on with JAX from the same step always; speeds measured once."""

import json

import numpy as np
import pytest

from backproof import Network
from backproof.train import engines
from backproof.train.callbacks.callback import Callback
from backproof.train.engines import speeds
from backproof.train.engines.hand_over import HandOverEngine
from backproof.train.loop import train
from backproof.train.options import TrainingOptions
from backproof.train.run import Run
from backproof.train.source import make_source
from backproof.train.step import Recipe

pytest.importorskip("jax")
RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(23, 3)), RANDOM.normal(size=(23, 2))
NETWORK = Network.dense([3, 5, 2], activation=["tanh", "identity"], seed=1, reduction="mean")


def run_to_end(steps, callbacks=(), epochs=20, y=Y, **options):
    asked = {"batch_size": 5, "optimizer": "adam", "learning_rate": 0.01, **options}
    chosen = TrainingOptions(epochs=epochs, **asked)
    alone = any(each.needs_every_epoch for each in callbacks)
    run = Run(NETWORK, make_source(NETWORK, X, y), chosen, needs_every_epoch=alone)
    if steps is not None:
        run.engine = HandOverEngine(run.recipe, chosen.dtype, steps)
    return train(run, callbacks)


class Alone(Callback):
    """Looks at every epoch."""


class Three(Callback):
    """Looks at every third epoch."""

    needs_every_epoch = False

    def max_epochs_ahead(self):
        return 3


@pytest.mark.parametrize("options", [{}, {"batch_size": None}, {"batch_size": 23}, {"dropout": 0.3}], ids=str)
@pytest.mark.parametrize("steps", [1, 5, 12, 50])
def test_the_bits_do_not_depend_on_how_epochs_go_together(steps, options):
    runs = [run_to_end(steps, watched, **options) for watched in ([], [Alone()], [Three()])]
    for other in runs[1:]:
        np.testing.assert_array_equal(other.costs, runs[0].costs)
        for name, array in runs[0].state.named.items():
            np.testing.assert_array_equal(other.state.named[name], array)
    np.testing.assert_allclose(runs[0].costs, run_to_end(None, engine="numpy", **options).costs, rtol=1e-10)


def test_it_is_numpy_before_and_jax_after():
    one = run_to_end(12)
    assert one.engine == "jax"
    before = run_to_end(None, engine="numpy")
    np.testing.assert_array_equal(one.costs[:3], before.costs[:3])  # epochs of five steps that begin before step 12
    assert (one.costs != before.costs).any()
    short = run_to_end(1000)
    assert short.engine == "numpy"
    np.testing.assert_array_equal(short.costs, before.costs)


@pytest.mark.parametrize("steps", [0, 12, 1000])
def test_what_diverges_is_found(steps):
    from backproof.errors import Diverged

    with pytest.raises(Diverged, match="epoch") as caught:
        run_to_end(steps, optimizer="sgd", learning_rate=50.0, epochs=2000)
    assert caught.value.history.costs.size


def recipe(sizes=(64, 100, 10)):
    return Recipe.of(Network.dense(sizes).architecture, TrainingOptions(optimizer="adam"))


def test_only_a_run_that_may_end_early_begins_with_numpy():
    asked = ("auto", recipe(), "float32", 20_000, 200)
    assert engines.choose_engine(*asked).name == "jax"
    chosen = engines.choose_engine(*asked, may_stop=True)
    assert isinstance(chosen, HandOverEngine)
    assert 0 < chosen.steps < 20_000
    assert engines.choose_engine("auto", recipe(), "float32", 500, 200, may_stop=True).name == "numpy"
    for name in ("numpy", "jax"):
        assert engines.choose_engine(name, *asked[1:], may_stop=True).name == name


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """A machine on which nothing has been measured, and what measuring it gives."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    measured = []

    def measure():
        measured.append(speeds.Speeds(1.0, 2.0, 4.0))
        return measured[-1]

    monkeypatch.setattr(speeds, "measure_speeds", measure)
    speeds.find_speeds.cache_clear()
    yield measured, tmp_path / "backproof" / "speeds.json"
    speeds.find_speeds.cache_clear()


def test_speeds_are_measured_once(fresh):
    measured, place = fresh
    for _ in range(3):
        assert speeds.find_speeds() == speeds.Speeds(1.0, 2.0, 4.0)
        speeds.find_speeds.cache_clear()
    assert len(measured) == 1
    assert place.stat().st_size < 500


@pytest.mark.parametrize("content", [
    "", "{}", "[]", "3", '{"machine": "another one"}', "x" * 10_000, '{"machine": 1, "numpy": "fast"}', b"\xff\xfe",
], ids=repr)  # fmt: skip
def test_a_file_that_is_lost_or_damaged_is_measured_anew(content, fresh):
    measured, place = fresh
    place.parent.mkdir()
    place.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert speeds.find_speeds() == speeds.Speeds(1.0, 2.0, 4.0)
    assert len(measured) == 1
    assert json.loads(place.read_text())["machine"] == speeds.name_machine()


@pytest.mark.parametrize("change", [{"numpy": "fast"}, {"numpy": -1.0}, {"jax": None}, {"more": 1.0}])
def test_numbers_that_are_none_are_measured_anew(change, fresh):
    place = fresh[1]
    place.parent.mkdir()
    saved = {"machine": speeds.name_machine(), **speeds.Speeds()._asdict(), **change}
    place.write_text(json.dumps(saved))
    assert speeds.find_speeds() == speeds.Speeds(1.0, 2.0, 4.0)


def test_where_nothing_can_be_kept_nothing_is_measured(fresh, monkeypatch):
    measured, place = fresh
    place.parent.write_text("a file where the folder should be")
    assert speeds.find_speeds() == speeds.Speeds()
    assert not measured


def test_measuring_gives_sane_numbers():
    found = speeds.measure_speeds()
    assert all(1e-3 < value < 1e3 for value in found)
