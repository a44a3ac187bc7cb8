"""Where a central difference is far from the derivative, the derivation says why."""

import numpy as np
import pytest

from backproof import Network
from backproof.derivation import WHOLE
from backproof.expression import Value, walk


def chain(activation: str, h: float, weight: float = 2.0):
    """One unit whose pre-activation is h, before a linear output."""
    parameters = {"W1": [[1.0]], "b1": [h], "W2": [[weight]], "b2": [0.0]}
    network = Network.dense([1, 1, 1], activation=[activation, "identity"], parameters=parameters)
    return network.trace([[0.0]], [[1.0]])


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "selu"])
@pytest.mark.parametrize("name", ["da/dh[l1.1]", "dE/dh[l1.1]", "delta[l1.1]", "dE/db[1][l1.1]"])
def test_a_kink_is_named_with_the_slopes_on_both_sides(activation, name):
    found = chain(activation, 0.0).explain(name)
    assert any("its slope is about" in note for note in found.notes)


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "softplus", "elu", "silu"])
@pytest.mark.parametrize("h", [-2.0, -0.01, 0.3, 5.0])
def test_nothing_is_said_where_the_function_is_smooth(activation, h):
    for name in ("da/dh[l1.1]", "dE/dh[l1.1]", "dE/da[l1.1]"):
        assert not any("central difference" in note for note in chain(activation, h).explain(name).notes)


@pytest.mark.parametrize("size", [1e100, 1e155, 1e200, 1e300])
def test_no_gap_is_left_unexplained_at_extreme_sizes(size):
    trace = chain("sigmoid", 0.3, size)
    for name in ("da/dh[l1.1]", "dE/dh[l1.1]", "dE/da[l1.1]", "dE/da[l2.1]"):
        found = trace.explain(name)
        with np.errstate(all="ignore"):
            apart = abs(np.float64(found.value) - found.estimate)
        near = apart <= 1e-3 * abs(found.value)
        assert near or any("central difference" in note for note in found.notes)


def test_at_a_kink_the_stated_derivative_and_the_activation_are_named():
    for activation, stated in (("relu", "0"), ("leaky_relu", "0.01"), ("selu", "1.76")):
        notes = chain(activation, 0.0).explain("dE/db[1][l1.1]").notes
        assert any(
            f"{activation.replace('_', ' ')} has a kink at 0: its stated derivative there is {stated}." in note
            and "averages both sides" in note
            for note in notes
        )


def test_a_kink_behind_other_layers_is_found_too():
    parameters = {"W1": [[1.0]], "b1": [0.3], "W2": [[0.0]], "b2": [0.0], "W3": [[2.0]], "b3": [0.0]}
    network = Network.dense([1, 1, 1, 1], activation=["tanh", "relu", "identity"], parameters=parameters)
    trace = network.trace([[0.0]], [[1.0]])
    assert any("relu has a kink at 0" in note for note in trace.explain("dE/dw[2][l1.1,l2.1]").notes)
    assert not trace.explain("dE/dw[3][l2.1,l3.1]").notes


ENDS = [
    ("identity", "half_squared_error"),
    ("identity", "huber"),
    ("tanh", "squared_error"),
    ("sigmoid", "binary_cross_entropy"),
    ("softplus", "binary_cross_entropy"),
]
NAMES = ("E", "h[l2.1]", "a[l2.1]", "dE/da[l2.1]", "dE/dh[l2.1]", "dE/da[l1.1]", "dE/dh[l1.1]", "dE/db[1][l1.1]")


def extreme_derivations(activation, end, cost):
    for h in (-800.0, -40.0, 0.5, 800.0):
        for weight in (1e-300, 1e-17, 1e100, 1e154, 1e155, 1e200, 1e300, -1e155):
            parameters = {"W1": [[1.0]], "b1": [h], "W2": [[weight]], "b2": [0.0]}
            network = Network.dense([1, 1, 1], activation=[activation, end], cost=cost, parameters=parameters)
            trace = network.trace([[0.0]], [[1.0]])
            yield from (trace.explain(name) for name in NAMES)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("activation", ["sigmoid", "relu", "softplus", "identity"])
@pytest.mark.parametrize(("end", "cost"), ENDS)
def test_no_line_contradicts_its_result_at_extreme_sizes(activation, end, cost):
    for found in extreme_derivations(activation, end, cost):
        for line in found.lines:
            put_in = [node.value for node in walk(line.right) if isinstance(node, Value)]
            if line.kind == "numbers":
                assert np.isfinite(put_in).all(), "a number beyond float64 was put in"
            if line.kind in WHOLE and np.isfinite(found.value):
                assert np.isfinite(line.value), (found, line)
                assert abs(line.value - found.value) <= 1e-6 * abs(found.value) or _rounds(line, found), (found, line)
            if line.kind == "local_derivatives" and np.isfinite(found.value):
                assert np.isfinite(line.value) or found.notes
        assert np.isfinite(found.value) or any("beyond float64" in note for note in found.notes)


def _rounds(line, found):
    """Whether a line is worth something else only because 1 + x is 1 in float64, as in ln(1 + e^-40)."""
    return found.name == "a[l2.1]" and abs(line.value - found.value) < 1e-15


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("activation", ["sigmoid", "relu", "softplus", "identity"])
@pytest.mark.parametrize(("end", "cost"), ENDS)
def test_every_gap_is_explained_at_extreme_sizes(activation, end, cost):
    for found in extreme_derivations(activation, end, cost):
        if found.estimate is not None:
            with np.errstate(all="ignore"):
                apart = abs(np.float64(found.value) - found.estimate)
            near = np.isfinite(apart) and apart <= max(1e-3 * abs(found.value), 1e-9)
            assert near or any("central difference" in note for note in found.notes), found
