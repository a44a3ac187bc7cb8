"""What may be handed over, and what bad code comes to: one message that says what was expected."""

import itertools
import json

import numpy as np
import pytest

import backproof
from backproof import BackproofError, Network, check_gradient
from backproof.training import Training
from backproof.worksheet import load, loads
from usercode import Net

NETWORK = Network.dense([3, 4, 2], activation=["tanh", "sigmoid"], cost="half_squared_error", reduction="mean", seed=1)
USER = Net(["tanh", "sigmoid"], "half_squared_error", "mean")
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(5, 3)), RNG.uniform(size=(5, 2))
RIGHT = USER.backward(NETWORK.parameters, X, Y)


def backward(p, x, y):
    return USER.backward(p, x, y)


def in_place(p, x, y):
    gradients = USER.backward(p, x, y)
    p["W1"] -= 0.1 * gradients["W1"]
    x *= 2
    return gradients


RIGHT_FORMS = {
    "mapping": RIGHT,
    "some": {"W2": RIGHT["W2"]},
    "list": list(RIGHT[key] for key in ("W1", "b1", "W2", "b2")),  # noqa: C400
    "tuple of lists": tuple(RIGHT[key].tolist() for key in ("W1", "b1", "W2", "b2")),
    "function": backward,
    "function of a list": lambda p, x, y: [USER.backward(p, x, y)[key] for key in NETWORK.shapes],
    "keepdims": RIGHT | {"b1": RIGHT["b1"][None, :]},
    "bias columns": RIGHT | {key: RIGHT[key][:, None] for key in ("b1", "b2")},
    "list of pairs": [(RIGHT["W1"], RIGHT["b1"]), (RIGHT["W2"], RIGHT["b2"])],
    "function of pairs": lambda p, x, y: [[RIGHT["W1"], RIGHT["b1"]], (RIGHT["W2"], RIGHT["b2"])],
    "own names": {"w[1][x1,l1.2]": RIGHT["W1"][0, 1], "b[2][l2.1]": RIGHT["b2"][0]},
    "float32": {key: array.astype(np.float32) for key, array in RIGHT.items()},
    "read only": {key: np.array(array, copy=True) for key, array in RIGHT.items()},
    "an object that can be called": type("Mine", (), {"__call__": lambda self, p, x, y: backward(p, x, y)})(),
    "in place": in_place,
}


@pytest.mark.parametrize("form", RIGHT_FORMS)
def test_every_form_of_right_gradients_is_right(form):
    report = check_gradient(RIGHT_FORMS[form], NETWORK, X, Y)
    assert report.right
    assert report.mistakes == ()


def test_what_a_function_changes_is_noted():
    before = {key: array.copy() for key, array in NETWORK.parameters.items()}, X.copy()
    report = check_gradient(in_place, NETWORK, X, Y)
    assert report.notes == ("Your function changes what it is given: W1, x.",)
    assert all(np.array_equal(NETWORK.parameters[key], array) for key, array in before[0].items())
    assert np.array_equal(X, before[1])


def test_a_function_may_ask_for_parameters_by_their_own_names():
    seen = []
    check_gradient(lambda p, x, y: (seen.append(float(p["w[1][x1,l1.2]"])), RIGHT)[1], NETWORK, X, Y)
    assert seen[0] == NETWORK.parameters["W1"][0, 1]


def test_the_json_is_as_described():
    report = check_gradient(USER.backward(NETWORK.parameters, X, Y, "sigma_prime_omitted", [1]), NETWORK, X, Y)
    data = json.loads(report.to_json())
    assert list(data) == ["format", "right", "parameters", "mistakes"]
    assert data["format"] == 1
    assert data["right"] is False
    assert [list(each) for each in data["parameters"]] == [["name", "right", "largest_error", "at"]] * 4
    first = data["parameters"][0]
    apart = np.abs(USER.backward(NETWORK.parameters, X, Y, "sigma_prime_omitted", [1])["W1"] - RIGHT["W1"])
    assert first["largest_error"] == pytest.approx(apart.max())
    assert tuple(first["at"]) == np.unravel_index(apart.argmax(), apart.shape)
    assert data["mistakes"][0] == {
        "id": "sigma_prime_omitted", "says": "g'(h) was left out", "where": "layer 1", "explains": ["W1", "b1"]
    }  # fmt: skip
    assert "sigma_prime_omitted, layer 1" in str(report)


class Accumulates:
    """+= into buffers that nobody sets to 0."""

    def __init__(self):
        self.buffers = None

    def __call__(self, p, x, y):
        new = USER.backward(p, x, y)
        self.buffers = self.buffers or {key: 0 * array for key, array in new.items()}
        for key in new:
            self.buffers[key] += new[key]
        return self.buffers


class Stale:
    """Returns the gradient of the call before."""

    def __init__(self):
        self.kept = None

    def __call__(self, p, x, y):
        new = USER.backward(p, x, y)
        before, self.kept = self.kept or new, new
        return before


