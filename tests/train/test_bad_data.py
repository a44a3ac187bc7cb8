"""Data and options that cannot be used: one clear error, never a traceback from within."""

from datetime import date
from fractions import Fraction

import numpy as np
import pytest

from backproof import Network
from backproof.errors import BackproofError, NameUnknown, NumberError, OptionError, ShapeError

X, Y = [[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]
NETWORK = Network.dense([2, 2, 1])

BAD_DATA = {
    "NaN": ([[0, np.nan], [1, 0]], Y, NumberError, r"inputs: not a finite number at \(1, 2\)"),
    "infinity": (X, [[1], [np.inf]], NumberError, r"targets: not a finite number at \(2, 1\)"),
    "nothing": ([], [], ShapeError, r"inputs have shape \(0,\)"),
    "no rows": (np.zeros((0, 2)), np.zeros((0, 1)), ShapeError, "contain no sample"),
    "too wide": ([[1, 2, 3]], [[1]], ShapeError, r"shape \(1, 3\), expected \(samples, 2\)"),
    "too deep": (np.zeros((2, 2, 2)), Y, ShapeError, r"expected \(samples, 2\)"),
    "a number": (1.0, Y, ShapeError, r"shape \(\), expected"),
    "flat targets of other samples": (X, [1, 0, 1], ShapeError, r"targets have shape \(3,\), expected \(samples, 1\)"),
    "ragged": ([[1, 2], [1]], Y, NumberError, "rows of equal length"),
    "words": ([["a", "b"]], [[1]], NumberError, "inputs: expected numbers"),
    "digits as text": ([["1", "2"]], [[1]], NumberError, "inputs: expected numbers"),
    "text": ("12", Y, NumberError, "inputs: expected numbers"),
    "bytes": (b"12", Y, NumberError, "inputs: expected numbers"),
    "None": (None, Y, BackproofError, "inputs"),
    "a hole": ([[1, None]], [[1]], NumberError, "inputs"),
    "complex": (np.array([[1j, 0]]), [[1]], NumberError, "complex"),
    "dates": (np.array([["2026-01-01", "2026-01-02"]], dtype="M8[D]"), [[1]], NumberError, "inputs"),
    "objects": ([[date(2026, 1, 1), 1]], [[1]], NumberError, "inputs: expected numbers"),
    "too large": ([[10**400, 1]], [[1]], NumberError, "inputs: expected numbers"),
    "a set": ({1, 2}, [[1]], NumberError, "inputs: expected numbers"),
    "one more input": ([[0, 0], [0, 1], [1, 1]], Y, ShapeError, "3 inputs and 2 targets"),
}
BAD_OPTIONS = [
    ({"epochs": -1}, OptionError, "epochs must be a whole number from 0 to 1,000,000,000,000,000, received -1"),
    ({"epochs": 1.5}, OptionError, "epochs must"),
    ({"epochs": True}, OptionError, "epochs must"),
    ({"epochs": "9" * 999}, OptionError, r"received '9{50,60}\.\.\."),
    ({"learning_rate": float("nan")}, OptionError, "learning_rate must be a finite number from 0, received nan"),
    ({"learning_rate": float("inf")}, OptionError, "learning_rate must"),
    ({"learning_rate": -0.1}, OptionError, "learning_rate must"),
    ({"learning_rate": "fast"}, OptionError, "learning_rate must.*received 'fast'"),
    ({"learning_rate": None}, OptionError, "learning_rate must"),
    ({"learning_rate": 1j}, OptionError, "learning_rate must"),
    ({"learning_rate": [0.1]}, OptionError, "learning_rate must"),
    ({"batch_size": 0}, OptionError, "batch_size must be a whole number from 1"),
    ({"batch_size": 2.0}, OptionError, "batch_size must"),
    ({"seed": -1}, OptionError, "seed must be a whole number from 0"),
    ({"seed": "x"}, OptionError, "seed must"),
    ({"optimizer": "sdg"}, NameUnknown, "Did you mean 'sgd'?"),
    ({"optimizer": {"name": "sgd", "momentun": 0.9}}, OptionError, "Did you mean 'momentum'?"),
    ({"optimizer": {"name": "adam", "beta1": 2}}, NumberError, "beta1"),
]


@pytest.mark.parametrize(("x", "y", "kind", "message"), BAD_DATA.values(), ids=BAD_DATA)
def test_bad_data(x, y, kind, message):
    with pytest.raises(kind, match=message) as caught:
        NETWORK.fit(x, y, epochs=1)
    assert isinstance(caught.value, ValueError)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("options", "kind", "message"), BAD_OPTIONS)
def test_bad_options(options, kind, message):
    with pytest.raises(kind, match=message):
        NETWORK.fit(X, Y, **{"epochs": 1, **options})


@pytest.mark.parametrize(("sizes", "options", "says"), [
    (3, {}, r"expected a list of layer sizes such as \[2, 2, 1\], received 3"), (None, {}, "list of layer sizes"),
    ("221", {}, "list of layer sizes"), ([2, 1.5], {}, "layer's size"),
    ([2, 1], {"parameters": 3}, "expected a mapping"),
    ([2, 1], {"activation": 5}, "activation: expected a name"), ([2, 1], {"cost": 5}, "cost: expected a name"),
    ([2, 1], {"seed": "x"}, "seed must"),
])  # fmt: skip
def test_what_is_no_network(sizes, options, says):
    with pytest.raises(BackproofError, match=says):
        Network.dense(sizes, **options)


@pytest.mark.parametrize(
    "kind", [np.float32, np.float16, np.int8, bool, object, lambda x: [list(map(Fraction, row)) for row in x], tuple]
)
def test_any_kind_of_number_will_do(kind):
    x = np.array(X).astype(kind) if isinstance(kind, type) and kind is not tuple else kind(X)
    np.testing.assert_array_equal(NETWORK.predict(x), NETWORK.predict(X))
    assert NETWORK.fit(x, Y, epochs=np.int64(2), learning_rate=np.float32(0.5), batch_size=np.int64(1)).final_cost > 0


def test_one_sample_may_be_flat():
    assert NETWORK.fit([0, 1], [1], epochs=1).cost == NETWORK.fit([[0, 1]], [[1]], epochs=1).cost
