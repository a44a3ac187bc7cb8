"""Graphs of layers saved, read again, trained and resumed."""

import json

import numpy as np
import pytest

from backproof import Network
from backproof.errors import ModelError
from backproof.network import same_network
from graphs import random_graph


@pytest.mark.parametrize("seed", range(20))
def test_what_is_saved_is_read_again(tmp_path, seed):
    network = random_graph(seed).network
    network.save(tmp_path / "g.safetensors")
    again = Network.load(tmp_path / "g.safetensors")
    assert same_network(again, network)
    assert again.architecture == network.architecture


@pytest.mark.parametrize(("before", "after"), [
    ('"dense"', '"dence"'), ('"units": 2', '"units": 3'), ('"from": ["x"]', '"from": ["q"]'), ('"outputs"', '"output"'),
    ('"kind"', '"kin"'), ('"inputs": [2]', '"inputs": [-2]'),
])  # fmt: skip
def test_a_damaged_graph_is_refused(tmp_path, before, after):
    from safetensors.numpy import load_file
    from safetensors.numpy import save_file as write

    layers = [
        {"name": "p", "kind": "dense", "units": 2},
        {"name": "q", "kind": "dense", "units": 2, "from": "x"},
        {"name": "s", "kind": "add", "from": ["p", "q"]},
    ]
    Network.graph(2, layers, cost="half_squared_error").save(tmp_path / "g.safetensors")
    raw = (tmp_path / "g.safetensors").read_bytes()
    size = int.from_bytes(raw[:8], "little")
    metadata = json.loads(raw[8 : 8 + size])["__metadata__"]
    changed = {
        key: text.replace(before, after).replace(before.replace(" ", ""), after) for key, text in metadata.items()
    }
    assert changed != metadata
    write(load_file(tmp_path / "g.safetensors"), tmp_path / "h.safetensors", metadata=changed)
    with pytest.raises(ModelError):
        Network.load(tmp_path / "h.safetensors")


@pytest.mark.parametrize("engine", ["numpy", "jax"])
def test_a_graph_trains_alike_on_both_engines_and_goes_on_from_a_checkpoint(tmp_path, engine):
    if engine == "jax":
        pytest.importorskip("jax")
    layers = [
        {"name": "c", "kind": "conv2d", "channels": 2, "kernel": 2, "bias": False},
        {"name": "n", "kind": "batch_norm"},
        {"name": "p", "kind": "prelu"},
        {"name": "m", "kind": "max_pool2d", "size": 2, "stride": 1},
        {"name": "f", "kind": "flatten"},
        {"name": "o", "kind": "dense", "units": 2},
    ]
    network = Network.graph([1, 4, 4], layers, cost="half_squared_error", seed=1)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(6, 1, 4, 4)), rng.normal(size=(6, 2))
    options = {"learning_rate": 0.02, "optimizer": "adam", "engine": engine, "batch_size": 2, "dropout": 0.1}
    whole = network.fit(x, y, epochs=12, **options)
    network.fit(x, y, epochs=5, checkpoint=tmp_path / "run", **options)
    resumed = network.fit(x, y, epochs=12, checkpoint=tmp_path / "run", **options)
    reference = network.fit(x, y, epochs=12, **{**options, "engine": "numpy"})
    assert whole.cost[-1] < whole.cost[0]
    for key, array in whole.network.parameters.items():
        assert np.array_equal(array, resumed.network.parameters[key])
        assert np.allclose(array, reference.network.parameters[key], rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 2},
        {"batch_size": 3},
        {"batch_size": 2, "dropout": 0.2},
        {"batches": [[1], [2, 3, 4], [5, 1]]},
        {"networks": 2, "batch_size": 2},
    ],
)
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_samples_that_only_fill_up_a_step_do_not_reach_the_statistics_of_a_batch(options, reduction):
    pytest.importorskip("jax")
    layers = [
        {"name": "p", "kind": "dense", "units": 3},
        {"name": "n", "kind": "batch_norm", "activation": "tanh"},
        {"name": "o", "kind": "dense", "units": 1},
    ]
    network = Network.graph(2, layers, cost="half_squared_error", reduction=reduction)
    x, y = np.random.default_rng(0).normal(size=(5, 2)), np.ones((5, 1))
    jax, numpy = (
        network.fit(x, y, epochs=4, learning_rate=0.05, engine=engine, **options).network.parameters
        for engine in ("jax", "numpy")
    )
    for key, array in jax.items():
        assert np.allclose(array, numpy[key], rtol=1e-10, atol=1e-12)
