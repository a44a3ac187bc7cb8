"""The slips of hand-written layers in the gradients of a whole graph: named, with the layer's name."""

import numpy as np
import pytest

from backproof import Network, check_gradient
from backproof.checking.altered_layer import make_tape
from backproof.checking.mistake import every_mistake

X = np.random.default_rng(3).normal(size=(4, 2, 5, 5))
Y = np.eye(3)[[0, 2, 1, 0]]


@pytest.fixture(scope="module")
def network():
    layers = [
        {"name": "c", "kind": "conv2d", "channels": 2, "kernel": 3, "stride": 2, "padding": 1},
        {"name": "n", "kind": "batch_norm", "activation": "tanh"},
        {"name": "d", "kind": "conv2d", "channels": 2, "kernel": 2, "padding": 1, "activation": "tanh"},
        {"name": "f", "kind": "flatten"},
        {"name": "o", "kind": "dense", "units": 3, "activation": "softmax"},
    ]
    network = Network.graph([2, 5, 5], layers, cost="cross_entropy", reduction="mean", seed=1)
    rng = np.random.default_rng(1)
    moved = {key: array + rng.normal(0.2, 0.5, array.shape) for key, array in network.parameters.items()}
    return network.with_parameters({key: abs(moved[key]) if "running" in key else moved[key] for key in moved})


def differentiate(network, slip=""):
    """The gradients by PyTorch, in which a slip of the batch norm is a `detach`."""
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    p = {key: torch.tensor(np.array(array), requires_grad=True) for key, array in network.parameters.items()}
    c = functional.conv2d(torch.tensor(X), p["c.weight"], p["c.bias"], stride=2, padding=1)
    mean, variance = c.mean((0, 2, 3), keepdim=True), c.var((0, 2, 3), unbiased=False, keepdim=True)
    mean = mean.detach() if slip in ("mean", "both") else mean
    variance = variance.detach() if slip in ("variance", "both") else variance
    hat = (c - mean) / (variance + 1e-5).sqrt()
    gamma = p["n.weight"].reshape(1, -1, 1, 1)
    scaled = hat * gamma
    if slip == "gamma":
        scaled = hat + (hat * (gamma - 1)).detach() + hat.detach() * (gamma - gamma.detach())
    n = torch.tanh(scaled + p["n.bias"].reshape(1, -1, 1, 1))
    d = torch.tanh(functional.conv2d(n, p["d.weight"], p["d.bias"], padding=1))
    h = d.flatten(1) @ p["o.weight"] + p["o.bias"]
    functional.cross_entropy(h, torch.tensor(Y)).backward()
    return {key: each.grad.numpy() for key, each in p.items() if "running" not in key}


@pytest.mark.parametrize(
    ("slip", "id", "where"),
    [
        ("mean", "statistic_taken_constant", "layer n"),
        ("variance", "statistic_taken_constant", "layer n"),
        ("both", "statistic_taken_constant", "layer n"),
        ("gamma", "gain_omitted", "layer n"),
    ],
)
def test_slips_of_a_batch_norm_are_named_with_its_layer(network, slip, id, where):
    report = check_gradient(differentiate(network, slip), network, X, Y)
    assert not report.right
    assert (report.mistakes[0].id, report.mistakes[0].where) == (id, where), report.mistakes


@pytest.mark.parametrize(
    ("key", "change", "id", "where"),
    [
        ("c.weight", lambda g: g[..., ::-1, ::-1], "kernel_flipped", "layer c"),
        ("d.weight", lambda g: g[..., ::-1, ::-1], "kernel_flipped", "layer d"),
        ("c.weight", lambda g: g.swapaxes(0, 1), "channel_index_swapped", "layer c"),
        ("d.bias", lambda g: g / 4, "bias_gradient_wrong", "layer d"),
    ],
)
def test_slips_of_a_convolution_are_named_with_its_layer(network, key, change, id, where):
    right = differentiate(network)
    report = check_gradient({**right, key: change(right[key])}, network, X, Y)
    assert not report.right
    assert id in [each.id for each in report.mistakes if each.where == where], report.mistakes


def test_the_steps_of_every_layer_make_what_the_layer_makes(network):
    trace = network.trace(X, Y)
    architecture = network.architecture
    for number, layer in enumerate(architecture.layers[1:], start=1):
        tape = make_tape(layer.works, trace.forward.received(architecture, number), layer.pick(network.parameters))
        if tape is not None:
            np.testing.assert_allclose(tape.made[0].value, trace.forward.h[number], rtol=1e-12, atol=1e-13)
            assert any(True for mistake in every_mistake() for _ in mistake.in_layer(tape))


@pytest.mark.parametrize(("slip", "id"), [("evenly", "mask_omitted"), ("stride", "stride_forgotten")])
def test_slips_of_a_max_pooling_are_named_with_its_layer(slip, id):
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    layers = [
        {"name": "c", "kind": "conv2d", "channels": 2, "kernel": 2, "activation": "tanh"},
        {"name": "p", "kind": "max_pool2d", "size": 2},
        {"name": "f", "kind": "flatten"},
        {"name": "o", "kind": "dense", "units": 3, "activation": "softmax"},
    ]
    network = Network.graph([2, 5, 5], layers, cost="cross_entropy", reduction="mean", seed=2)
    p = {key: torch.tensor(np.array(array), requires_grad=True) for key, array in network.parameters.items()}
    c = torch.tanh(functional.conv2d(torch.tensor(X), p["c.weight"], p["c.bias"]))
    largest, wrong = functional.max_pool2d(c, 2), functional.avg_pool2d(c, 2)
    if slip == "stride":  # what belongs to the windows two apart goes to those one apart
        places = functional.max_pool2d(c, 2, return_indices=True)[1]
        rows, columns = places // 4 - torch.arange(2)[:, None], places % 4 - torch.arange(2)
        wrong = c.flatten(2).gather(2, (rows * 4 + columns).flatten(2)).reshape(largest.shape)
    pooled = wrong + (largest - wrong).detach()
    functional.cross_entropy(pooled.flatten(1) @ p["o.weight"] + p["o.bias"], torch.tensor(Y)).backward()
    report = check_gradient({key: each.grad.numpy() for key, each in p.items()}, network, X, Y)
    assert not report.right
    assert (report.mistakes[0].id, report.mistakes[0].where) == (id, "layer p"), report.mistakes
