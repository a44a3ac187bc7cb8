"""Models in files: what is read is what was written, and nothing else is ever read."""

import json
from dataclasses import dataclass

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import backproof as bp
from backproof import Network
from backproof.errors import ModelError, OptionError
from backproof.network import same_network
from backproof.operations.activation import Elementwise, activations
from backproof.train.store import container, load_model, save
from backproof.train.store.model_file import MODEL
from backproof.validate import freeze
from backproof.wiring import Parameter
from backproof.worksheet import load
from connections import at, explicit
from networks import sane_case
from store.damage import cut_short, flipped, rubbish
from variants import ACTIVATIONS, COSTS


def again(network, folder):
    network.save(folder / "model.safetensors")
    return Network.load(folder / "model.safetensors")


@pytest.mark.parametrize("seed", range(60))
def test_every_kind_of_network_comes_back(tmp_path, seed):
    network = sane_case(seed).network
    assert same_network(again(network, tmp_path), network)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
def test_every_activation_comes_back(tmp_path, activation):
    network = Network.dense([2, 3, 1], activation=[activation, "identity"])
    assert same_network(again(network, tmp_path), network)


@pytest.mark.parametrize("cost", COSTS, ids=repr)
def test_every_cost_comes_back(tmp_path, cost):
    outputs = len(getattr(cost, "class_weights", ())) or 1
    network = Network.dense([2, outputs], activation="sigmoid", cost=cost, reduction="mean")
    assert same_network(again(network, tmp_path), network)


def test_numbers_come_back_bit_by_bit(tmp_path):
    extremes = np.array([[5e-324, -0.0, 1.7976931348623157e308], [np.pi, -1 / 3, 1e-300]])
    network = Network.dense([2, 3], parameters={"W1": extremes, "b1": np.zeros(3)})
    assert again(network, tmp_path).parameters["W1"].tobytes() == extremes.tobytes()


def test_names_and_numbers_that_no_worksheet_can_hold_come_back(tmp_path):
    uses = (at(1, 0, 0), at(1, 1, 0)), (at(1, None, 0),)
    parameters = (Parameter("Breite (cm) × w", uses[0], trained=False), Parameter("E", uses[1]))
    wiring = explicit((("Länge, [cm]", ""), ("o",)), (parameters[1], parameters[0]))
    stray = {"W1": np.array([[1.0], [2.0]]), "b1": np.array([3.0])}
    network = Network.build(wiring, ["tanh"], "output", stray, "sum", (("Länge, [cm]", ""), ("o",)))
    assert same_network(again(network, tmp_path), network)


def test_preparation_and_facts_come_back(tmp_path):
    said = {"columns": ["a", "δ"], "mean": [0.1, 1e-300], "nested": {"a": [None, True, 2**70]}}
    save(Network.dense([2, 1]), tmp_path / "m", preparation=said, facts={"epochs": 3})
    model = bp.load_model(tmp_path / "m")
    assert (model.preparation, model.facts) == (said, {"epochs": 3})
    assert load_model(tmp_path / "m").network.depth == 1
    save(Network.dense([2, 1]), tmp_path / "m")
    assert bp.load_model(tmp_path / "m")[1:] == (None, {})


def test_the_model_of_a_run_is_found_in_its_folder(tmp_path):
    Network.dense([2, 1]).save(tmp_path / "model.safetensors")
    assert Network.load(tmp_path).depth == 1


def test_other_programs_can_read_the_numbers(tmp_path):
    network = Network.dense([2, 3, 1], seed=5)
    network.save(tmp_path / "w.safetensors")
    read = load_file(tmp_path / "w.safetensors")
    assert {key: array.tolist() for key, array in read.items()} == {
        k: v.tolist() for k, v in network.parameters.items()
    }
    sheet = (
        "[network]\nlayers = [2, 3, 1]\nactivations = ['sigmoid', 'sigmoid']\ncost = 'half_squared_error'\n"
        "parameters = 'w.safetensors'\n[data]\ninputs = [[0, 1]]\ntargets = [[1]]\n"
    )
    (tmp_path / "sheet.toml").write_text(sheet)
    assert same_network(load(tmp_path / "sheet.toml").network, network)


def test_the_same_model_is_the_same_file(tmp_path):
    for name in "ab":
        save(Network.dense([3, 2], seed=1), tmp_path / name, facts={"a": 1, "b": 2})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@dataclass(frozen=True)
class Own(Elementwise):
    def formula(self, h):
        return h

    def derivative(self, h, a):
        return 1 + 0 * h


def test_code_of_ones_own_is_refused(tmp_path):
    with pytest.raises(OptionError, match=r"class of your own.*backproof\.activation"):
        Network.dense([2, 1], activation=Own()).save(tmp_path / "m")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("unit", ["a\x1b[31m"])
