"""Every shorthand: the graph it stands for against PyTorch's own module, written, read and explained as a graph."""

import numpy as np
import pytest

from backproof.errors import BackproofError, NameUnknown, ShapeError
from backproof.graph import write_layers
from backproof.network import Network
from backproof.operations.layer import kinds
from backproof.operations.shorthand import shorthands
from backproof.worksheet import loads
from backproof.worksheet.writer import dumps

#: Options of each shorthand, and the shapes that it receives.
CASES = {
    "recurrent": [({"units": 2}, [(3, 2)]), ({"units": 3, "returns": "last", "activation": "relu"}, [(4, 2)]),
                  ({"units": 2, "direction": "backward", "bias": False}, [(3, 1)]),
                  ({"units": 2, "direction": "both"}, [(3, 2)]),
                  ({"units": 1, "direction": "both", "returns": "last"}, [(2, 2)])],
    "lstm": [({"units": 2}, [(3, 2)]), ({"units": 3, "returns": "last", "bias": False}, [(2, 1)]),
             ({"units": 1, "direction": "both"}, [(3, 2)])],
    "gru": [({"units": 2}, [(3, 2)]), ({"units": 3, "returns": "last", "bias": False}, [(2, 1)]),
            ({"units": 1, "direction": "both"}, [(3, 2)])],
    "attention": [({}, [(3, 2)]), ({"heads": 2, "causal": True}, [(3, 4)]),
                  ({"heads": 2, "bias": False}, [(2, 4), (3, 4)])],
    "residual": [({}, [(3,)]), ({"size": 2, "activation": "tanh"}, [(2, 3)]),
                 ({"size": 2, "stride": 2, "kernel": 1, "normalised": True}, [(1, 3, 3)]), ({}, [(2, 3, 2)])],
    "transformer_block": [({}, [(3, 2)]), ({"heads": 2, "hidden": 3, "causal": True, "norm_first": True}, [(3, 4)]),
                          ({"heads": 2, "hidden": 2, "causal": True, "activation": "gelu"}, [(2, 4), (3, 4)])],
}  # fmt: skip
EVERY = [pytest.param(name, *case, id=f"{name}-{number}") for name, cases in CASES.items()
         for number, case in enumerate(cases)]  # fmt: skip
every = pytest.mark.parametrize(("name", "options", "shapes"), EVERY)
SAMPLES = 2


def make(name, options, shapes, seed=0):
    """A network of one shorthand; where it receives from two layers, the inputs are both one after the other."""
    inputs, layers = shapes[0], []
    senders = ["x"]
    if len(shapes) == 2:
        split = shapes[0][0]
        inputs = (split + shapes[1][0], shapes[0][1])
        layers = [
            {"name": "p", "kind": "slice", "axis": 0, "start": 0, "stop": split, "from": "x"},
            {"name": "q", "kind": "slice", "axis": 0, "start": split, "stop": inputs[0], "from": "x"},
        ]
        senders = ["p", "q"]
    layers.append({"name": "r", "kind": name, "from": senders, **options})
    network = Network.graph(inputs, layers, cost="squared_error", seed=seed)
    rng = np.random.default_rng(seed)
    fresh = {key: rng.normal(size=network.shapes[key]) for key in trained(network)}
    network = network.with_parameters({**network.parameters, **fresh})
    x = rng.normal(size=(SAMPLES, *inputs))
    return network, x, rng.normal(size=(SAMPLES, network.architecture.output_count))


def trained(network):
    """The arrays that a gradient trains: not the running statistics of a normalisation."""
    return [key for key in network.shapes if network.architecture.wiring.trains(key)]


def test_every_shorthand_is_swept():
    assert set(CASES) == set(shorthands.names())
    assert not set(shorthands.names()) & set(kinds.names())


@every
def test_pytorch_computes_the_same(name, options, shapes):
    torch_shorthands = pytest.importorskip("torch_shorthands")
    torch = torch_shorthands.torch
    network, x, y = make(name, options, shapes)
    leaves = {key: torch.tensor(array, requires_grad=True) for key, array in network.parameters.items()}
    inputs = torch.tensor(x, requires_grad=True)
    received = [inputs] if len(shapes) == 1 else [inputs[:, : shapes[0][0]], inputs[:, shapes[0][0] :]]
    theirs = torch_shorthands.SHORTHANDS[name](options, received, {key[2:]: leaf for key, leaf in leaves.items()})
    ((torch.tensor(y) - theirs.reshape(SAMPLES, -1)) ** 2).sum().backward()
    trace = network.trace(x, y)
    ours = network.architecture.collect_outputs(trace.forward.a)
    assert np.allclose(ours, theirs.detach().numpy().reshape(SAMPLES, -1), rtol=1e-10)
    for key in trained(network):
        assert np.allclose(trace.gradients[key], leaves[key].grad.numpy(), rtol=1e-10, atol=1e-11), key
    assert np.allclose(trace.backward.da[0], inputs.grad.numpy(), rtol=1e-10, atol=1e-11)


