"""Worksheets of graphs of layers: read, written and read again, refused with the place where they are wrong."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from backproof import Network
from backproof.errors import NumberError, WorksheetError
from backproof.network import same_network
from backproof.worksheet import loads
from backproof.worksheet.model import Worksheet
from backproof.worksheet.writer import dumps, save
from graphs import random_graph

SHEET = """
title = "a small convolution"
[network]
inputs = [1, 3, 3]
cost = "cross_entropy"
layers = [
  {name = "c", kind = "conv2d", channels = 2, kernel = [2, 2], activation = "relu"},
  {name = "n", kind = "batch_norm"},
  {name = "f", kind = "flatten"},
  {name = "r", kind = "dense", units = 4, activation = "tanh"},
  {name = "s", kind = "dense", units = 4, from = "f"},
  {name = "t", kind = "add", from = ["r", "s"], activation = "relu"},
  {name = "o", kind = "dense", units = 2, activation = "softmax"},
]
initialiser = "glorot_uniform"
seed = 3
[data]
inputs = [[[[1, 2, 3], [0, 1, 0], [2, 1, 0]]], [[[0, 1, 0], [4, 1, 2], [1, 1, 1]]]]
targets = [[1, 0], [0, 1]]
[training]
learning_rate = 0.1
[[claims]]
of = "dE/dc.weight[0,0,1,1]"
value = "0.5"
[[claims]]
of = "a[c[1,0,1]]"
value = "0.5"
sample = 2
"""


def test_it_is_read():
    sheet = loads(SHEET)
    architecture = sheet.network.architecture
    assert [layer.name for layer in architecture.layers] == ["x", "c", "n", "f", "r", "s", "t", "o"]
    assert [layer.shape for layer in architecture.layers][:4] == [(1, 3, 3), (2, 2, 2), (2, 2, 2), (8,)]
    assert architecture.shapes["c.weight"] == (2, 1, 2, 2)
    assert sheet.x.shape == (2, 1, 3, 3)
    assert sheet.trace(sample=2)["a[c[1,0,1]]"] == sheet.trace().forward.a[1][1, 1, 0, 1]
    assert loads(SHEET).network.architecture is not architecture
    assert hash(loads(SHEET).network.architecture) == hash(architecture)
    assert loads(SHEET) == sheet


@pytest.mark.parametrize("rows", ["[[1, 2, 3, 0, 1, 0, 2, 1, 0], [0, 1, 0, 4, 1, 2, 1, 1, 1]]"])
def test_samples_may_be_rows_of_all_their_numbers(rows):
    start, end = SHEET.index("inputs = [[[["), SHEET.index("targets")
    assert np.array_equal(loads(f"{SHEET[:start]}inputs = {rows}\n{SHEET[end:]}").x, loads(SHEET).x)


WRONG = [
    ("a cycle", 'kind = "flatten"}', 'kind = "flatten", from = "t"}', "cycle: f -> r -> t -> f"),
    ("an unknown kind", '"conv2d"', '"conv3d"', "layers[1] (line 7): layer 'c': unknown kind of layer 'conv3d'"),
    ("an unknown key", "channels = 2", "chanels = 2", "Did you mean 'channels'?"),
    ("an option that is missing", "channels = 2, ", "", "needs channels"),
    ("an option of the wrong kind", "[2, 2]", '"two"', "kernel must be a whole number from 1"),
    ("shapes that do not fit", 'units = 4, activation = "tanh"', "units = 5", "add expects layers of the same shape"),
    ("a sender that is not there", '["r", "s"]', '["r", "z"]', "there is no layer 'z'"),
    ("a part of a shorthand", '["r", "s"]', '["r", "s.h1"]', "from 's' as a whole"),
    ("senders that are no names", '["r", "s"]', "[1, 2]", "from must be a name or a list of names"),
    ("two layers of one name", 'name = "s"', 'name = "r"', "two layers named 'r'"),
    ("a layer named as the inputs", 'name = "s"', 'name = "x"', "two layers named 'x' (the inputs)"),
    ("a softmax along no axis", '[2, 2], activation = "relu"', '[2, 2], activation = {name = "softmax", axis = 3}',
     "softmax along axis 3 of a layer of shape (2, 2, 2): there is no such axis"),
    ("a kernel larger than the picture", "[2, 2]", "[4, 2]", "does not fit into an image"),
    ("a layer that leads nowhere", '["r", "s"]', '["r", "r"]', "layer 's': no layer receives from it"),
    ("too few senders", '["r", "s"]', '["r"]', "add receives from at least 2 layers, but 'from' names 1"),
    ("an unknown output", 'cost = "', 'outputs = ["q"]\ncost = "', "outputs: there is no layer 'q'"),
    ("an output twice", 'cost = "', 'outputs = ["o", "o"]\ncost = "', "names a layer twice"),
    ("parameters of another shape", 'from = "f"}', 'from = "t", weights_of = "o"}', "cycle"),
    ("parameters of nobody", 'from = "f"}', 'from = "f", weights_of = "q"}', "there is no layer 'q'"),
    ("activations beside it", 'cost = "', 'activations = []\ncost = "', "cannot be combined with a graph"),
    ("a file that is not there", 'initialiser = "glorot_uniform"\nseed = 3', 'parameters = "w.safetensors"', "folder"),
    ("a bad layer name", 'name = "c"', 'name = "1c"', "beginning with a letter"),
    ("a layer without a kind", 'kind = "flatten"', 'kid = "flatten"', "needs a kind"),
    ("a layer that is no table", '{name = "n", kind = "batch_norm"}', '"n"', "expected a table"),
    ("inputs below 1", "[1, 3, 3]", "[1, -3, 3]", "network.inputs (line 4)"),
    ("inputs of two kinds", "[1, 3, 3]", '[1, "a"]', "a number, a shape or the names"),
    ("a row too short", "[[[[1, 2, 3]", "[[[[1, 2]", "data.inputs[1][1][1]"),
    ("an index too large", "dE/dc.weight[0,0,1,1]", "dE/dc.weight[0,0,1,2]", "no parameter 'c.weight[0,0,1,2]'"),
    ("a unit that is not there", "a[c[1,0,1]]", "a[c[1,0,2]]", "there is no unit 'c[1,0,2]'. Did you mean"),
    ("too many units", "[1, 3, 3]", "[1, 3000, 3000]", "at most 1,000,000"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "says"), [pytest.param(*case[1:], id=case[0]) for case in WRONG])
def test_what_is_wrong_is_said(before, after, says):
    assert before in SHEET
    with pytest.raises(WorksheetError) as refused:
        loads(SHEET.replace(before, after, 1))
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_shared_parameters_must_be_alike():
    with pytest.raises(WorksheetError, match="must have the same kind and size"):
        loads(SHEET.replace('units = 2, activation = "softmax"', 'units = 2, activation = "softmax", weights_of = "r"'))


@pytest.mark.parametrize("missing", ["c.weight", "n.bias", "o.bias"])
def test_a_missing_array_is_named(tmp_path, missing):
    arrays = dict(loads(SHEET).network.parameters)
    del arrays[missing]
    save_file(arrays, tmp_path / "w.safetensors")
    text = SHEET.replace('initialiser = "glorot_uniform"\nseed = 3', 'parameters = "w.safetensors"')
    with pytest.raises(WorksheetError, match=f"lacks the array '{missing}'"):
        loads(text, tmp_path)


@pytest.mark.parametrize("seed", range(25))
def test_what_is_written_is_read_again(tmp_path, seed):
    graph = random_graph(seed)
    sheet = Worksheet(title="g", network=graph.network, x=graph.x, y=graph.y, training=graph.training)
    save(sheet, tmp_path / "g.toml")
    again = loads((tmp_path / "g.toml").read_text(), tmp_path)
    assert again == sheet
    assert same_network(again.network, graph.network)
    assert dumps(again, parameters="g.safetensors") == dumps(sheet, parameters="g.safetensors")


def test_a_chain_of_layers_with_the_array_names_of_sizes_is_written_and_read_again():
    layers = [
        {"name": f"l{k}", "kind": "dense", "units": 2, "arrays": {"weight": f"W{k}", "bias": f"b{k}"}} for k in (1, 2)
    ]
    network = Network.graph(2, layers, cost="half_squared_error", seed=1)
    sheet = Worksheet(title="g", network=network, x=np.ones((1, 2)), y=np.ones((1, 2)))
    assert loads(dumps(sheet)) == sheet


def test_a_token_that_a_layer_made_is_refused_with_the_layer():
    layers = [{"name": "d", "kind": "dense", "units": 2}, {"name": "e", "kind": "embedding", "count": 3, "size": 1}]
    network = Network.graph(2, layers, cost="half_squared_error", seed=1)
    with pytest.raises(NumberError, match="layer 'e': embedding expects whole numbers"):
        _ = network.trace([[0.3, 0.4]], [[0.0, 0.0]])["E"]


def test_layers_may_be_written_in_any_order():
    layers = [
        {"name": "o", "kind": "dense", "units": 1, "from": "p"},
        {"name": "p", "kind": "dense", "units": 2, "from": "x"},
    ]
    network = Network.graph(["i1", "i2"], layers, cost="half_squared_error", outputs=["o"], seed=1)
    assert [layer.name for layer in network.architecture.layers] == ["x", "p", "o"]
    assert network.trace([[1, 2]], [[0]])["a[i2]"] == 2


def test_a_layer_may_receive_twice_from_one():
    layers = [{"name": "d", "kind": "add", "from": ["x", "x"]}]
    trace = Network.graph(2, layers, cost="half_squared_error").trace([[1.0, 2.0]], [[0.0, 0.0]])
    assert (trace["a[d[1]]"], trace["dE/da[x[1]]"], trace["dh[d[1]]/da[x[1]]"]) == (4.0, 8.0, 2.0)