def test_what_could_not_be_read_again_is_not_written(tmp_path, unit):
    wiring = explicit(((unit, "two"), ("o",)), ())
    network = Network.build(
        wiring, ["tanh"], "output", {"W1": np.zeros((2, 1)), "b1": np.zeros(1)}, "sum", ((unit, "two"), ("o",))
    )
    with pytest.raises(OptionError, match="this network cannot be saved"):
        network.save(tmp_path / "m")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["", "nowhere/m", ".", "a\0b", "a" * 300])
def test_places_that_cannot_be_written_or_read(tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OptionError, match=r"cannot be written|not a file name"):
        Network.dense([2, 1]).save(name)
    with pytest.raises(ModelError):
        Network.load(name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("said", [{"a": {1, 2}}, {"a": np.float32(1)}, {"a": np.zeros(2)}, {"a": b""}])
def test_facts_that_are_no_json(tmp_path, said):
    with pytest.raises(OptionError, match="JSON"):
        save(Network.dense([2, 1]), tmp_path / "m", facts=said)
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A model with some of everything."""
    case = next(case for case in map(sane_case, range(100)) if case.network.wiring.shared and case.network.depth == 2)
    file = tmp_path_factory.mktemp("whole") / "m"
    save(case.network, file, preparation={"columns": ["a", "b"]}, facts={"epochs": 3})
    return file.read_bytes()


@pytest.mark.parametrize(
    "damage", [cut_short, rubbish, lambda whole: flipped(whole, 3)], ids=["cut", "rubbish", "bits"]
)
def test_a_damaged_file_is_one_error(tmp_path, whole, damage):
    file = tmp_path / "m"
    for content in damage(whole):
        file.write_bytes(content)
        with pytest.raises(ModelError) as caught:
            load_model(file)
        assert len(str(caught.value)) < 700


def written(folder, network, arrays=None, **head):
    """A file with a sound checksum over whatever is in it."""
    said = {"format": 1, "kind": "model", "backproof": "0.1.0", "network": network, **head}
    arrays = {"W1": np.ones((2, 1)), "b1": np.ones(1)} if arrays is None else arrays
    (folder / "m").write_bytes(
        container.pack_arrays(json.dumps({k: v for k, v in said.items() if v is not None}), arrays)
    )
    return folder / "m"


PLAIN = {"layers": [2, 1], "activations": ["tanh"], "cost": "half_squared_error", "reduction": "sum"}
UNITS = {key: value for key, value in PLAIN.items() if key != "layers"} | {"units": [["a", "b"], ["o"]]}
PLACE = {"name": "w", "uses": [[1, 0, 0]]}


def test_what_is_written_by_hand_is_read(tmp_path):
    assert load_model(written(tmp_path, PLAIN)).network.parameters["W1"].shape == (2, 1)
    assert load_model(written(tmp_path, UNITS | {"parameters": [PLACE]})).network.wiring.count == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layer": [2, 1]}, r"network\.layer: unknown key 'layer'. Did you mean 'layers'"),
        ({"layers": None}, "expected either 'layers'"),
        ({"units": [["a"], ["b"]]}, "expected either 'layers'"),
        ({"parameters": []}, "'parameters' cannot be combined with 'layers'"),
        ({"layers": "2-1"}, "expected a list"),
        ({"layers": [2]}, "at least two layers"),
        ({"layers": [2, 0]}, r"network\.layers\[2\]: expected a whole number from 1"),
        ({"layers": [2, True]}, "expected a whole number"),
        ({"layers": [2, 1.0]}, "expected a whole number"),
        ({"layers": [2, 10**12]}, r"W1 has shape \(2, 1\), expected \(2, 1000000000000\)"),
        ({"layers": [2, 1, 1]}, "lacks the array 'W2'"),
        ({"activations": ["tanh", "tanh"]}, "expected 1 activations"),
        ({"activations": "tanh"}, "expected a list"),
        ({"activations": ["tan"]}, "unknown activation 'tan'"),
        ({"activations": [{"name": "elu", "alhpa": 1}]}, "no parameter 'alhpa'"),
        ({"activations": [{"name": "elu", "alpha": None}]}, "must be a finite number"),
        ({"activations": [{"name": "elu", "alpha": float("nan")}]}, "must be a finite number"),
        ({"activations": [{"name": "elu", "alpha": 10**400}]}, "too large"),
        ({"activations": [None]}, "expected a name"),
        ({"cost": "no_cost"}, "unknown cost"),
        ({"cost": {"name": "huber", "threshold": -1}}, "greater than 0"),
        ({"reduction": "max"}, "must be 'sum' or 'mean'"),
        ({"reduction": 1}, "expected a string"),
    ],
    ids=str,
)
def test_documents_that_are_wrong(tmp_path, change, message):
    network = {key: value for key, value in (PLAIN | change).items() if value is not None}
    with pytest.raises(ModelError, match=message):
        load_model(written(tmp_path, network))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"units": [["a", "a"], ["o"]]}, "two units named 'a'"),
        ({"units": [["a", "b"], []]}, "the list is empty"),
        ({"units": [["a", "b"]]}, "at least two layers"),
        ({"units": [["a", 3], ["o"]]}, "expected a string"),
        ({"parameters": {}}, "expected a list"),
        ({"parameters": [PLACE, PLACE]}, "two parameters named 'w'"),
        ({"parameters": [PLACE, PLACE | {"name": "v"}]}, "'v' is in the same place as 'w'"),
        ({"parameters": [PLACE | {"uses": []}]}, "the list is empty"),
        ({"parameters": [PLACE | {"uses": [[1, 0, 0], [1, None, 0]]}]}, "of one kind"),
        ({"parameters": [PLACE | {"uses": [[1, 0]]}]}, r"expected a place as \[layer, row, column\]"),
        ({"parameters": [PLACE | {"uses": [[2, 0, 0]]}]}, r"uses\[1\]\[1\]: expected a whole number from 1 to 1"),
        ({"parameters": [PLACE | {"uses": [[1, 2, 0]]}]}, "from 0 to 1"),
        ({"parameters": [PLACE | {"uses": [[1, 0, -1]]}]}, "from 0 to 0"),
        ({"parameters": [PLACE | {"trained": 0}]}, "expected true or false"),
        ({"parameters": [PLACE | {"value": 0}]}, "unknown key 'value'"),
        ({"parameters": [{"uses": [[1, 0, 0]]}]}, "'name' is missing"),
    ],
    ids=str,
)
def test_drawings_that_are_wrong(tmp_path, change, message):
    with pytest.raises(ModelError, match=message):
        load_model(written(tmp_path, UNITS | {"parameters": [PLACE]} | change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"W1": None}, "lacks the array 'W1'"),
        ({"W2": np.ones(1)}, "an array 'W2' that the layers do not have. Did you mean"),
        ({"W1": np.ones((1, 2))}, r"W1 has shape \(1, 2\), expected \(2, 1\)"),
        ({"W1": np.ones((2, 1), np.float32)}, "W1 holds float32"),
        ({"W1": np.ones((2, 1), np.int64)}, "W1 holds int64"),
        ({"b1": np.array([np.nan])}, r"b1: not a finite number at \(1\)"),
        ({"b1": np.array([np.inf])}, "not a finite number"),
    ],
    ids=str,
)
def test_arrays_that_are_wrong(tmp_path, change, message):
    arrays = {"W1": np.ones((2, 1)), "b1": np.ones(1)} | change
    with pytest.raises(ModelError, match=message):
        load_model(written(tmp_path, PLAIN, {key: value for key, value in arrays.items() if value is not None}))


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ({"format": 2}, "this model has format 2, but backproof .* reads formats up to 1; update backproof"),
        ({"format": 2, "new_key": 1}, "update backproof"),
        ({"format": 0}, "expected a whole number from 1"),
        ({"format": "1"}, "expected a whole number"),
        ({"format": None}, "'format' is missing"),
        ({"kind": "checkpoint"}, "expected a model, received 'checkpoint'"),
        ({"kind": None}, "'kind' is missing"),
        ({"backproof": None}, "'backproof' is missing"),
        ({"preparations": {}}, "unknown key 'preparations'. Did you mean 'preparation'"),
        ({"preparation": []}, "preparation: expected a table"),
        ({"facts": 1}, "facts: expected a table"),
    ],
    ids=str,
)
def test_heads_that_are_wrong(tmp_path, head, message):
    with pytest.raises(ModelError, match=message):
        load_model(written(tmp_path, PLAIN, **head))


def test_a_document_that_is_too_deep(tmp_path):
    for depth in (200, 100_000):
        (tmp_path / "m").write_bytes(container.pack_arrays("[" * depth + "]" * depth, {}))
        with pytest.raises(ModelError):
            load_model(tmp_path / "m")
        (tmp_path / "m").write_bytes(container.pack_arrays('{"a":' * depth + "1" + "}" * depth, {}))
        with pytest.raises(ModelError, match=r"nested deeper|recursion"):
            load_model(tmp_path / "m")


def test_any_other_file_of_arrays(tmp_path):
    for metadata in (None, {"format": "pt"}):
        save_file({"W1": np.ones((2, 1))}, tmp_path / "m", metadata)
        with pytest.raises(ModelError, match="without a description of them; expected a model"):
            load_model(tmp_path / "m")
    with pytest.raises(ModelError, match="there is no such file"):
        load_model(tmp_path / "none")


def test_every_key_of_a_document_is_known():
    assert "model" in container.write_document(MODEL, {})


def test_loading_makes_no_name_known(tmp_path, own_activations):
    mish = bp.activation("my_mish", lambda h: h * bp.tanh(bp.log(1 + bp.exp(h))))
    Network.dense([2, 3, 1], activation=[mish, "sigmoid"]).save(tmp_path / "m")
    activations.added.clear()
    network = Network.load(tmp_path / "m")
    assert network.activations[0] == mish
    assert "my_mish" not in activations.names()
    h = freeze(np.linspace(-40, 40, 101))
    assert network.activations[0].forward(h).tobytes() == mish.forward(h).tobytes()
