"""Where a central difference is far from the derivative, the derivation says why."""

import numpy as np
import pytest

from backproof import Network


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