@pytest.mark.parametrize("kind", [Accumulates, Stale])
def test_a_function_that_remembers_is_found_out(kind):
    report = check_gradient(kind(), NETWORK, X, Y)
    assert not report.right
    assert report.mistakes[0].id == "gradient_accumulated"


def test_targets_of_one_output_may_be_a_row_and_meet_the_function_as_they_are():
    network = Network.dense([3, 4, 1], activation="sigmoid", seed=1)
    user = Net(["sigmoid"] * 2, "half_squared_error", "sum")
    y = Y[:, 0]

    def careful(p, x, y):
        assert y.shape == (5,)
        return user.backward(p, x, y[:, None])

    def careless(p, x, y):
        a = user.forward(p, x)[1]
        delta = ((a[2] - y) * a[2] * (1 - a[2])).sum(1, keepdims=True)  # (n, 1) - (n,) is (n, n)
        back = delta @ p["W2"].T * a[1] * (1 - a[1])
        return [x.T @ back, back.sum(0), a[1].T @ delta, delta.sum(0)]

    assert check_gradient(careful, network, X, y).right
    assert check_gradient(careless, network, X, y).mistakes[0].id == "broadcast_target"


def test_worksheets_with_tied_and_missing_weights():
    for name in backproof.examples.names():
        sheet = load(name)
        gradients = dict(sheet.trace().backward.gradients)
        assert check_gradient(gradients, sheet.network, sheet.x, sheet.y).right
    sheet = load("or")
    own = {name: sheet.trace()[f"dE/d{name}"] for name in ("w1", "w6", "b1", "b3")}
    assert check_gradient(own, sheet.network, sheet.x, sheet.y).right
    report = check_gradient(own | {"w1": -own["w1"]}, sheet.network, sheet.x, sheet.y)
    assert [each.name for each in report.parameters if not each.right] == ["w1"]


def test_slips_that_make_other_shapes_are_passed_over_where_a_bias_is_shared():
    units = [["x1", "x2"], ["h1", "h2", "h3"], ["o1", "o2"]]
    ends = [(a, b) for before, after in itertools.pairwise(units) for a in before for b in after]
    rows = [f'{{name = "w{i}", from = "{a}", to = "{b}", value = 0.{i}}}' for i, (a, b) in enumerate(ends, 1)]
    sheet = loads(f"""
        [network]
        units = {json.dumps(units)}
        activations = ["tanh", "sigmoid"]
        cost = "half_squared_error"
        weights = [{", ".join(rows)}]
        biases = [
          {{name = "b1", to = ["h1", "h2", "h3"], value = 0.1}},
          {{name = "b2", to = ["o1", "o2"], value = 0.2}},
        ]
        [data]
        inputs = [[1, 2], [0, 1], [-1, 1]]
        targets = [[1, 0], [0, 1], [1, 1]]
    """)

    def without_slope(p, x, y):
        hidden = np.tanh(x @ p["W1"] + p["b1"])
        output = 1 / (1 + np.exp(-(hidden @ p["W2"] + p["b2"])))
        delta2 = (output - y) * output * (1 - output)
        delta1 = delta2 @ p["W2"].T
        # A shared bias has one number, wherever it stands.
        b1, b2 = np.full(3, delta1.sum()), np.full(2, delta2.sum())
        return {"W1": x.T @ delta1, "b1": b1, "W2": hidden.T @ delta2, "b2": b2}

    report = check_gradient(without_slope, sheet.network, sheet.x, sheet.y)
    assert report.mistakes[0].id == "sigma_prime_omitted"


def test_the_learning_rate_of_the_training_is_tried():
    mine = USER.backward(NETWORK.parameters, X, Y, "used_updated_weight", rate=0.5)
    report = check_gradient(mine, NETWORK, X, Y, training=Training(0.5))
    assert report.mistakes[0].id == "used_updated_weight"


def raises(p, x, y):
    raise KeyError("W7")


def leaves(p, x, y):
    raise SystemExit


