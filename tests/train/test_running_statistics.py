"""Batch norm in training and in prediction: batch statistics, running ones, and how a step moves these."""

import numpy as np
import pytest

from backproof.network import Network, same_network

torch = pytest.importorskip("torch")

LAYERS = [
    {"name": "c", "kind": "conv2d", "channels": 3, "kernel": 2},
    {"name": "n", "kind": "batch_norm", "epsilon": 1e-4, "momentum": 0.3, "activation": "tanh"},
    {"name": "f", "kind": "flatten"},
    {"name": "d", "kind": "dense", "units": 4},
    {"name": "m", "kind": "batch_norm", "activation": "tanh"},
    {"name": "o", "kind": "dense", "units": 2},
]
RNG = np.random.default_rng(3)
X, Y = RNG.normal(1.0, 2.0, (7, 2, 3, 4)), RNG.normal(size=(7, 2))


def make_network():
    return Network.graph([2, 3, 4], LAYERS, cost="half_squared_error", seed=1, reduction="mean")


def make_module(network):
    """The same network in PyTorch, with its parameters."""
    module = torch.nn.Sequential(
        torch.nn.Conv2d(2, 3, 2), torch.nn.BatchNorm2d(3, 1e-4, 0.3), torch.nn.Tanh(), torch.nn.Flatten(),
        torch.nn.Linear(18, 4), torch.nn.BatchNorm1d(4), torch.nn.Tanh(), torch.nn.Linear(4, 2),
    ).double()  # fmt: skip
    for name, place in PLACES.items():
        for role, array in module[place].state_dict().items():
            if role != "num_batches_tracked":
                mine = torch.tensor(np.array(network.parameters[f"{name}.{role}"]))
                array.copy_(mine.T if isinstance(module[place], torch.nn.Linear) and role == "weight" else mine)
    return module


PLACES = {"c": 0, "n": 1, "d": 4, "m": 5, "o": 7}


@pytest.mark.parametrize("engine", ["numpy", "jax"])
@pytest.mark.parametrize("optimizer", ["sgd", {"name": "adamw", "decay": 0.1}])
@pytest.mark.parametrize("batch_size", [7, 4])
def test_training_and_prediction_are_those_of_pytorch(engine, optimizer, batch_size):
    if engine == "jax":
        pytest.importorskip("jax")
    network = make_network()
    module = make_module(network)
    history = network.fit(X, Y, epochs=4, learning_rate=0.05, batch_size=batch_size, shuffle=False, engine=engine,
                          optimizer=optimizer, dtype="float64")  # fmt: skip
    rule = torch.optim.SGD(module.parameters(), 0.05) if optimizer == "sgd" else torch.optim.AdamW(
        module.parameters(), 0.05, weight_decay=0.1)  # fmt: skip
    module.train()
    for _ in range(4):
        for start in range(0, 7, batch_size):
            rows = slice(start, start + batch_size)
            rule.zero_grad()
            (0.5 * (module(torch.tensor(X[rows])) - torch.tensor(Y[rows])) ** 2).sum(1).mean().backward()
            rule.step()
    trained = history.network
    if optimizer == "sgd":  # decay of biases is a matter of taste
        for name, place in PLACES.items():
            for role, array in module[place].state_dict().items():
                if role != "num_batches_tracked":
                    theirs = array.numpy().T if role == "weight" and array.ndim == 2 else array.numpy()
                    assert np.allclose(trained.parameters[f"{name}.{role}"], theirs, rtol=1e-9, atol=1e-10), (
                        name,
                        role,
                    )
        module.eval()
        assert np.allclose(trained.predict(X), module(torch.tensor(X)).detach().numpy(), rtol=1e-9, atol=1e-10)
    else:
        assert not np.allclose(trained.parameters["m.running_mean"], 0)
        assert np.allclose(trained.predict(X[:1]), trained.predict(X)[:1], rtol=1e-12)


def test_a_prediction_does_not_depend_on_the_samples_beside_it():
    network = make_network()
    assert np.allclose(network.predict(X)[2:3], network.predict(X[2:3]), rtol=1e-13)
    predicting = network.for_prediction()
    assert same_network(predicting.for_prediction(), predicting)
    assert not network.for_prediction().architecture.couples_samples


def test_every_new_running_statistic_is_explained():
    trace = make_network().trace(X, Y, learning_rate=0.1)
    for role in ("running_mean", "running_var"):
        for entry in range(3):
            name = f"n.{role}[{entry}]"
            derivation = trace.explain(f"new {name}")
            assert derivation.value == trace[f"new {name}"] == pytest.approx(trace.after.parameters[f"n.{role}"][entry])
            assert trace[f"dE/d{name}"] == 0.0
            assert "without a gradient" in " ".join(str(derivation).split())
            whole = [line.value for line in derivation.lines if line.kind in ("chain_rule", "numbers", "value")]
            assert whole == pytest.approx([derivation.value] * len(whole), rel=1e-12)


def test_a_step_of_a_trace_and_of_a_run_are_the_same():
    network = make_network()
    history = network.fit(X, Y, epochs=3, learning_rate=0.05, engine="numpy")
    after = network.trace(X, Y, learning_rate=0.05, step=3).after
    for key, array in history.network.parameters.items():
        assert np.allclose(array, after.parameters[key], rtol=1e-10, atol=1e-12)


def test_a_stored_network_keeps_its_running_statistics(tmp_path):
    network = make_network().fit(X, Y, epochs=2, learning_rate=0.05).network
    network.save(tmp_path / "model.safetensors")
    again = Network.load(tmp_path / "model.safetensors")
    assert np.array_equal(again.predict(X), network.predict(X))


def test_parameters_without_running_statistics_start_with_fresh_ones():
    network = make_network()
    arrays = {key: array for key, array in network.parameters.items() if "running" not in key}
    again = Network.of(network.architecture, arrays)
    assert np.array_equal(again.parameters["n.running_var"], np.ones(3))


def test_running_statistics_that_are_used_in_training_stay_as_they_are():
    layers = [{**layer, "running": True} if layer["kind"] == "batch_norm" else layer for layer in LAYERS]
    network = Network.graph([2, 3, 4], layers, cost="half_squared_error", seed=1)
    trained = network.fit(X, Y, epochs=2, learning_rate=0.01, clip=1.0).network
    assert np.array_equal(trained.parameters["n.running_mean"], network.parameters["n.running_mean"])
    assert not np.array_equal(trained.parameters["n.weight"], network.parameters["n.weight"])


def test_a_line_search_moves_running_statistics_too():
    layers = [layer for layer in LAYERS if layer["name"] != "m"]
    network = Network.graph([2, 3, 4], layers, cost="half_squared_error", seed=1)
    options = {"optimizer": {"name": "lbfgs", "line_search": True}, "learning_rate": 1.0}
    trained = network.fit(X, Y, epochs=30, **options).network
    seen = trained.trace(X, Y)
    for channel in range(3):
        assert trained.parameters["n.running_mean"][channel] == pytest.approx(
            seen[f"batch_mean[n[{channel},0,0]]"], rel=0.1, abs=0.1
        )
