"""Whatever one key of a graph worksheet holds, out comes a Worksheet or one clear error: soon, and in little memory."""

import math
import random
import time
import tracemalloc

import numpy as np
import pytest
from safetensors.numpy import save_file

from backproof import Network
from backproof.errors import BackproofError, WorksheetError
from backproof.graph import write_layers
from backproof.operations.registry import write_operation
from backproof.worksheet import loads, toml
from backproof.worksheet.writer import dumps
from graphs import random_graph

HOSTILE = [
    True,
    False,
    0,
    -1,
    1,
    2,
    3,
    7,
    0.0,
    1.0,
    1.5,
    -2.5,
    2**31,
    2**63,
    10**30,
    10**400,
    math.nan,
    math.inf,
    -math.inf,
    1e308,
    1e-320,
    "",
    "x",
    "E",
    "eta",
    "c",
    "dense",
    "conv2d",
    "flatten",
    "add",
    "relu",
    "softmax",
    "sigmoid",
    "nonsense",
    "cross_entropy",
    "output",
    "\x1b[31mred\x1b[0m",
    "\x9b2J",
    "\x7f",
    "\u202eesrever",
    "\ud7ff",
    "a b",
    "a[0]",
    "o.weight",
    "l1.3",
    "../w",
    "é",
    "n" * 100_000,
    [],
    [[]],
    [0],
    [1],
    [-1],
    [1, 1],
    [2, 2],
    [True, True],
    [1.5, 2],
    [1, 2, 3],
    [10**9, 10**9],
    [10**30],
    [math.nan, 1],
    ["x"],
    ["x", "x"],
    ["x", "nonsense"],
    [["x"]],
    ["\x1b"],
    ["n" * 100_000],
    [1, "x"],
    [[1], [2, [3]]],
    [1] * 5000,
    ["x"] * 5000,
    {},
    {"name": "leaky_relu", "slope": math.nan},
    {"name": "leaky_relu", "slop": 1},
    {"name": 1},
    {"x": {"y": [1]}},
    {"name": "n" * 100_000},
]
#: What no file holds.
FOREIGN = [
    None,
    10**5000,
    1j,
    b"x",
    object(),
    np.float64(2.0),
    np.array([1, 2]),
    {1: 2},
    {"x"},
    (1, 2),
    [None],
    lambda: 1,
]
KEYS = [
    "name",
    "kind",
    "from",
    "activation",
    "weights_of",
    "units",
    "channels",
    "kernel",
    "stride",
    "padding",
    "bias",
    "epsilon",
    "inputs",
    "outputs",
    "layers",
    "cost",
    "initialiser",
    "seed",
    "parameters",
    "reduction",
    "learning_rate",
    "optimizer",
    "",
    "\x1b",
    "n" * 1000,
]


def draw_document(seed):
    """A sound worksheet of a random graph, as its tables."""
    graph = random_graph(seed, layers=4, samples=2)
    architecture = graph.network.architecture
    network = {
        "inputs": list(architecture.layers[0].shape),
        "cost": write_operation(architecture.cost),
        "outputs": [architecture.layers[number].name for number in architecture.outputs],
        "layers": write_layers(architecture),
        "initialiser": "glorot_uniform",
        "seed": 1,
    }
    data = {"inputs": graph.x.tolist(), "targets": graph.y.tolist(), "reduction": architecture.reduction}
    return {"network": network, "data": data, "training": {"learning_rate": 0.1}}


