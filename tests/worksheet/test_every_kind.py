"""Each kind of layer in a worksheet: written, read again, explained number by number."""

from math import prod

import numpy as np
import pytest

from backproof import Network
from backproof.derivation import WHOLE
from backproof.training import Training
from backproof.worksheet import Worksheet, loads
from backproof.worksheet.writer import dumps
from kinds import KINDS

CASES = [pytest.param(name, *case, id=f"{name}-{number}") for name, each in KINDS.items()
         for number, case in enumerate(each.CASES)]  # fmt: skip
SAMPLES = 2


def make_sheet(name, options, shapes):
    """A worksheet whose inputs are cut into the layers that one of the kind receives; dense layers come after it."""
    rng, layers, start = np.random.default_rng(0), [], 0
    for number, shape in enumerate(shapes):
        stop = start + prod(shape)
        layers += [
            {"name": f"s{number}", "kind": "slice", "from": "x", "start": start, "stop": stop},
            {"name": f"r{number}", "kind": "reshape", "shape": list(shape)},
        ]
        start = stop
    senders = [f"r{number}" for number in range(len(shapes))]
    layers += [
        {"name": "k", "kind": name, "from": senders, "activation": "tanh", **options},
        {"name": "f", "kind": "flatten"},
        {"name": "o", "kind": "dense", "units": 2, "activation": "sigmoid"},
    ]
    network = Network.graph(start, layers, cost="half_squared_error", seed=1)
    draw = getattr(KINDS[name], "draw_received", lambda rng, shape: rng.normal(size=shape))
    x = np.concatenate([draw(rng, (SAMPLES, *shape)).reshape(SAMPLES, -1) for shape in shapes], axis=1)
    return Worksheet("kind", network, x, rng.normal(size=(SAMPLES, 2)), training=Training(0.1))


@pytest.mark.parametrize(("name", "options", "shapes"), CASES)
def test_a_layer_of_every_kind_is_written_and_read_again(name, options, shapes):
    sheet = make_sheet(name, options, shapes)
    again = loads(dumps(sheet))
    assert again == sheet
    assert again.network.architecture == sheet.network.architecture


@pytest.mark.parametrize(("name", "options", "shapes"), CASES)
def test_numbers_around_a_layer_of_every_kind_are_explained(name, options, shapes):
    trace, rng = make_sheet(name, options, shapes).trace(sample=1), np.random.default_rng(1)
    layers = {layer.name: layer for layer in trace.architecture.layers}
    units = [str(unit) for unit in rng.choice(layers["k"].units, 2)]
    sent = str(rng.choice(layers["r0"].units))
    parameters = [str(each) for each in rng.permutation([*trace.architecture.wiring.names()]) if each[0] == "k"][:2]
    names = [f"{what}[{unit}]" for unit in units for what in ("h", "a", "dE/da", "dE/dh")]
    names += [f"dE/da[{sent}]", f"dh[{units[0]}]/da[{sent}]", *(f"dE/d{each}" for each in parameters)]
    names += [f"dh[{units[0]}]/d{each}" for each in parameters]
    for name in names:
        derivation = trace.explain(name)
        right = pytest.approx(trace[name], rel=1e-10, abs=1e-12)
        assert derivation.value == right, name
        assert all(line.value == right for line in derivation.lines if line.kind in WHOLE), name
        if derivation.estimate is not None:
            assert derivation.estimate == pytest.approx(trace[name], rel=1e-5, abs=1e-8), name