@every
def test_the_layers_are_written_and_read_as_the_shorthand(name, options, shapes):
    network, x, _ = make(name, options, shapes)
    tables = write_layers(network.architecture)
    assert [table["kind"] for table in tables][-1] == name
    assert len(tables) == 1 + 2 * (len(shapes) - 1)
    assert Network.graph(x.shape[1:], tables, cost="squared_error").architecture == network.architecture


@every
def test_some_number_of_each_array_is_explained(name, options, shapes):
    network, x, y = make(name, options, shapes)
    trace = network.trace(x, y)
    for key in trained(network):
        index = ",".join("0" for _ in network.shapes[key])
        derivation = trace.explain(f"dE/d{key}[{index}]")
        assert derivation.value == pytest.approx(float(trace.gradients[key].flat[0]), rel=1e-9, abs=1e-12)
        for line in derivation.lines:
            if line.kind in ("chain_rule", "numbers", "value", "sum_over_samples"):
                assert line.value == pytest.approx(derivation.value, rel=1e-9, abs=1e-12)


def test_a_shorthand_shares_the_parameters_of_another():
    layers = [{"name": name, "kind": "recurrent", "units": 2} for name in ("r", "s")]
    layers[1]["weights_of"] = "r"
    network = Network.graph((2, 2), layers, cost="squared_error")
    assert set(network.shapes) == {"r.input.weight", "r.input.bias", "r.state.weight"}
    assert write_layers(network.architecture)[1]["weights_of"] == "r"


def test_a_worksheet_holds_a_shorthand(tmp_path):
    sheet = loads("""
[network]
inputs = [3, 1]
cost = "half_squared_error"
layers = [
  {name = "r", kind = "recurrent", units = 1, returns = "last"},
  {name = "o", kind = "dense", units = 1},
]
[data]
inputs = [[[0.1], [0.5], [0.3]]]
targets = [[0.2]]
""")
    assert 'kind = "recurrent"' in dumps(sheet, parameters="w.safetensors")
    assert "r.h2[0]" in sheet.network.units[sheet.network.place("r.h2[0]")[0]]
    assert sheet.trace()["dE/dr.state.weight[0,0]"] == sheet.trace().gradients["r.state.weight"][0, 0]


@pytest.mark.parametrize(("table", "said"), [
    ({"kind": "recurrent", "units": 0}, "units"), ({"kind": "recurrent", "units": 2, "direction": "up"}, "direction"),
    ({"kind": "lstm", "units": 2, "returns": "some"}, "returns"), ({"kind": "gru", "units": 2, "bias": 1}, "bias"),
    ({"kind": "recurrent"}, "units"), ({"kind": "atention"}, "attention"),
])  # fmt: skip
def test_options_that_make_no_sense_are_refused(table, said):
    with pytest.raises(BackproofError, match=said):
        Network.graph((3, 2), [{"name": "r", **table}], cost="squared_error")


@pytest.mark.parametrize(("table", "inputs"), [
    ({"kind": "recurrent", "units": 2}, (3,)), ({"kind": "lstm", "units": 2}, (3, 2, 2)), ({"kind": "attention"}, (4,)),
    ({"kind": "attention", "heads": 3}, (2, 4)), ({"kind": "recurrent", "units": 1, "from": ["x", "x"]}, (2, 2)),
])  # fmt: skip
def test_shapes_that_do_not_fit_are_refused(table, inputs):
    with pytest.raises(ShapeError, match="layer 'r'"):
        Network.graph(inputs, [{"name": "r", **table}], cost="squared_error")


def test_an_unknown_kind_names_the_nearest_of_both():
    with pytest.raises(NameUnknown, match="Did you mean 'recurrent'"):
        Network.graph((3, 2), [{"name": "r", "kind": "recurent", "units": 1}], cost="squared_error")