def places_in(value, path=()):
    """The path of every value inside another one."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield (*path, key)
        yield from places_in(member, (*path, key))


def mutate(document, rng, values=HOSTILE):
    """Change one value, key or order of a document, most often in its layers."""
    paths = [path for path in places_in(document) if path[:1] != ("data",) or rng.random() < 0.1]
    *parents, key = rng.choice(paths)
    holder = document
    for parent in parents:
        holder = holder[parent]
    layers = document["network"]["layers"]
    names = [layer["name"] for layer in layers]
    value = rng.choice([*values, *names, [names[0], names[-1]], [names[-1]] * 2])
    match rng.randrange(8):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[rng.choice(KEYS)] = value
        case 2 if isinstance(holder, dict):
            holder[rng.choice(KEYS)] = holder.pop(key)
        case 3 if isinstance(holder, list):
            holder.insert(key, rng.choice([value, holder[key]]))
        case 4 if isinstance(holder, list):
            rng.shuffle(holder)
        case 5:
            rng.choice(layers)[rng.choice(KEYS[:12])] = value
        case _:
            holder[key] = value
    return document


def write(document):
    """Its tables as TOML."""
    tables = ((name, table) for name, table in document.items() if isinstance(table, dict))
    return "\n".join(
        "\n".join([f"[{toml.write_key(name)}]", *(toml.write_pair(key, value) for key, value in table.items())])
        for name, table in tables
    )


@pytest.mark.parametrize("axes", [33, 65, 5000])
def test_a_shape_of_more_axes_than_arrays_have_is_refused(axes):
    with pytest.raises(BackproofError, match="number of axes of the inputs must be a whole number from 1 to 32"):
        Network.graph([1] * axes, [{"name": "f", "kind": "flatten"}], cost="squared_error")
    assert Network.graph([1] * 32, [{"name": "f", "kind": "flatten"}], cost="squared_error").predict(
        np.ones((2, 1))
    ).shape == (2, 1)


def check_message(error, seconds):
    message = str(error)
    assert seconds < 1, message
    assert len(message) < 2500
    assert "\n" not in message
    assert "Traceback" not in message
    return message


def read_mutated(seed):
    """What becomes of one mutated worksheet: the message, or empty where it was read."""
    rng = random.Random(seed)
    document = mutate(draw_document(seed % 40), rng)
    text = write(document)
    start = time.perf_counter()
    try:
        sheet = loads(text)
        sheet.trace()["E"]
        assert loads(dumps(sheet)) == sheet
    except WorksheetError as error:
        return check_message(error, time.perf_counter() - start)
    except BackproofError as error:  # from a later step than reading
        check_message(error, time.perf_counter() - start)
    assert time.perf_counter() - start < 1
    return ""


def build_mutated(seed):
    """The same for the entry from Python, which is handed values that no file holds too."""
    rng = random.Random(seed)
    network = mutate(draw_document(seed % 40), rng, [*HOSTILE, *FOREIGN]).get("network")
    if not isinstance(network, dict):
        return ""
    start = time.perf_counter()
    try:
        Network.graph(
            network.pop("inputs", None),
            network.pop("layers", None),
            cost=network.pop("cost", None),
            **{key: value for key, value in network.items() if key in ("outputs", "initialiser", "seed", "reduction")},
        )
    except BackproofError as error:
        return check_message(error, time.perf_counter() - start)
    return ""


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("handle", [read_mutated, build_mutated])
def test_one_change_gives_a_worksheet_or_one_clear_error(handle, seed):
    tracemalloc.start()
    try:
        messages = [handle(30 * seed + number) for number in range(30)]
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()
    assert any(messages)


HUGE = [
    (
        "terabytes of weights",
        [{"kind": "dense", "units": 10_000_000}, {"kind": "dense", "units": 10_000_000}],
        "do not fit into memory",
    ),
    (
        "more units than any layer has",
        [{"kind": "dense", "units": 10**12}],
        "units must be a whole number from 1 to 10,000,000",
    ),
    ("digits without end", [{"kind": "dense", "units": 10**5000}], "received a number of too many digits"),
    (
        "a kernel of many places",
        [{"kind": "conv2d", "channels": 1, "kernel": 5000, "padding": 5000}],
        "at most 10,000 places",
    ),
    (
        "padding without end",
        [{"kind": "conv2d", "channels": 1, "kernel": 1, "padding": 10**7, "stride": 10**7}],
        "at most 1,000,000,000",
    ),
    (
        "a stride of 0",
        [{"kind": "conv2d", "channels": 1, "kernel": 1, "stride": 0}],
        "stride must be a whole number from 1",
    ),
    (
        "a kernel larger than its picture",
        [{"kind": "conv2d", "channels": 1, "kernel": 4}],
        "does not fit into an image of (3, 3)",
    ),
]


@pytest.mark.parametrize(("layers", "says"), [pytest.param(*case[1:], id=case[0]) for case in HUGE])
def test_sizes_beyond_reach_are_refused_before_anything_is_made(layers, says):
    inputs = [1, 3, 3] if layers[0]["kind"] == "conv2d" else 2
    start = time.perf_counter()
    with pytest.raises(BackproofError) as refused:
        Network.graph(inputs, [{"name": f"l{k}", **layer} for k, layer in enumerate(layers)], cost="squared_error")
    assert says in check_message(refused.value, time.perf_counter() - start)


DAMAGES = {
    "missing": lambda arrays, key: arrays.pop(key),
    "of another shape": lambda arrays, key: arrays.update({key: np.zeros((*arrays[key].shape, 1))}),
    "one row too many": lambda arrays, key: arrays.update(
        {key: np.zeros((arrays[key].shape[0] + 1, *arrays[key].shape[1:]))}
    ),
    "empty": lambda arrays, key: arrays.update({key: np.zeros(0)}),
    "NaN": lambda arrays, key: arrays.update({key: np.full(arrays[key].shape, np.nan)}),
    "infinite": lambda arrays, key: arrays.update({key: np.full(arrays[key].shape, -np.inf)}),
    "whole numbers": lambda arrays, key: arrays.update({key: np.ones(arrays[key].shape, dtype=np.int64)}),
    "under a longer name": lambda arrays, key: arrays.update({key + "x" * 5000: arrays.pop(key)}),
    "beside a stranger": lambda arrays, key: arrays.update({key + "\x1b[31m": arrays[key]}),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_array_of_a_parameter_file_is_named(tmp_path, damage, seed):
    document, rng = draw_document(seed), random.Random(seed)
    sheet = random_graph(seed, layers=4, samples=2)
    arrays = dict(sheet.network.parameters)
    key = rng.choice(list(arrays))
    DAMAGES[damage](arrays, key)
    save_file(arrays, tmp_path / "w.safetensors")
    del document["network"]["initialiser"], document["network"]["seed"]
    document["network"]["parameters"] = "w.safetensors"
    start = time.perf_counter()
    with pytest.raises(WorksheetError) as refused:
        loads(write(document), tmp_path)
    assert key in check_message(refused.value, time.perf_counter() - start)
