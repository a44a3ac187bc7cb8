"""Training: it learns, says what it did, and does with a batch what a trace says that it does."""

import numpy as np
import pytest

import backproof
from backproof import Network, load
from backproof.errors import OptionError
from backproof.trace import trace_of
from backproof.train import History, fit
from backproof.training import Training
from backproof.wiring import Parameter
from connections import at, explicit
from networks import sane_case

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
OR, XOR = np.array([[0.0], [1.0], [1.0], [1.0]]), np.array([[0.0], [1.0], [1.0], [0.0]])


def network(**options):
    return Network.dense([2, 4, 1], **{"activation": ["tanh", "sigmoid"], "cost": "binary_cross_entropy", **options})


def same(one, other):
    return all(np.array_equal(one.parameters[key], other.parameters[key]) for key in one.parameters)


def test_the_articles_network_learns_or():
    gate = load("or")
    answers = gate.network.fit(gate.x, gate.y, epochs=5000, learning_rate=2).network.predict(gate.x)
    assert answers[gate.y == 1].min() > 0.9
    assert answers[gate.y == 0].max() < 0.1


@pytest.mark.parametrize("optimizer", ["sgd", "adam", {"name": "sgd", "momentum": 0.9}])
def test_xor_is_learned(optimizer):
    rate = {"adam": 0.05}.get(str(optimizer), 0.3)
    history = network().fit(X, XOR, epochs=1500, learning_rate=rate, optimizer=optimizer)
    assert np.abs(history.network.predict(X) - XOR).max() < 0.1


def test_a_history_says_what_each_epoch_cost():
    start, seen = network(), []
    history = start.fit(X, OR, epochs=7, learning_rate=0.1, report=lambda *each: seen.append(each))
    assert isinstance(history, History)
    assert len(history) == len(history.cost) == 7
    assert seen == list(enumerate(history.cost, start=1))
    assert history.cost[0] == trace_of(start, X, OR)["E"]
    assert history.final_cost == trace_of(history.network, X, OR)["E"] < history.cost[-1]
    assert history.cost == sorted(history.cost, reverse=True)
    assert "7 epochs" in repr(history)


def test_training_leaves_the_network_as_it_was():
    start = network()
    before = {key: array.copy() for key, array in start.parameters.items()}
    history = start.fit(X, OR, epochs=3)
    assert all(np.array_equal(before[key], array) for key, array in start.parameters.items())
    assert not same(start, history.network)


def test_no_epoch_and_no_rate_change_nothing():
    start = network()
    for options in ({"epochs": 0}, {"epochs": 3, "learning_rate": 0}):
        assert same(start, start.fit(X, OR, **options).network)
    assert start.fit(X, OR, epochs=0).cost == []
    assert "0 epochs" in repr(start.fit(X, OR, epochs=0))


def test_a_seed_makes_the_same_network_again():
    assert same(network(seed=3), network(seed=3))
    assert not same(network(seed=3), network(seed=4))


def test_shuffling_is_reproducible():
    runs = [network().fit(X, OR, epochs=5, batch_size=2, seed=seed) for seed in (1, 1, 2)]
    assert runs[0].cost == runs[1].cost
    assert same(runs[0].network, runs[1].network)
    assert not same(runs[0].network, runs[2].network)


def test_every_epoch_takes_each_sample_once():
    from backproof.train.batches import Orders

    orders = Orders(7, (), 3, True)
    assert orders.sizes.tolist() == [3, 3, 1]
    seen = orders.of_epochs(0, 2, 5).rows[:, orders.places]
    assert all(sorted(epoch) == list(range(7)) for epoch in seen.tolist())
    assert len({tuple(epoch) for epoch in seen.tolist()}) == 5
    np.testing.assert_array_equal(seen[1:2], orders.of_epochs(0, 3, 1).rows[:, orders.places])


@pytest.mark.parametrize("size", [4, 5, 10**9])
def test_a_batch_of_everything_is_no_batch(size):
    assert same(network().fit(X, OR, epochs=4, batch_size=size).network, network().fit(X, OR, epochs=4).network)


@pytest.mark.parametrize("seed", range(25))
def test_a_run_is_the_update_of_each_trace_after_the_other(seed):
    case = sane_case(seed)
    training = Training(case.training.rate, case.training.optimiser)
    after = trace_of(case.network, case.x, case.y, training, step=3).after
    history = fit(case.network, case.x, case.y, epochs=3, learning_rate=training.rate, optimizer=training.optimiser)
    assert same(history.network, after)
    trace = trace_of(case.network, case.x, case.y, training)
    once = fit(case.network, case.x, case.y, epochs=1, learning_rate=training.rate, optimizer=training.optimiser)
    later = trace_of(once.network, case.x, case.y)
    for name in case.network.wiring.names():
        assert trace[f"new {name}"] == later[name]


