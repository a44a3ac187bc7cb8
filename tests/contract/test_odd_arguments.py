"""Whatever is handed to a public function, it answers or raises an error of ours, in a message of bounded length."""

import numpy as np
import pytest

import backproof as bp
from backproof import Network
from backproof.errors import BackproofError
from backproof.worksheet import loads

ODD = {
    "None": None, "1.5": 1.5, "nan": float("nan"), "inf": float("inf"), "-1": -1, "empty list": [], "dict": {},
    "empty text": "", "bytes": b"x", "long text": "x" * 100_000, "array(2)": np.array(2.0), "array": np.array([1, 2]),
    "empty array": np.array([]), "object": object(), "True": True, "10**400": 10**400, "tuple": (1,), "complex": 1j,
    "ragged": [[1], [1, 2]], "float64": np.float64(3), "int64": np.int64(2), "set": set(), "function": lambda: 0,
    "texts": np.array(["a"]), "date": np.datetime64("2020"), "half a character": "\ud800", "longs": ["y" * 100_000],
}  # fmt: skip
DATA = ([[1, 1]], [[1]])


def nothing(parameters, x, y):
    return {key: np.zeros_like(array) for key, array in parameters.items()}


def calls():
    """Each argument of each function that reads a worksheet, a network or data."""
    sheet = bp.load("or")
    network = sheet.network
    trace = network.trace(*DATA)
    return {
        "check": bp.check,
        "check network": lambda odd: bp.check("a.md", network=odd),
        "check step": lambda odd: bp.check("a.md", network="or", step=odd),
        "check sample": lambda odd: bp.check("a.md", network="or", sample=odd),
        "load": bp.load,
        "loads": loads,
        "load_model": bp.load_model,
        "place": network.place,
        "parameter": network.parameter,
        "parameters[]": lambda odd: network.parameters[odd],
        "dense": Network.dense,
        "dense size": lambda odd: Network.dense([2, odd]),
        "dense activation": lambda odd: Network.dense([2, 1], activation=odd),
        "dense cost": lambda odd: Network.dense([2, 1], cost=odd),
        "dense initialiser": lambda odd: Network.dense([2, 1], initialiser=odd),
        "dense seed": lambda odd: Network.dense([2, 1], seed=odd),
        "dense reduction": lambda odd: Network.dense([2, 1], reduction=odd),
        "dense parameters": lambda odd: Network.dense([2, 1], parameters=odd),
        "with_parameters": network.with_parameters,
        "predict": network.predict,
        "trace x": lambda odd: network.trace(odd, DATA[1]),
        "trace y": lambda odd: network.trace(DATA[0], odd),
        "trace rate": lambda odd: network.trace(*DATA, learning_rate=odd),
        "trace sample": lambda odd: network.trace(*DATA, sample=odd),
        "trace[]": lambda odd: trace[odd],
        "explain": trace.explain,
        "worksheet step": lambda odd: sheet.trace(step=odd),
        "worksheet sample": lambda odd: sheet.trace(sample=odd),
        "check_gradient": lambda odd: bp.check_gradient(odd, network, sheet.x, sheet.y),
        "check_gradient network": lambda odd: bp.check_gradient(nothing, odd, sheet.x, sheet.y),
        "check_gradient x": lambda odd: bp.check_gradient(nothing, network, odd, sheet.y),
        "check_gradient y": lambda odd: bp.check_gradient(nothing, network, sheet.x, odd),
    }


@pytest.mark.parametrize("odd", ODD)
def test_odd_arguments_raise_errors_of_ours(tmp_path, monkeypatch, odd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.md").write_text("E = 0.5")
    messages = []
    for call in calls().values():
        try:
            call(ODD[odd])
        except BackproofError as error:
            messages.append(str(error))
    assert all(0 < len(message) < 4500 for message in messages)


@pytest.mark.parametrize("sizes", [np.array(2.0), np.array([[1, 2]]), 3, "22", None, {2: 1}, b"22"])
def test_what_is_no_list_of_sizes_is_refused(sizes):
    with pytest.raises(BackproofError, match="expected a list of layer sizes"):
        Network.dense(sizes)


def test_sizes_may_be_an_array():
    assert [len(layer) for layer in Network.dense(np.array([2, 3, 1])).units] == [2, 3, 1]
