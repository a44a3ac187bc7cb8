"""LSTM, GRU and RNN of ONNX files are read as shorthands, and compute what onnxruntime computes."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

from onnx import helper, numpy_helper  # noqa: E402

import backproof.onnx  # noqa: E402
from backproof import Network  # noqa: E402
from backproof.errors import ModelError  # noqa: E402

RNG = np.random.default_rng(7)
STEPS, FEATURES, UNITS = 4, 3, 2
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def write_model(path, operator, outputs=("y",), *, more=(), bias=True, scale=1.0, **attributes):
    """One recurrence over (samples, steps, features) between transpositions; `outputs` are those of Y and Y_h."""
    ways = 2 if attributes.get("direction") == "bidirectional" else 1
    rows = GATES[operator] * UNITS
    arrays = {
        "w": RNG.normal(size=(ways, rows, FEATURES)) * scale,
        "r": RNG.normal(size=(ways, rows, UNITS)) * scale,
        "b": RNG.normal(size=(ways, 2 * rows)),
    }
    given = ["t", "w", "r", "b" if bias else "", *more]
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[1, 0, 2]),
        helper.make_node(operator, given, ["all" if "y" in outputs else "", "ends" if "h" in outputs else ""],
                         name="cells", hidden_size=UNITS, **attributes),
    ]  # fmt: skip
    if "y" in outputs:
        nodes.append(helper.make_node("Transpose", ["all"], ["y"], perm=[2, 0, 1, 3]))
    if "h" in outputs:
        nodes.append(helper.make_node("Transpose", ["ends"], ["h"], perm=[1, 0, 2]))
    tensors = [numpy_helper.from_array(each.astype(np.float32), name) for name, each in arrays.items()]
    tensors += [numpy_helper.from_array(np.zeros((ways, 1, UNITS), np.float32), "zeros")]
    tensors += [numpy_helper.from_array(np.ones((ways, 1, UNITS), np.float32), "ones")]
    tensors += [numpy_helper.from_array(np.array([2], np.int32), "lengths")]
    tensors += [numpy_helper.from_array(np.ones((ways, 3 * UNITS), np.float32), "p")]
    value = helper.make_tensor_value_info
    shapes = {"y": ["n", STEPS, ways, UNITS], "h": ["n", ways, UNITS]}
    graph = helper.make_graph(
        nodes, "g", [value("x", 1, ["n", STEPS, FEATURES])], [value(each, 1, shapes[each]) for each in outputs], tensors
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)


@pytest.mark.parametrize("outputs", [("y",), ("h",), ("y", "h")], ids="+".join)
@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize(("operator", "more"), [("LSTM", {}), ("GRU", {"linear_before_reset": 1}), ("RNN", {})])
def test_a_recurrence_computes_what_onnxruntime_does(tmp_path, operator, more, direction, outputs):
    for bias in (True, False):
        path = str(tmp_path / f"{bias}.onnx")
        write_model(path, operator, outputs, bias=bias, direction=direction, **more)
        x = RNG.normal(size=(3, STEPS, FEATURES)).astype(np.float32)
        theirs = runtime.InferenceSession(path).run(None, {"x": x})
        network = backproof.onnx.load(path, cost="half_squared_error")
        found = network.predict(x)
        np.testing.assert_allclose(found, np.concatenate([each.reshape(3, -1) for each in theirs], 1), atol=1e-6)


@pytest.mark.parametrize(
    ("operator", "activations", "more"),
    [("RNN", ["Relu"], {}), ("RNN", ["Sigmoid"], {}), ("LSTM", ["Sigmoid", "Relu", "Relu"], {}),
     ("GRU", ["Sigmoid", "Softsign"], {"linear_before_reset": 1})],
)  # fmt: skip
def test_another_activation_takes_the_place_of_tanh(tmp_path, operator, activations, more):
    path = str(tmp_path / "a.onnx")
    write_model(path, operator, scale=0.5, activations=activations, **more)
    x = RNG.normal(size=(3, STEPS, FEATURES)).astype(np.float32)
    [theirs] = runtime.InferenceSession(path).run(None, {"x": x})
    np.testing.assert_allclose(backproof.onnx.load(path).predict(x), theirs.reshape(3, -1), atol=1e-6)


def test_a_number_of_a_recurrence_is_explained_and_written_again(tmp_path):
    write_model(tmp_path / "a.onnx", "LSTM", ("h",), more=["", "zeros", "zeros"])
    network = backproof.onnx.load(tmp_path / "a.onnx", cost="half_squared_error")
    trace = network.trace(RNG.normal(size=(2, STEPS, FEATURES)), RNG.normal(size=(2, UNITS)))
    assert "cells.input_i.weight[0,1]" in str(trace.explain("dE/dcells.input_i.weight[0,1]"))
    backproof.onnx.save(network, tmp_path / "b.onnx")
    x = RNG.normal(size=(3, STEPS, FEATURES)).astype(np.float32)
    [again] = runtime.InferenceSession(str(tmp_path / "b.onnx")).run(None, {"x": x})
    np.testing.assert_allclose(network.predict(x), again.reshape(3, -1), atol=1e-6)


@pytest.mark.parametrize(
    ("operator", "given", "says"),
    [
        ("LSTM", {"more": ["lengths"]}, "lengths of the sequences"),
        ("LSTM", {"more": ["", "zeros", "zeros", "p"]}, "peepholes"),
        ("LSTM", {"more": ["", "ones"]}, "other numbers than 0"),
        ("LSTM", {"clip": 3.0}, "clips"),
        ("LSTM", {"input_forget": 1}, "input_forget"),
        ("LSTM", {"direction": "sideways"}, "direction is 'sideways'"),
        ("GRU", {}, "linear_before_reset"),
        ("RNN", {"activations": ["Elu"]}, "activations"),
        ("RNN", {"activations": ["Tanh", "Tanh"]}, "activations"),
        ("LSTM", {"activations": ["Sigmoid", "Tanh", "Relu"]}, "activations"),
        ("RNN", {"layout": 1}, "layout = 1"),
    ],
)
def test_what_no_shorthand_does_is_one_sentence(tmp_path, operator, given, says):
    write_model(tmp_path / "a.onnx", operator, **given)
    with pytest.raises(ModelError, match=rf"a\.onnx': node 'cells' \({operator}\): .*") as caught:
        backproof.onnx.load(tmp_path / "a.onnx")
    assert says in str(caught.value)


@pytest.mark.parametrize("returns", ["all", "last"])
@pytest.mark.parametrize("direction", ["forward", "backward", "both"])
@pytest.mark.parametrize(("kind", "operator"), [("lstm", "LSTM"), ("gru", "GRU"), ("recurrent", "RNN")])
def test_a_shorthand_is_written_as_one_operator(tmp_path, kind, operator, direction, returns):
    options = {"direction": direction, "returns": returns}
    for bias, activation in ((True, {}), (False, {"activation": "softsign"})):
        cells = {"name": "r", "kind": kind, "units": UNITS, "bias": bias, **options, **activation}
        layers = [cells, {"name": "f", "kind": "flatten"}, {"name": "o", "kind": "dense", "units": 2}]
        network = Network.graph([STEPS, FEATURES], layers[:1] + layers[2 if returns == "last" else 1 :],
                                cost="half_squared_error", seed=4)  # fmt: skip
        path = str(tmp_path / "a.onnx")
        backproof.onnx.save(network, path)
        assert [node.op_type for node in onnx.load(path).graph.node].count(operator) == 1
        x = RNG.normal(size=(3, STEPS, FEATURES)).astype(np.float32)
        [theirs] = runtime.InferenceSession(path).run(None, {"x": x})
        np.testing.assert_allclose(theirs, network.predict(x), atol=1e-6)
        again = backproof.onnx.load(path)
        assert {*again.parameters} == {*network.parameters}
        np.testing.assert_allclose(again.predict(x), network.predict(x), atol=1e-6)


def test_recurrences_that_share_parameters_are_written_step_by_step(tmp_path):
    cells = {"name": "r", "kind": "lstm", "units": UNITS, "returns": "last"}
    tied = [cells, {**cells, "name": "q", "from": "x", "weights_of": "r"},
            {"name": "o", "kind": "add", "from": ["r", "q"]}]  # fmt: skip
    network = Network.graph([STEPS, FEATURES], tied, cost="half_squared_error", seed=4)
    backproof.onnx.save(network, tmp_path / "a.onnx")
    assert "LSTM" not in [node.op_type for node in onnx.load(tmp_path / "a.onnx").graph.node]
    x = RNG.normal(size=(3, STEPS, FEATURES)).astype(np.float32)
    [theirs] = runtime.InferenceSession(str(tmp_path / "a.onnx")).run(None, {"x": x})
    np.testing.assert_allclose(theirs, network.predict(x), atol=1e-6)
