"""Many networks at once: each is what it would be alone, on either engine, tiny or not."""

import numpy as np
import pytest

from backproof import Network, load
from backproof.errors import OptionError
from backproof.train import fit
from backproof.train.many import draw_start
from backproof.train.options import TrainingOptions
from networks import sane_case

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.3, 0.7]])
NETWORKS = {
    "tiny": Network.dense([2, 3, 2], activation=["tanh", "softmax"], cost="cross_entropy"),
    "wide": Network.dense([2, 20, 2], activation=["relu", "sigmoid"], cost="binary_cross_entropy", reduction="mean"),
    "deep": Network.dense([2, 3, 18, 17, 2], activation=["elu", "gelu", "tanh", "identity"], reduction="mean"),
    "too large for lanes": Network.dense([2, 70, 70, 2], activation=["tanh", "tanh", "identity"], reduction="mean"),
}


def alike(one, other, near=1e-12):
    assert len(one.members) == len(other.members)
    for mine, theirs in zip(one.members, other.members, strict=True):
        np.testing.assert_allclose(mine.costs, theirs.costs, rtol=near, atol=near)
        assert mine.final_cost == pytest.approx(theirs.final_cost, rel=near)
        for key, array in mine.network.parameters.items():
            np.testing.assert_allclose(theirs.network.parameters[key], array, rtol=100 * near, atol=100 * near)


@pytest.mark.parametrize("options", [
    {"networks": 5}, {"networks": 4, "batch_size": 3},
    {"vary": {"learning_rate": [0.1, 0.2, 0.3], "l2": [0, 0.1, 0.2]}},
    {"networks": 3, "batch_size": 3, "dropout": 0.3, "optimizer": "adam"}, {"networks": 1},
    {"vary": {"clip": [0.1, 0.5], "seed": [7, 7]}, "l1": 0.01}, {"networks": 2, "sample_weight": [1, 2, 0, 1]},
], ids=str)  # fmt: skip
@pytest.mark.parametrize("kind", NETWORKS)
def test_both_engines_train_the_same(kind, options):
    pytest.importorskip("jax")
    asked = {"epochs": 15, **({} if "learning_rate" in options.get("vary", {}) else {"learning_rate": 0.05}), **options}
    one, other = (fit(NETWORKS[kind], X, Y, engine=engine, **asked) for engine in ("numpy", "jax"))
    alike(one, other)
    assert other.engine == "jax"


@pytest.mark.parametrize("options", [{"batch_size": 700}, {"batch_size": 4000, "seed": 3}, {}], ids=str)
def test_samples_that_stay_where_they_are(options):
    pytest.importorskip("jax")
    x = np.random.default_rng(2).normal(size=(15_000, 37))
    start = Network.dense([37, 2, 1], activation=["tanh", "identity"], reduction="mean")
    asked = {"epochs": 2, "networks": 2, **options}
    one, other = (fit(start, x, x[:, :1], engine=engine, **asked) for engine in ("numpy", "jax"))
    alike(one, other)


def test_each_is_what_it_would_be_alone():
    many = fit(NETWORKS["tiny"], X, Y, epochs=20, networks=3, seed=5, batch_size=3)
    first = fit(NETWORKS["tiny"], X, Y, epochs=20, seed=5, batch_size=3)
    np.testing.assert_array_equal(many.members[0].costs, first.costs)
    third = fit(draw_start(NETWORKS["tiny"], TrainingOptions(seed=7)), X, Y, epochs=20, seed=7, batch_size=3)
    np.testing.assert_array_equal(many.members[2].costs, third.costs)
    assert many.final_cost == min(each.final_cost for each in many.members)
    assert many.cost == next(each.cost for each in many.members if each.final_cost == many.final_cost)


@pytest.mark.parametrize("seed", range(8))
def test_shared_missing_and_untrained_parameters_stay_so(seed):
    pytest.importorskip("jax")
    case = sane_case(seed)
    asked = {"epochs": 3, "learning_rate": case.training.rate, "networks": 3}
    one, other = (fit(case.network, case.x, case.y, engine=engine, **asked) for engine in ("numpy", "jax"))
    alike(one, other, 1e-9)
    for history in other.members:
        for name in case.network.wiring.names():
            parameter = case.network.parameter(name)
            values = {float(history.network.parameters[use.array][use.index]) for use in parameter.places}
            assert len(values) == 1
            if not parameter.trained:
                place = parameter.places[0]
                assert values == {float(case.network.parameters[place.array][place.index])}


