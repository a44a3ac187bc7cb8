"""Both engines take the same steps: every activation, cost and optimiser, with everything that a step may do."""

import numpy as np
import pytest

from backproof import Network
from backproof.errors import OptionError
from backproof.operations.activation import activations
from backproof.operations.cost import costs
from backproof.operations.optimiser import optimisers
from backproof.operations.schedule import schedules
from backproof.train import engines, fit
from backproof.train.callbacks.callback import Callback
from backproof.train.engines.numpy import NumpyEngine
from backproof.train.options import TrainingOptions
from backproof.train.step import Recipe
from networks import sane_case

pytest.importorskip("jax")
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(23, 3))
Y = RANDOM.dirichlet([1, 1], size=23)
ROUNDING = {"float64": 1e-12, "float32": 1e-4}
ENDS = {
    "binary_cross_entropy": "sigmoid",
    "mean_binary_cross_entropy": "sigmoid",
    "cross_entropy": "softmax",
    "kullback_leibler": "softmax",
    "poisson": "exponential",
}


def network(activation="tanh", cost="half_squared_error", **options):
    return Network.dense(
        [3, 5, 4, 2], activation=[activation, activation, ENDS.get(cost, "identity")], cost=cost, seed=1,
        **{"reduction": "mean", **options},
    )  # fmt: skip


def agree(start, x=X, y=Y, *, dtype="float64", **options):
    """The histories of both engines, held against each other."""
    asked = {"epochs": 4, "learning_rate": 0.05, **options, "dtype": dtype}
    one, other = (fit(start, x, y, engine=engine, **asked) for engine in ("numpy", "jax"))
    assert (one.engine, other.engine) == ("numpy", "jax")
    near = ROUNDING[dtype]
    np.testing.assert_allclose(other.costs, one.costs, rtol=near, atol=near)
    assert other.final_cost == pytest.approx(one.final_cost, rel=near, abs=near)
    for key, array in one.network.parameters.items():
        np.testing.assert_allclose(other.network.parameters[key], array, rtol=20 * near, atol=20 * near)
    assert all(array.dtype == dtype for each in (one, other) for array in each.state.parameters.values())
    return one


@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize("activation", [name for name in activations.names() if name != "softmax"])
def test_every_activation(activation, dtype):
    rate = 1e-4 if activation == "exponential" else 0.05  # what grows so fast
    agree(network(activation), batch_size=5, dtype=dtype, learning_rate=rate)


@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize("cost", [name for name in costs.names() if name != "output"])
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_every_cost(cost, reduction, dtype):
    agree(network(cost=cost, reduction=reduction), batch_size=5, dtype=dtype, learning_rate=0.01)


@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize(
    "optimizer",
    [*sorted({*optimisers.names()} - {"lbfgs"}), {"name": "sgd", "momentum": 0.9, "nesterov": True}],
    ids=str,
)
def test_every_optimiser(optimizer, dtype):
    agree(network(), batch_size=7, dtype=dtype, optimizer=optimizer, learning_rate=0.01)


@pytest.mark.parametrize("schedule", schedules.names())
def test_every_schedule(schedule):
    agree(network(), batch_size=7, schedule=schedule, epochs=6)


@pytest.mark.parametrize("options", [
    {"l1": 0.01, "l2": 0.02}, {"l1": 0.3, "l2": 0.5, "share_penalty": True, "batch_size": 5},
    {"l2": 0.5, "share_penalty": True, "batch_size": 5, "sample_weight": RANDOM.uniform(0.1, 2, 23)},
    {"dropout": 0.4}, {"dropout": [0.0, 0.5], "batch_size": 6}, {"clip": 0.05},
    {"sample_weight": RANDOM.uniform(0, 2, 23), "batch_size": 5}, {"class_weight": {0: 3.0}, "batch_size": 5},
    {"class_weight": "balanced"}, {"batches": [[1, 2], [3], [4, 1, 2]]}, {"batch_size": 5, "shuffle": False},
    {"l2": 0.1, "dropout": 0.2, "clip": 0.1, "batch_size": 4, "optimizer": "adam", "sample_weight": np.arange(23.0)},
    {"batch_size": 1}, {"batch_size": 22}, {"batch_size": 23}, {"epochs": 0},
], ids=lambda options: " ".join(options))  # fmt: skip
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_everything_that_a_step_may_do(options, reduction):
    agree(network(cost="cross_entropy", reduction=reduction), **options)


