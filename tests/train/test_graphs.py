"""Training of graphs of layers: the steps of PyTorch's optimisers, pictures, many samples, runs that diverge."""

import numpy as np
import pytest
import torch

from backproof.errors import Diverged
from backproof.network import Network
from graphs import random_graph
from torch_graphs import TorchGraph

STEPS, RATE = 4, 0.02
OPTIMISERS = {
    "sgd": ({"name": "sgd", "momentum": 0.9}, lambda group: torch.optim.SGD(group, RATE, momentum=0.9)),
    "adam": ("adam", lambda group: torch.optim.Adam(group, RATE, eps=1e-8)),
}
PICTURES = [
    {"name": "c", "kind": "conv2d", "channels": 2, "kernel": 3, "activation": "tanh"},
    {"name": "f", "kind": "flatten"},
    {"name": "o", "kind": "dense", "units": 1},
]


def train_in_torch(graph, make_optimiser):
    """The parameters after some steps of PyTorch's own optimiser on all samples."""
    network = graph.network
    leaves = {key: torch.tensor(array, requires_grad=True) for key, array in network.parameters.items()}
    optimiser = make_optimiser(list(leaves.values()))
    for _ in range(STEPS):
        here = network.with_parameters({key: leaf.detach().numpy() for key, leaf in leaves.items()})
        passed = TorchGraph(here, graph.x, graph.y).differentiate()
        for key, leaf in leaves.items():
            found = passed.parameters[key].grad
            leaf.grad = torch.zeros_like(leaf) if found is None else found
        optimiser.step()
    return {key: leaf.detach().numpy() for key, leaf in leaves.items()}


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize(("engine", "seeds"), [("numpy", range(100, 130)), ("jax", range(100, 104))])
def test_a_few_steps_on_a_random_graph_are_those_of_pytorch(engine, seeds, optimiser):
    if engine == "jax":
        pytest.importorskip("jax")
    given, make = OPTIMISERS[optimiser]
    for seed in seeds:
        graph = random_graph(seed)
        if any(layer.kind is not None and layer.kind.name == "dropout" for layer in graph.network.architecture.layers):
            continue  # each step has a mask of its own
        history = graph.network.fit(graph.x, graph.y, epochs=STEPS, learning_rate=RATE, optimizer=given, engine=engine)
        for key, array in train_in_torch(graph, make).items():
            if ".running_" in key:  # which no optimiser moves
                continue
            assert np.allclose(history.network.parameters[key], array, rtol=1e-8, atol=1e-10), (seed, key)


@pytest.mark.parametrize("engine", ["numpy", "jax"])
def test_pictures_train_alike_in_rows_and_in_shape_however_many_they_are(engine):
    if engine == "jax":
        pytest.importorskip("jax")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(1300, 1, 32, 32)).astype("f"), rng.normal(size=(1300, 1)).astype("f")  # 5 MB: not copied
    network = Network.graph([1, 32, 32], PICTURES, cost="half_squared_error", reduction="mean")
    options = {"epochs": 1, "batch_size": 650, "learning_rate": 0.01, "dtype": "float32"}
    shaped, rows = (network.fit(each, y, engine=engine, **options) for each in (x, x.reshape(1300, -1)))
    slow = network.fit(x, y, **{**options, "dtype": "float64", "engine": "numpy"})
    for key, array in shaped.network.parameters.items():
        assert np.array_equal(array, rows.network.parameters[key])
        assert np.allclose(array, slow.network.parameters[key], atol=1e-4)


def test_a_graph_that_diverges_says_in_which_layer():
    x, y = np.ones((2, 1, 4, 4)), np.ones((2, 1))
    network = Network.graph([1, 4, 4], PICTURES, cost="half_squared_error")
    with pytest.raises(Diverged, match=r"update of [cfo]\.|layer '[cfo]'|dE/d[cfo]\.|cost"):
        network.fit(x, y, epochs=60, learning_rate=1e30)
    linear = Network.graph([1, 4, 4], [{**PICTURES[0], "activation": "relu"}, *PICTURES[1:]], cost="half_squared_error")
    with pytest.raises(Diverged, match=r"An input of 1e\+200 in row 1"):
        linear.fit(1e200 * x, y, epochs=3, learning_rate=1.0)


def test_a_run_of_a_graph_with_options_and_several_outputs_is_stored_and_loaded(tmp_path):
    layers = [
        {"name": "c", "kind": "conv2d", "channels": 4, "kernel": [2, 3], "stride": 2, "padding": 1, "groups": 2},
        {"name": "p", "kind": "avg_pool2d", "size": 2, "stride": 1, "count_include_pad": False, "padding": [1, 0]},
        {"name": "s", "kind": "scale", "factor": 0.5, "activation": {"name": "leaky_relu", "slope": 0.2}},
        {"name": "f", "kind": "flatten"},
        {"name": "o1", "kind": "dense", "units": 2},
        {"name": "o2", "kind": "dense", "units": 1, "from": "f", "bias": False},
    ]
    network = Network.graph([2, 5, 6], layers, cost="half_squared_error", outputs=["o2", "o1"], reduction="mean")
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(6, 2, 5, 6)), rng.normal(size=(6, 3))
    options = {"learning_rate": 0.05, "optimizer": "adam", "batch_size": 4, "schedule": "cosine"}
    whole = network.fit(x, y, epochs=4, checkpoint=tmp_path / "whole", **options)
    with pytest.raises(RuntimeError):
        network.fit(x, y, epochs=4, checkpoint=tmp_path / "broken", callbacks=[fail_after(2)], **options)
    resumed = network.fit(x, y, epochs=4, checkpoint=tmp_path / "broken", **options)
    loaded = Network.load(tmp_path / "broken")
    assert loaded.architecture == network.architecture
    for key, array in whole.network.parameters.items():
        assert np.array_equal(array, resumed.network.parameters[key])
        assert np.array_equal(array, loaded.parameters[key])
    assert np.array_equal(loaded.predict(x), whole.network.predict(x.reshape(6, -1)))


def fail_after(number):
    def fail(run, epochs):
        if epochs.number >= number:
            raise RuntimeError

    return fail