def test_shared_parameters_stay_one_and_untrained_ones_stay():
    units = (("x",), ("h1", "h2"), ("o",))
    parameters = (
        Parameter("w", (at(1, 0, 0), at(2, 0, 0))), Parameter("v", (at(1, 0, 1), at(2, 1, 0)), trained=False),
        Parameter("b", (at(1, None, 0), at(1, None, 1), at(2, None, 0))),
    )  # fmt: skip
    arrays = {"W1": [[0.3, 0.7]], "b1": [0.1, 0.1], "W2": [[0.3], [0.7]], "b2": [0.1]}
    drawn = Network.build(
        explicit(units, parameters), ["sigmoid", "sigmoid"], "half_squared_error", arrays, "sum", units
    )
    for optimizer in ("sgd", "adam"):
        after = drawn.fit([[1.0], [0.5]], [[0.0], [1.0]], epochs=50, learning_rate=0.5, optimizer=optimizer).network
        values = after.parameters
        assert values["W1"][0, 0] == values["W2"][0, 0] != 0.3
        assert values["W1"][0, 1] == values["W2"][1, 0] == 0.7
        assert values["b1"][0] == values["b1"][1] == values["b2"][0] != 0.1


def test_a_missing_connection_stays_missing():
    wiring = explicit((("x", "y"), ("o",)), (Parameter("w", (at(1, 0, 0),)),))
    start = Network.build(
        wiring, ["sigmoid"], "half_squared_error", {"W1": [[0.3], [0]], "b1": [0]}, "sum", (("x", "y"), ("o",))
    )
    after = start.fit(X, OR, epochs=20, learning_rate=1).network.parameters
    assert after["W1"][1, 0] == after["b1"][0] == 0
    assert after["w"] != 0.3


def test_an_activation_of_ones_own_trains(own_activations):
    backproof.activation("my_mish", lambda h: h * backproof.tanh(backproof.log(1 + backproof.exp(h))))
    history = network(activation=["my_mish", "sigmoid"]).fit(X, XOR, epochs=1500, learning_rate=0.3)
    assert np.abs(history.network.predict(X) - XOR).max() < 0.1


def test_mean_and_sum_differ_by_the_number_of_samples():
    total = network().fit(X, OR, epochs=6, learning_rate=0.1)
    mean = network(reduction="mean").fit(X, OR, epochs=6, learning_rate=0.4)
    np.testing.assert_allclose(np.array(total.cost) / 4, mean.cost, rtol=1e-12)
    np.testing.assert_allclose(total.network.parameters["W1"], mean.network.parameters["W1"], rtol=1e-12)


def test_what_divergence_says():
    start = Network.dense([2, 1], activation="identity")
    with pytest.raises(backproof.BackproofError, match=r"not finite in epoch \d+.*rate, 50, is probably too high"):
        start.fit(X, OR, epochs=500, learning_rate=50)


def test_a_worksheets_batches_are_the_steps_of_each_epoch():
    batches = ((2, 1), (4,), (3,))
    training = Training(0.5, batches=batches)
    after = trace_of(network(), np.array(X, float), np.array(OR, float), training, step=6).after
    history = fit(network(), X, OR, epochs=2, learning_rate=0.5, batches=batches)
    assert same(history.network, after)


@pytest.mark.parametrize("batches", [((),), ((0,),), ((5,),), ((1, 9),), [1, 2], [["a"]], [[1.0]], [[True]], 3])
def test_batches_of_samples_that_are_not_there_are_an_error(batches):
    with pytest.raises(OptionError, match="batches must hold numbers of samples from 1"):
        fit(network(), X, OR, epochs=1, batches=batches)


def test_batches_and_a_batch_size_do_not_go_together():
    with pytest.raises(OptionError, match="give only one of them"):
        fit(network(), X, OR, epochs=1, batches=[[1, 2]], batch_size=2)


def test_a_networks_arrays_are_read_only_before_and_after_training():
    history = network().fit(X, OR, epochs=1)
    for found in (network(), history.network, load("or").network):
        for array in found.parameters.values():
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 99
    with pytest.raises(ValueError, match="read-only"):
        load("or").network.parameters["w1"][()] = 99


def test_what_is_shown_of_a_network_and_its_history():
    sheet = load("or")
    assert repr(sheet.network) == "Network(2-2-1, sigmoid, sigmoid, half_squared_error, 9 parameters)"
    assert repr(Network.dense([784, 30])) == "Network(784-30, sigmoid, half_squared_error, 23,550 parameters)"
    assert repr(sheet.trace()) == f"Trace(step 1, samples 1 to 4, {sheet.network!r})"
    assert "nan" not in repr(network().fit(X, OR, epochs=0))


def test_a_network_from_python_is_explained():
    sheet = load("or")
    mine = sheet.network.trace(sheet.x.tolist(), sheet.y.tolist(), learning_rate=0.01, sample=2, step=3)
    assert mine["dE/dw1"] == sheet.trace(step=3, sample=2)["dE/dw1"]
    assert mine.explain("dE/dw1").value == mine["dE/dw1"]
    assert sheet.network.trace([1, 0], [1])["a[o]"] == sheet.trace(sample=2)["a[o]"]


@pytest.mark.parametrize(("options", "says"), [
    ({"learning_rate": -1}, "learning_rate must"), ({"learning_rate": "fast"}, "learning_rate must"),
    ({"step": 0}, "step counts from 1, received 0"), ({"step": "2"}, "step counts from 1, received '2'"),
    ({"sample": 5}, "sample 5 is not in step 1, which uses samples 1 to 4"), ({"sample": True}, "sample counts from 1"),
    ({"step": 2}, "no learning rate"),
])  # fmt: skip
def test_what_cannot_be_traced(options, says):
    with pytest.raises(OptionError, match=says):
        network().trace(X, OR, **options)