@pytest.mark.parametrize("seed", range(12))
def test_networks_that_somebody_drew(seed):
    case = sane_case(seed)
    agree(case.network, case.x, case.y, epochs=3, learning_rate=case.training.rate, optimizer=case.training.optimiser)


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float16, np.float32, np.float64])
@pytest.mark.parametrize("rows", [30, 40_000])
def test_inputs_of_any_kind_and_size_are_taken_as_they_are(kind, rows):
    x = np.random.default_rng(1).integers(0, 50, (rows, 37)).astype(kind)
    y = x[:, :1] / 50.0
    start = Network.dense([37, 2, 1], activation=["tanh", "identity"], reduction="mean")
    asked = {"epochs": 1, "learning_rate": 1e-3, "batch_size": max(10, rows // 20)}
    agree(start, x, y, **asked)
    agree(start, x, y, epochs=2, learning_rate=1e-3)
    agree(start, x, y, dtype="float32", **asked)
    agree(start, np.asfortranarray(x), y, **asked)
    agree(start, x[1:], y[1:], **asked)


@pytest.mark.parametrize("width", [1, 2, 300])
@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("first", [0, 1, 2])
def test_samples_are_read_in_place_from_wherever_they_begin(width, kind, first):
    from backproof.train.engines import zero_copy

    x = np.random.default_rng(1).integers(0, 200, (100 + first, width)).astype(kind)[first:]
    placed, rows = zero_copy.ZeroCopy.of(x), np.array([[0, 99, 1], [70, 2, 98]], np.int32)
    np.testing.assert_array_equal(placed[rows], x[rows])
    np.testing.assert_array_equal(placed[np.arange(100, dtype=np.int32)], x)
    np.testing.assert_array_equal(placed.whole, x)


def test_epochs_that_go_together_are_those_that_go_alone():
    seen = []
    together = fit(network(), X, Y, epochs=37, batch_size=5, engine="jax", optimizer="adam")
    alone = fit(network(), X, Y, epochs=37, batch_size=5, engine="jax", optimizer="adam",
                callbacks=[lambda run, epochs: seen.append(epochs.number)])  # fmt: skip
    assert seen == list(range(1, 38))
    np.testing.assert_array_equal(together.costs, alone.costs)
    for key, array in together.network.parameters.items():
        np.testing.assert_array_equal(alone.network.parameters[key], array)


class Second(Callback):
    """Looks at the cost of each second epoch, and ends a run in the tenth."""

    needs_every_epoch, last = False, 0

    def max_epochs_ahead(self):
        return 2

    def after(self, run, epochs):
        assert self.last < epochs.number <= self.last + 2
        self.last = epochs.number
        return "the tenth" if self.last == 10 else None


@pytest.mark.parametrize("engine", ["numpy", "jax"])
def test_no_more_epochs_go_together_than_a_watcher_can_do_without(engine):
    asked = {"batch_size": 5, "engine": engine}
    ended = fit(network(), X, Y, epochs=37, callbacks=[Second()], **asked)
    assert ended.stopped == "the tenth"
    np.testing.assert_array_equal(ended.costs, fit(network(), X, Y, epochs=10, **asked).costs)


def test_a_shared_penalty_is_that_of_each_sample():
    shared = fit(network(), X, Y, epochs=3, l1=2.3, l2=0.46, share_penalty=True)
    alone = fit(network(), X, Y, epochs=3, l1=0.1, l2=0.02)
    np.testing.assert_allclose(shared.costs, alone.costs, rtol=1e-14)
    assert shared.final_cost == pytest.approx(alone.final_cost, rel=1e-14)


@pytest.mark.parametrize("engine", ["numpy", "jax"])
def test_a_state_goes_on_as_if_there_had_been_no_break(engine):
    asked = {"batch_size": 5, "engine": engine, "optimizer": "adam", "dropout": 0.2, "schedule": "constant"}
    whole = fit(network(), X, Y, epochs=20, **asked)
    part = fit(network(), X, Y, epochs=8, **asked)
    rest = fit(part.network, X, Y, epochs=20, state=part.state, **asked)
    np.testing.assert_array_equal(np.concatenate([part.costs, rest.costs]), whole.costs)
    for key, array in whole.network.parameters.items():
        np.testing.assert_array_equal(rest.network.parameters[key], array)


def test_auto_takes_numpy_for_what_ends_within_a_compile():
    assert fit(network(), X, Y, epochs=5).engine == "numpy"
    recipe = Recipe.of(network().architecture, TrainingOptions())
    assert engines.choose_engine("auto", recipe, "float64", 10, 23).name == "numpy"
    assert engines.choose_engine("auto", recipe, "float64", 10**6, 23).name == "jax"


def test_auto_counts_with_how_long_a_deep_network_takes_to_be_compiled():
    chosen = {}
    for depth in (2, 200):
        deep = Network.dense([3, *[64] * depth, 1], activation="tanh")
        recipe = Recipe.of(deep.architecture, TrainingOptions())
        steps = int(15 / NumpyEngine.seconds(recipe, 1, 50))
        chosen[depth] = engines.choose_engine("auto", recipe, "float64", steps, 50).name
    assert chosen == {2: "jax", 200: "numpy"}


def test_without_jax_auto_takes_numpy_and_jax_is_an_error(monkeypatch):
    monkeypatch.setattr(engines, "has_jax", lambda: False)
    recipe = Recipe.of(network().architecture, TrainingOptions())
    assert isinstance(engines.choose_engine("auto", recipe, "float64", 10**6, 23), NumpyEngine)
    with pytest.raises(OptionError, match=r"pip install 'backproof\[train\]'"):
        fit(network(), X, Y, engine="jax")
    with pytest.raises(OptionError, match="engine must be"):
        fit(network(), X, Y, engine="torch")


def test_a_state_does_not_hold_where_an_adapting_schedule_is():
    part = fit(network(), X, Y, epochs=2, schedule="adaptive")
    with pytest.raises(OptionError, match="give a checkpoint folder"):
        fit(part.network, X, Y, epochs=4, schedule="adaptive", state=part.state)
