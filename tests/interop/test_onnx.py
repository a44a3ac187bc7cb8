"""Networks as ONNX files, held against onnxruntime in both directions."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from graphs import random_graph
from layer_cases import KINDS, make_layer

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

import backproof.onnx  # noqa: E402
from backproof import Network, activation, exp  # noqa: E402
from backproof.errors import OptionError  # noqa: E402
from backproof.operations.activation import activations  # noqa: E402
from backproof.operations.layer import kinds  # noqa: E402
from onnx_files import agree, make_file, make_node, run_file  # noqa: E402

RNG = np.random.default_rng(0)
W, B, SQUARE = (RNG.normal(size=shape).astype(np.float32) for shape in ((3, 4), (4,), (3, 3)))
SINGLE = {name: np.float32(value) for name, value in (("half", 0.5), ("one", 1), ("two", 2), ("three", 3), ("six", 6),
                                                        ("zero", 0), ("root", 2**0.5))}  # fmt: skip


def round_trip(network, folder, dtype="float32"):
    """The file of a network, checked by onnx, and the network in it."""
    path = folder / "network.onnx"
    backproof.onnx.save(network, path, dtype=dtype)
    onnx.checker.check_model(onnx.load(path), full_check=True)
    return path, backproof.onnx.load(path)


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_random_networks_compute_in_onnxruntime_what_they_compute_here_and_come_back(tmp_path_factory, seed):
    graph = random_graph(seed, normalised=False)
    x = graph.x.astype(np.float32)
    for layer in graph.network.architecture.layers[1:]:
        if layer.works.name.startswith("conv_transpose"):
            assume(np.all(np.asarray(layer.works.output_padding) < np.asarray(layer.works.stride)))
    path, again = round_trip(graph.network, tmp_path_factory.mktemp("onnx"))
    truth = graph.network.predict(x)
    normalised = any(layer.works.name.endswith("_norm") for layer in graph.network.architecture.layers[1:])
    agree(truth, run_file(path, x), 1e-3 if normalised else 1e-6)  # almost equal numbers magnify what float32 loses
    agree(again.predict(x), truth)
    assert {*again.parameters} <= {*graph.network.parameters}  # all but those that act on nothing


@pytest.mark.parametrize("name", activations.names())
def test_every_activation_is_written_and_comes_back_as_itself(tmp_path, name):
    network = Network.dense([3, 5, 2], activation=name, seed=1)
    x = RNG.normal(0, 1 if name == "exponential" else 4, (6, 3)).astype(np.float32)  # e^x of e^x is soon beyond float32
    path, again = round_trip(network, tmp_path)
    agree(network.predict(x), run_file(path, x))
    known = {"swish": "silu"}.get(name, name)  # of slope 1 they are the same
    assert [each.name for each in again.activations] == [known, known]
    assert list(again.parameters) == ["W1", "b1", "W2", "b2"]


@pytest.mark.parametrize(
    ("name", "options", "shapes"),
    [(name, *case) for name, cases in KINDS.items() if name in kinds.names() for case in cases],
)
def test_every_kind_computes_in_onnxruntime_what_it_computes_here_and_comes_back(tmp_path, name, options, shapes):
    network, x = make_layer(name, options, shapes)
    path, again = round_trip(network, tmp_path)
    agree(network.predict(x), run_file(path, x))
    agree(again.predict(x), network.predict(x))
    assert {key: array.size for key, array in again.parameters.items()} == {
        key: array.size for key, array in network.parameters.items()
    }


def test_every_kind_is_tried():
    assert {*kinds.names()} <= {*KINDS}


@pytest.mark.parametrize(
    "given", [{"name": "leaky_relu", "slope": 0.2}, {"name": "elu", "alpha": 0.7}], ids=lambda given: given["name"]
)
def test_options_of_an_activation_come_back_as_they_were(tmp_path, given):
    _, again = round_trip(Network.dense([2, 2], activation=given), tmp_path)
    assert again.activations[0] == activations.make(given)


def test_an_activation_of_ones_own_is_written_as_its_formula_and_read_as_one(tmp_path):
    own = activation("onnx_bump", lambda h: exp(-(h**2)) + h / 3)
    network = Network.dense([3, 4, 1], activation=[own, "identity"], seed=2)
    x = RNG.normal(size=(5, 3)).astype(np.float32)
    path, again = round_trip(network, tmp_path)
    agree(network.predict(x), run_file(path, x))
    agree(again.predict(x), network.predict(x))
    assert again.activations == network.activations


def test_float64_keeps_every_digit(tmp_path):
    network = Network.dense([3, 4, 2], activation=["tanh", "softmax"], cost="cross_entropy", seed=3)
    path, again = round_trip(network, tmp_path, "float64")
    x = RNG.normal(size=(5, 3))
    agree(run_file(path, x), network.predict(x), 1e-14)
    assert again.architecture == network.architecture
    assert all(np.array_equal(array, again.parameters[name]) for name, array in network.parameters.items())


def test_any_number_of_samples_can_be_run(tmp_path):
    network = random_graph(3, pictures=True, normalised=False).network
    path, _ = round_trip(network, tmp_path)
    for count in (1, 7):
        x = RNG.normal(size=(count, *network.architecture.layers[0].shape)).astype(np.float32)
        agree(network.predict(x), run_file(path, x))


def test_parameters_that_layers_share_are_written_once_and_shared_again(tmp_path):
    layers = [
        {"name": "a", "kind": "dense", "units": 3, "activation": "tanh"},
        {"name": "b", "kind": "dense", "units": 3, "activation": "tanh", "weights_of": "a"},
        {"name": "o", "kind": "dense", "units": 1},
    ]
    path, again = round_trip(Network.graph(3, layers, cost="half_squared_error"), tmp_path)
    names = [each.name for each in onnx.load(path).graph.initializer]
    assert names == ["a.weight", "a.bias", "o.weight", "o.bias"]
    assert list(again.parameters) == names
    assert [layer.name for layer in again.architecture.layers] == ["x", "a", "b", "o"]


def test_the_cost_and_the_reduction_come_back_and_can_be_chosen(tmp_path):
    network = Network.dense([2, 1], activation="sigmoid", cost="squared_error", reduction="sum")
    path, again = round_trip(network, tmp_path)
    assert (again.cost.name, again.reduction) == ("squared_error", "sum")
    chosen = backproof.onnx.load(path, cost="binary_cross_entropy", reduction="mean")
    assert (chosen.cost.name, chosen.reduction) == ("binary_cross_entropy", "mean")


@pytest.mark.parametrize(
    ("operator", "cost"),
    [("Sigmoid", "binary_cross_entropy"), ("Softmax", "cross_entropy"), ("Tanh", "half_squared_error")],
)
def test_a_file_without_a_cost_gets_the_one_that_suits_its_outputs(tmp_path, operator, cost):
    nodes = [make_node("Gemm", ["x", "fc.weight"], "h"), make_node(operator, ["h"])]
    make_file(tmp_path / "a.onnx", nodes, {"fc.weight": W})
    network = backproof.onnx.load(tmp_path / "a.onnx")
    assert (network.cost.name, network.reduction) == (cost, "mean")


#: Nodes from h, what a dense layer computes, to y, and the activation that they are.
WRITTEN_OUT = {
    "silu": [("Sigmoid", ["h"], "s"), ("Mul", ["h", "s"], "y")],
    "gelu": [("Div", ["h", "root"], "d"), ("Erf", ["d"], "e"), ("Add", ["e", "one"], "f"), ("Mul", ["h", "f"], "g"),
             ("Mul", ["g", "half"], "y")],
    "relu": [("Max", ["h", "zero"], "y")],
    "sigmoid": [("Neg", ["h"], "m"), ("Exp", ["m"], "e"), ("Add", ["one", "e"], "s"), ("Reciprocal", ["s"], "y")],
    "softplus": [("Exp", ["h"], "e"), ("Add", ["e", "one"], "s"), ("Log", ["s"], "y")],
    "tanh": [("Mul", ["h", "two"], "d"), ("Sigmoid", ["d"], "s"), ("Mul", ["s", "two"], "t"),
             ("Sub", ["t", "one"], "y")],
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN_OUT)
def test_an_activation_that_is_written_out_is_recognised(tmp_path, name):
    nodes = [make_node("Gemm", ["x", "w"], "h"), *(make_node(*node) for node in WRITTEN_OUT[name])]
    make_file(tmp_path / "a.onnx", nodes, {"w": W, **SINGLE})
    network = backproof.onnx.load(tmp_path / "a.onnx")
    assert [(layer.name, layer.activation.name) for layer in network.architecture.layers[1:]] == [("h_node", name)]
    x = RNG.normal(size=(4, 3)).astype(np.float32)
    agree(network.predict(x), run_file(tmp_path / "a.onnx", x))


def test_what_is_received_twice_becomes_a_layer_and_keeps_its_activation(tmp_path):
    nodes = [
        make_node("Gemm", ["x", "w", "c"], "h"), make_node("Relu", ["h"], "r"), make_node("Add", ["h", "r"], "s"),
        make_node("Sigmoid", ["s"], "g"), make_node("Mul", ["s", "g"], "y"),
    ]  # fmt: skip
    make_file(tmp_path / "a.onnx", nodes, {"w": SQUARE, "c": SQUARE[0]})
    network = backproof.onnx.load(tmp_path / "a.onnx")
    found = [(layer.name, layer.works.name, layer.activation.name) for layer in network.architecture.layers[1:]]
    assert found == [("h_node", "dense", "identity"), ("r_node", "identity", "relu"), ("s_node", "add", "silu")]
    x = RNG.normal(size=(4, 3)).astype(np.float32)
    agree(network.predict(x), run_file(tmp_path / "a.onnx", x))


def test_it_is_loaded_only_where_it_is_asked_for():
    code = "import sys, backproof; print([name for name in ('onnx', 'onnxruntime') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_loading_needs_no_runtime(tmp_path):
    make_file(tmp_path / "a.onnx", [make_node("Gemm", ["x", "w"])], {"w": W})
    code = (
        "import sys; sys.modules['onnxruntime'] = None; import backproof.onnx; "
        f"print(backproof.onnx.load({str(tmp_path / 'a.onnx')!r}).predict([1, 2, 3]).shape)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "(1, 4)\n"


def test_scaling_and_a_line_as_tools_for_scikit_learn_write_them_are_layers(tmp_path):
    nodes = [
        make_node("Scaler", ["x"], "s", domain="ai.onnx.ml", offset=[1.0, 2.0, 3.0], scale=[0.5, 2.0, 4.0]),
        make_node("LinearRegressor", ["s"], domain="ai.onnx.ml", coefficients=W.reshape(-1)[:6].tolist(),
                  intercepts=[0.25, -1.0], targets=2),
    ]  # fmt: skip
    make_file(tmp_path / "a.onnx", nodes, tables=3)
    network = backproof.onnx.load(tmp_path / "a.onnx")
    x = RNG.normal(size=(4, 3)).astype(np.float32)
    agree(network.predict(x), run_file(tmp_path / "a.onnx", x))
    assert [layer.works.name for layer in network.architecture.layers[1:]] == ["affine", "dense"]


def test_an_initialiser_with_the_name_of_another_role_is_not_taken_for_it(tmp_path):
    make_file(tmp_path / "a.onnx", [make_node("LayerNormalization", ["x", "y_node.bias"])], {"y_node.bias": W[0, :3]})
    network = backproof.onnx.load(tmp_path / "a.onnx")
    x = RNG.normal(size=(4, 3)).astype(np.float32)
    agree(network.predict(x), run_file(tmp_path / "a.onnx", x))
    assert list(network.parameters) == ["y_node.bias", "y_node.bias_2"]


def test_what_no_operator_of_onnx_does_is_told_with_its_layer(tmp_path):
    network, _ = make_layer(
        "conv_transpose1d", {"channels": 1, "kernel": 2, "dilation": 2, "output_padding": 1}, [(1, 4)]
    )
    with pytest.raises(OptionError, match="layer 'k': output_padding is 1"):
        backproof.onnx.save(network, tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())