@pytest.mark.parametrize("engine", ["numpy", "jax"])
def test_one_that_diverges_ends_and_the_others_go_on(engine):
    if engine == "jax":
        pytest.importorskip("jax")
    start = Network.dense([2, 1], activation="identity")
    history = fit(start, X, Y[:, :1], epochs=300, vary={"learning_rate": [0.01, 50.0, 0.05]}, engine=engine)
    assert [bool(each.stopped) for each in history.members] == [False, True, False]
    assert "not finite in epoch" in history.members[1].stopped
    assert len(history.members[1]) < 300 == len(history.members[2])
    assert all(np.isfinite(each.network.parameters["W1"]).all() for each in history.members)
    assert history.final_cost == history.members[2].final_cost


def test_the_best_is_the_best_on_what_is_held_out():
    held = (X[:2], Y[:2])
    history = fit(NETWORKS["tiny"], X[2:], Y[2:], epochs=30, networks=4, validation=held)
    costs = [each.metrics["validation_cost"][-1] for each in history.members]
    assert history.metrics["validation_cost"][-1] == min(costs)
    assert len(set(costs)) == 4


@pytest.mark.parametrize(("options", "says"), [
    ({"networks": 0}, "networks must be a whole number from 1"), ({"networks": 2.5}, "networks must be"),
    ({"vary": {"learning_rates": [1]}}, "Did you mean 'learning_rate'"), ({"vary": {"seed": []}}, "a list of seeds"),
    ({"vary": {"seed": [1, 2], "l2": [0.1]}}, "lists of different lengths"),
    ({"vary": {"seed": "ab"}}, "a list of seeds"),
    ({"networks": 3, "vary": {"seed": [1, 2]}}, "lists of different lengths"),
    ({"networks": 2, "patience": 3}, "one by one"),
    ({"networks": 2, "callbacks": [print]}, "one by one"), ({"vary": {"learning_rate": [-1.0]}}, "learning_rate must"),
])  # fmt: skip
def test_what_cannot_be_varied(options, says):
    with pytest.raises(OptionError, match=says):
        fit(NETWORKS["tiny"], X, Y, epochs=1, **options)


def test_restarts_of_the_articles_network_find_or():
    sheet = load("or")
    history = fit(sheet.network, sheet.x, sheet.y, epochs=3000, learning_rate=2.0, networks=8)
    assert len(history.members) == 8
    assert history.final_cost < 0.01


def test_every_network_needs_its_number():
    with pytest.raises(OptionError, match="every network needs a clip"):
        fit(NETWORKS["tiny"], X, Y, epochs=1, vary={"clip": [None, 1.0]})


@pytest.mark.parametrize("engine", ["numpy", "jax"])
def test_a_report_hears_of_networks_that_have_all_diverged(engine):
    heard = []
    history = fit(NETWORKS["deep"], X, Y, epochs=9, networks=2, learning_rate=1e200, engine=engine,
                  report=lambda number, cost: heard.append(cost))  # fmt: skip
    assert all("diverged" in each.stopped for each in history.members)
    assert not np.isnan(heard).any()


@pytest.mark.parametrize("options", [{"engine": "numpy"}, {"optimizer": {"name": "lbfgs", "line_search": True}}],
                         ids=str)  # fmt: skip
def test_ctrl_c_ends_all_of_them(options):
    numbers = []

    def report(number, cost):
        numbers.append(number)
        if len(numbers) == 3:
            raise KeyboardInterrupt

    history = fit(NETWORKS["tiny"], X, Y, epochs=50, networks=5, report=report, **options)
    assert numbers == [1, 2, 3]
    assert history.stopped == "interrupted"
    assert len(history.members) == 1


@pytest.mark.parametrize("engine", ["numpy", "jax"])
def test_each_knows_the_network_that_it_started_from(engine):
    if engine == "jax":
        pytest.importorskip("jax")
    history = fit(NETWORKS["tiny"], X, Y, epochs=3, networks=3, seed=5, engine=engine)
    assert history.members[0].start is NETWORKS["tiny"]
    third = draw_start(NETWORKS["tiny"], TrainingOptions(seed=7)).parameters
    assert all(np.array_equal(third[key], array) for key, array in history.members[2].start.parameters.items())
