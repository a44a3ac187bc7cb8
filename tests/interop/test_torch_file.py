"""Networks as PyTorch modules in files of their own: what such a file computes is what the network computes."""

import importlib.util

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from backproof import Network, activation, exp
from backproof.errors import OptionError
from backproof.interop.torch_file import write_module
from backproof.operations.activation import activations
from backproof.operations.layer import kinds
from graphs import random_graph
from layer_cases import KINDS, make_layer

torch = pytest.importorskip("torch")
RNG = np.random.default_rng(0)


def import_file(path):
    """A Python file as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compute(network, x, folder, dtype="float64"):
    """The text that is written, and what it computes."""
    text, arrays = write_module(network, "net.safetensors", dtype=dtype)
    save_file(arrays, folder / "net.safetensors")
    (folder / "net.py").write_text(text, "utf-8")
    with torch.no_grad():
        found = import_file(folder / "net.py").load()(torch.tensor(x.astype(dtype)))
    parts = found if isinstance(found, tuple) else (found,)
    return text, np.concatenate([part.numpy().reshape(len(x), -1) for part in parts], axis=1)


def agrees(network, x, folder):
    text, found = compute(network, x, folder)
    expected = network.predict(x)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-7 * max(1.0, np.abs(expected).max()))
    return text


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_random_networks_compute_in_pytorch_what_they_compute_here(tmp_path_factory, seed):
    graph = random_graph(seed, normalised=False)
    agrees(graph.network, graph.x, tmp_path_factory.mktemp("torch"))


@pytest.mark.parametrize("name", activations.names())
def test_every_activation_is_written(tmp_path, name):
    network = Network.dense([3, 5, 2], activation=name, seed=1)
    agrees(network, RNG.normal(0, 1 if name == "exponential" else 4, (6, 3)), tmp_path)


@pytest.mark.parametrize(
    ("name", "options", "shapes"),
    [(name, *case) for name, cases in KINDS.items() if name in kinds.names() for case in cases],
)
def test_every_kind_is_written(tmp_path, name, options, shapes):
    network, x = make_layer(name, options, shapes)
    agrees(network, x.astype(float), tmp_path)


def test_a_chain_is_a_plain_sequence_with_names(tmp_path):
    network = Network.dense([2, 3, 1], activation=["tanh", {"name": "leaky_relu", "slope": 0.2}])
    text = agrees(network, RNG.normal(size=(4, 2)), tmp_path)
    assert 'nn.Sequential(OrderedDict([\n        ("l1", nn.Linear(2, 3, bias=True)),\n        ("l1_tanh"' in text
    assert "nn.LeakyReLU(0.2)" in text
    assert "backproof" not in text


def test_an_activation_of_ones_own_is_written_as_its_formula(tmp_path):
    own = activation("torch_bump", lambda h: exp(-(h**2)) + h / 3)
    agrees(Network.dense([3, 4, 1], activation=[own, "identity"], seed=2), RNG.normal(size=(5, 3)), tmp_path)


def test_layers_that_share_all_parameters_are_one_module(tmp_path):
    layers = [{"name": "train", "kind": "dense", "units": 3, "activation": "tanh"},
              {"name": "lambda", "kind": "dense", "units": 3, "weights_of": "train"}]  # fmt: skip
    network = Network.graph(3, layers, cost="half_squared_error")
    text = agrees(network, RNG.normal(size=(4, 3)), tmp_path)
    assert text.count("nn.Linear") == 1
    assert "lambda_ = self.train_(train_)" in text


def test_float32_is_written_by_default(tmp_path):
    network = Network.dense([3, 4, 2], activation="tanh", seed=1)
    x = RNG.normal(size=(5, 3))
    _, found = compute(network, x, tmp_path, "float32")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, network.predict(x), atol=1e-6)


def test_an_activation_that_is_no_formula_is_told():
    from dataclasses import dataclass

    from backproof.operations.activation import Elementwise

    @dataclass(frozen=True)
    class Odd(Elementwise):
        name = "odd"

        def formula(self, h):
            return np.asarray(h, dtype=float)

        def derivative(self, h, a):
            return 1

    with pytest.raises(OptionError, match="'odd' is no formula"):
        write_module(Network.dense([2, 1], activation=Odd()), "a.safetensors")
