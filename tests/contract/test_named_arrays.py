"""Parameter arrays under names of their own: shared by name, left alone by the update, saved and read again."""

import numpy as np
import pytest

from backproof import Network, load
from backproof.errors import OptionError, ShapeError

LAYERS = [
    {"name": "p", "kind": "dense", "units": 2, "activation": "tanh", "transposed": True,
     "arrays": {"weight": "0.weight", "bias": "block.1.bias"}},
    {"name": "q", "kind": "dense", "units": 2, "activation": "tanh", "arrays": {"weight": "0.weight"},
     "untrained": ["bias"]},
    {"name": "o", "kind": "dense", "units": 1, "weights_of": "r", "from": "q"},
    {"name": "r", "kind": "dense", "units": 1, "from": "p"},
]  # fmt: skip
X, Y = [[1.0, 2.0], [0.5, -1.0]], [[0.0, 1.0], [1.0, 0.0]]


def make(*changes, layers=LAYERS):
    tables = [{**table, **change} for table, change in zip(layers, [*changes, {}, {}, {}, {}], strict=False)]
    return Network.graph(2, tables, cost="half_squared_error", outputs=["o", "r"])


def test_arrays_keep_their_names_and_layers_that_name_the_same_share_it():
    network = make()
    assert list(network.parameters) == ["0.weight", "block.1.bias", "q.bias", "r.weight", "r.bias"]
    uses = {network.architecture.layers[use.layer].name for use in network.architecture.uses("0.weight[0,1]")}
    assert uses == {"p", "q"}
    trace = network.trace(X, Y)
    assert trace.explain("dE/d0.weight[0,1]").value == pytest.approx(trace.explain("dE/d0.weight[0,1]").estimate)


def test_the_update_leaves_untrained_arrays_alone():
    trace = make().trace(X, Y, learning_rate=0.5)
    assert trace["new q.bias[1]"] == trace["q.bias[1]"]
    assert trace["dE/dq.bias[1]"] != 0
    assert trace["new 0.weight[0,1]"] == pytest.approx(trace["0.weight[0,1]"] - 0.5 * trace["dE/d0.weight[0,1]"])
    history = make().fit(X, Y, epochs=3, learning_rate=0.5)
    after = history.network.parameters
    assert np.array_equal(after["q.bias"], make().parameters["q.bias"])
    assert not np.array_equal(after["0.weight"], make().parameters["0.weight"])


def test_a_saved_network_and_a_worksheet_keep_the_names(tmp_path):
    network = make()
    network.save(tmp_path / "n.safetensors")
    again = Network.load(tmp_path / "n.safetensors")
    assert again.architecture == network.architecture
    from backproof.graph import make_plan, plan_graph, write_layers

    plans = [make_plan(table) for table in write_layers(network.architecture)]
    assert plan_graph((2,), plans, network.cost, outputs=["o", "r"]) == network.architecture
    (tmp_path / "n.toml").write_text(
        '[network]\ninputs = 2\ncost = "half_squared_error"\ninitialiser = "he_uniform"\nlayers = [\n'
        '{name = "p", kind = "dense", units = 1, arrays = {weight = "0.weight"}, untrained = ["weight"]}]\n'
        "[data]\ninputs = [[1, 2]]\ntargets = [[1]]\n"
    )
    assert list(load(tmp_path / "n.toml").network.parameters) == ["0.weight", "p.bias"]


@pytest.mark.parametrize(("change", "error", "says"), [
    ({"arrays": "w"}, OptionError, "must be names of arrays by role"),
    ({"arrays": {"weight": 1}}, OptionError, "must be names of arrays by role"),
    ({"arrays": {"weight": "a b"}}, OptionError, "expected letters a to z"),
    ({"arrays": {"weight": "E"}}, OptionError, "expected letters a to z"),
    ({"arrays": {"kernel": "w"}}, OptionError, "has no parameter array 'kernel'; its arrays: weight, bias"),
    ({"untrained": ["kernel"]}, OptionError, "has no parameter array 'kernel'"),
    ({"untrained": 3}, OptionError, "must be a name or a list of names"),
    ({"units": 3}, ShapeError, "share parameters must have the same kind and size"),
])  # fmt: skip
def test_arrays_that_make_no_sense_are_refused(change, error, says):
    with pytest.raises(error, match=says):
        make(change)


def test_arrays_of_one_name_must_have_one_shape():
    with pytest.raises(ShapeError, match=r"'q': its weight has shape \(2, 3\), but the array '0.weight'"):
        make({}, {"units": 3, "arrays": {"weight": "0.weight"}})
