"""A softmax along an axis: each number depends on those of its own row, and a causal one on none that come later."""

from itertools import product

import numpy as np
import pytest

from backproof.errors import BackproofError
from backproof.network import Network
from backproof.operations.activation import activations

SHAPES = [(3,), (2, 3), (3, 2), (2, 2, 3)]
CASES = [(shape, axis, causal) for shape in SHAPES for axis in range(-len(shape), len(shape))
         for causal in (False, True) if not causal or (len(shape) > 1 and axis in (-1, len(shape) - 1))]  # fmt: skip
every = pytest.mark.parametrize(("shape", "axis", "causal"), CASES)


def make_trace(shape, axis, causal):
    rng = np.random.default_rng(len(shape) + axis)
    table = {
        "name": "s",
        "kind": "identity",
        "activation": {"name": "softmax", "axis": axis, "causal": causal},
    }
    network = Network.graph(list(shape), [table], cost="half_squared_error")
    return network.trace(rng.normal(size=(1, *shape)), rng.normal(size=(1, np.prod(shape))))


@every
def test_each_activation_and_each_slope_is_that_of_pytorch(shape, axis, causal):
    torch = pytest.importorskip("torch")
    truth = pytest.importorskip("truth")
    trace = make_trace(shape, axis, causal)
    layer = trace.architecture.layers[1]
    h = torch.tensor(trace.forward.h[1])
    jacobian = torch.autograd.functional.jacobian(truth.activation(layer.activation), h)
    jacobian = jacobian.reshape(layer.size, layer.size).numpy()
    units = list(enumerate(layer.units))
    for number, unit in units:
        found = trace.explain(f"a[{unit}]")
        assert found.value == pytest.approx(float(truth.activation(layer.activation)(h).reshape(-1)[number]), rel=1e-12)
        assert found.lines[0].value == pytest.approx(found.value, rel=1e-12)
    for (i, one), (j, other) in product(units, units):
        derivation = trace.explain(f"da[{one}]/dh[{other}]")
        assert derivation.value == pytest.approx(jacobian[i, j], rel=1e-11, abs=1e-14)
        assert all(line.value == pytest.approx(jacobian[i, j], rel=1e-11, abs=1e-14) for line in derivation.lines
                   if line.kind == "chain_rule")  # fmt: skip


@every
def test_an_error_is_the_sum_over_its_row(shape, axis, causal):
    trace = make_trace(shape, axis, causal)
    for unit in trace.architecture.layers[1].units:
        derivation = trace.explain(f"delta[{unit}]")
        assert derivation.value == pytest.approx(derivation.estimate, rel=1e-5, abs=1e-9)
        assert all(line.value == pytest.approx(derivation.value, rel=1e-10, abs=1e-14) for line in derivation.lines
                   if line.kind in ("chain_rule", "numbers"))  # fmt: skip


def test_a_later_column_of_a_causal_softmax_is_0_and_says_so():
    trace = make_trace((2, 3), -1, True)
    assert trace["a[s[0,1]]"] == 0.0
    assert "leaves it out" in str(trace.explain("delta[s[0,1]]"))


@pytest.mark.parametrize(("options", "shape"), [
    ({"axis": 1}, (3,)), ({"axis": -3}, (2, 2)), ({"axis": 0.5}, (3,)), ({"axis": True}, (3,)), ({"causal": 1}, (2, 2)),
    ({"causal": True}, (3,)), ({"causal": True, "axis": 0}, (2, 2)), ({"axes": 0}, (2, 2)),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(options, shape):
    table = {"name": "s", "kind": "identity", "activation": {"name": "softmax", **options}}
    with pytest.raises(BackproofError, match=r"axis|axes|causal"):
        Network.graph(list(shape), [table], cost="half_squared_error")


def test_options_are_written_as_they_were_given():
    from backproof.operations.registry import write_operation

    made = activations.make({"name": "softmax", "axis": 0})
    assert write_operation(made) == {"name": "softmax", "axis": 0}
    assert write_operation(activations.make("softmax")) == "softmax"