BAD = {
    "raises": (raises, "your function raised KeyError: 'W7' (line "),
    "leaves": (leaves, "your function raised SystemExit"),
    "too few arguments": (lambda p: p, "your function raised TypeError"),
    "nothing": (lambda p, x, y: None, "received nothing (None)"),
    "an object": (lambda p, x, y: object(), "received an object of type object"),
    "a generator": (lambda p, x, y: (each for each in RIGHT.values()), "received an object of type generator"),
    "one array": (RIGHT["W1"], "received an object of type ndarray"),
    "a word": ("W1", "received an object of type str"),
    "too few": (list(RIGHT.values())[:3], "received 3 arrays, expected 4: W1, b1, W2, b2."),
    "cost as well": (lambda p, x, y: (0.3, RIGHT), "Return the gradients alone"),
    "empty": ({}, "there is no gradient in it"),
    "unknown name": ({"w1": 1.0}, "there is no parameter array 'w1'"),
    "name that is no text": ({1: 1.0}, "there is no parameter array 1"),
    "nan": (RIGHT | {"W2": RIGHT["W2"] * np.nan}, "W2: not a finite number at (1, 1)"),
    "infinite": (
        lambda p, x, y: RIGHT | {"b1": RIGHT["b1"] / 0.0 if False else np.full(4, np.inf)},
        "b1: not a finite",
    ),
    "words": (RIGHT | {"b1": ["a", "b", "c", "d"]}, "b1: expected numbers"),
    "ragged": (RIGHT | {"W2": [[1.0, 2.0], [3.0]]}, "W2: expected numbers"),
    "None inside": (RIGHT | {"W2": None}, "W2"),
    "objects inside": (RIGHT | {"b1": [object()] * 4}, "b1: expected numbers"),
    "complex": (RIGHT | {"b1": RIGHT["b1"] * 1j}, "b1: expected numbers"),
    "transposed": (
        RIGHT | {"W1": RIGHT["W1"].T},
        "W1 has shape (4, 3), expected (3, 4) (rows: from, columns: to). It looks",
    ),
    "not summed": (RIGHT | {"b1": np.ones((5, 4))}, "not summed over the samples. [bias_gradient_wrong]"),
    "summed too much": (RIGHT | {"b1": 1.0}, "[bias_gradient_wrong]"),
    "flat": (RIGHT | {"W1": RIGHT["W1"].ravel()}, "W1 has shape (12,), expected (3, 4)"),
    "a list for one parameter": ({"w[1][x1,l1.1]": [1.0, 2.0]}, "expected one number"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_code_comes_to_one_message(case):
    mine, says = BAD[case]
    with pytest.raises(BackproofError) as caught:
        check_gradient(mine, NETWORK, X, Y)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_shape_gives_broadcasting_away():
    network = Network.dense([3, 4, 1], activation="sigmoid")
    for key, shape in (("W2", (4, 5)), ("b2", (5,)), ("b2", (5, 5))):
        with pytest.raises(BackproofError, match="broadcast_target"):
            check_gradient({key: np.ones(shape)}, network, X, Y[:, 0])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((RIGHT, "net", X, Y), "expected a backproof.Network"),
        ((RIGHT, NETWORK), "needs inputs x and targets y"),
        ((RIGHT, NETWORK, X), "needs targets y"),
        ((RIGHT, NETWORK, X, Y[:3]), "there are 5 inputs and 3 targets"),
        ((RIGHT, NETWORK, X[:, :2], Y), r"inputs have shape \(5, 2\)"),
        ((RIGHT, NETWORK, X, Y[:, 0]), "targets have shape"),
    ],
)
def test_bad_data_is_refused(arguments, says):
    with pytest.raises(BackproofError, match=says):
        check_gradient(*arguments)


def test_interrupting_still_interrupts():
    def stopped(p, x, y):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_gradient(stopped, NETWORK, X, Y)


def test_one_number_for_a_matrix_speaks_of_the_outer_product():
    with pytest.raises(BackproofError, match=r"np\.outer"):
        check_gradient({"W1": 0.3}, NETWORK, X, Y)


@pytest.mark.parametrize("reshape", [lambda b: b[None], lambda b: b[:, None]], ids=["row", "column"])
def test_biases_of_a_network_may_be_rows_or_columns(reshape):
    kept = {key: reshape(array) if key[0] == "b" else array for key, array in NETWORK.parameters.items()}
    network = Network.dense([3, 4, 2], activation=["tanh", "sigmoid"], reduction="mean", parameters=kept)
    assert check_gradient(RIGHT, network, X, Y).right


def test_tensors_that_require_a_gradient_are_taken():
    torch = pytest.importorskip("torch")
    tensors = {key: torch.nn.Parameter(torch.tensor(array)) for key, array in RIGHT.items()}
    assert check_gradient(tensors, NETWORK, X, Y).right
    assert check_gradient(lambda p, x, y: tensors, NETWORK, X, Y).right


def test_the_mean_over_the_outputs_of_the_binary_cross_entropy_is_a_cost():
    user = Net(["tanh", "sigmoid"], "binary_cross_entropy", "mean")
    mine = {key: array / 2 for key, array in user.backward(NETWORK.parameters, X, Y).items()}
    options = {"activation": ["tanh", "sigmoid"], "reduction": "mean", "parameters": NETWORK.parameters}
    network = Network.dense([3, 4, 2], cost="mean_binary_cross_entropy", **options)
    assert check_gradient(mine, network, X, Y).right


def test_an_empty_mapping_is_called_one():
    from backproof.checking.code import check_handed_over

    with pytest.raises(BackproofError, match="received an empty mapping"):
        check_handed_over({})
