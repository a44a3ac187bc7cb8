"""Tokens become rows of numbers: right or refused, and explained by the row that they read."""

import numpy as np
import pytest

from backproof import Network
from backproof.errors import BackproofError, NumberError
from backproof.worksheet import loads

LAYERS = [
    {"name": "e", "kind": "embedding", "count": 5, "size": 2},
    {"name": "m", "kind": "mean", "axis": 0},
    {"name": "o", "kind": "dense", "units": 1, "activation": "tanh"},
]
X, Y = np.array([[3, 1, 3], [0, 1, 4]]), np.array([[1.0], [0.0]])


def make_network(layers=LAYERS, inputs=3):
    return Network.graph(inputs, layers, cost="half_squared_error", seed=1)


def test_a_token_that_appears_twice_counts_twice():
    trace = make_network().trace(X, Y, learning_rate=0.1, sample=1)
    derivation = trace.explain("dE/de.weight[3,1]")
    assert derivation.value == pytest.approx(trace["dE/dh[e[0,1]]"] + trace["dE/dh[e[2,1]]"], rel=1e-12)
    assert derivation.value == pytest.approx(trace["dE/de.weight[3,1]"], rel=1e-12)
    assert derivation.estimate == pytest.approx(derivation.value, rel=1e-6)
    assert "shared: the sum over its 2 uses" in str(derivation)
    assert "and through 1 more in the same way" in " ".join(str(derivation).split())


def test_shares_of_samples_add_up_and_a_row_that_no_token_reads_has_none():
    network = make_network()
    trace = network.trace(X, Y)
    shares = [trace.of_sample(sample)["dE/de.weight[1,0]"] for sample in (1, 2)]
    assert sum(shares) == pytest.approx(trace["dE/de.weight[1,0]"], rel=1e-12)
    assert trace["dE/de.weight[2,1]"] == trace.explain("dE/de.weight[2,1]").value == 0
    assert trace.of_sample(2)["dE/de.weight[3,0]"] == 0
    assert trace.of_sample(1).explain("dE/da[x[1]]").value == 0


def test_h_is_the_row_of_the_token():
    trace = make_network().trace(X, Y, sample=2)
    derivation = trace.explain("h[e[2,1]]")
    assert derivation.value == trace["e.weight[4,1]"]
    assert derivation.lines[0].reason == "row 4 of the weights: that of the token"


@pytest.mark.parametrize("token", [1.5, -1, 5, 1e300])
def test_what_is_no_token_is_refused_with_its_sample(token):
    network, x = make_network(), X.astype(float)
    x[1, 2] = token
    for use in (network.predict, lambda x: network.trace(x, Y), lambda x: network.fit(x, Y, epochs=1)):
        with pytest.raises(NumberError, match=r"layer 'e': embedding expects whole numbers from 0 to 4.*in sample 2"):
            use(x)


def test_tokens_that_are_picked_first_are_looked_at_too():
    layers = [{"name": "s", "kind": "slice", "stop": 2}, *LAYERS]
    network = make_network(layers)
    assert network.predict([[3, 1, 99.5]]).shape == (1, 1)
    with pytest.raises(NumberError, match=r"whole numbers from 0 to 4, received 99\.5 in sample 1"):
        network.predict([[99.5, 1, 3]])


def test_a_worksheet_says_where_a_token_is_wrong():
    written = """
[network]
inputs = 3
cost = "half_squared_error"
layers = [
  {name = "e", kind = "embedding", count = 5, size = 2},
  {name = "f", kind = "flatten"},
  {name = "o", kind = "dense", units = 1},
]
initialiser = "glorot_uniform"
[data]
inputs = [[3, 1, 5]]
targets = [[1]]
"""
    with pytest.raises(BackproofError, match=r"inputs.*layer 'e': embedding expects whole numbers from 0 to 4"):
        loads(written)


@pytest.mark.parametrize("engine", ["numpy", "jax"])
def test_rows_are_trained_on_both_engines(engine):
    if engine == "jax":
        pytest.importorskip("jax")
    network = make_network()
    history = network.fit(X, Y, epochs=300, batch_size=2, learning_rate=0.5, engine=engine, dtype="float64", seed=0)
    before, after = network.parameters["e.weight"], history.network.parameters["e.weight"]
    assert np.abs(history.network.predict(X) - Y).max() < 0.1
    assert np.array_equal(before[2], after[2])
    assert (before[[0, 1, 3, 4]] != after[[0, 1, 3, 4]]).all()
