"""Single layers: pairs of functions and objects, right and with a slip; each parameter by its own name."""

import json

import numpy as np
import pytest

from backproof import BackproofError, check_layer

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 3))
W, B = RNG.normal(size=(3, 4)), RNG.normal(size=4)


class Affine:
    """Keeps W, b and their gradients as attributes."""

    def __init__(self, factor=1.0):
        self.W, self.b, self.factor = W.copy(), B.copy(), factor

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, upstream):
        self.dW, self.db = self.x.T @ upstream, self.factor * upstream.sum(0)
        return upstream @ self.W.T


class Norm:
    """Batch norm with params and grads, and numbers that change at every forward pass."""

    def __init__(self, with_gamma=True):
        self.params = {"gamma": RNG.uniform(0.5, 2, 3), "beta": RNG.normal(size=3)}
        self.grads, self.mean, self.with_gamma = {}, np.zeros(3), with_gamma

    def forward(self, x):
        self.mean = 0.9 * self.mean + 0.1 * x.mean(0)
        self.std = np.sqrt(x.var(0) + 1e-5)
        self.hat = (x - x.mean(0)) / self.std
        return self.params["gamma"] * self.hat + self.params["beta"]

    def backward(self, upstream):
        self.grads = {"gamma": (upstream * self.hat).sum(0), "beta": upstream.sum(0)}
        d = upstream * (self.params["gamma"] if self.with_gamma else 1)
        return (d - d.mean(0) - self.hat * (d * self.hat).mean(0)) / self.std


class Dropout:
    """Draws its mask from NumPy's global numbers."""

    def __init__(self, masks=True):
        self.masks = masks

    def forward(self, x):
        self.mask = np.random.rand(*x.shape) < 0.5  # noqa: NPY002
        return x * self.mask / 0.5

    def backward(self, upstream):
        return upstream * (self.mask / 0.5 if self.masks else 1)


def softmax(x):
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def softmax_back(upstream, x):
    s = softmax(x)
    return s * (upstream - (upstream * s).sum(1, keepdims=True))


def dense(x, w, b):
    return np.tanh(x @ w + b), (x, w, b)


def dense_back(upstream, cache):
    x, w, b = cache
    delta = upstream * (1 - np.tanh(x @ w + b) ** 2)
    return delta @ w.T, x.T @ delta, delta.sum(0)


def look_up(x, table):
    return table[x]


def look_up_back(upstream, x, table):
    found = np.zeros_like(table)
    np.add.at(found, x, upstream)
    return None, found


RIGHT = {
    "an object": (Affine(), X, None),
    "batch norm": (Norm(), X, None),
    "dropout": (Dropout(), X, None),
    "two functions of x": ((softmax, softmax_back), X, None),
    "two functions with a cache": ((dense, dense_back), X, {"w": W, "b": B}),
    "parameters in order": ((dense, dense_back), X, [W, B]),
    "tokens": ((look_up, look_up_back), np.array([0, 2, 2, 1]), {"table": W}),
    "named parameters of an object": (Affine(), X, ["W"]),
}


@pytest.mark.parametrize("case", RIGHT)
def test_right_layers_are_right(case):
    layer, x, parameters = RIGHT[case]
    report = check_layer(layer, x, parameters=parameters)
    assert report.right, str(report)


def test_each_parameter_has_its_own_name_and_verdict():
    report = check_layer(Affine(factor=-1), X)
    named = {each["name"]: each["right"] for each in json.loads(report.to_json())["parameters"]}
    assert named == {"x": True, "W": True, "b": False}
    assert (report.mistakes[0].id, report.mistakes[0].explains) == ("sign_flipped", ("b",))
    halved = check_layer(Affine(factor=0.2), X)
    assert halved.mistakes[0].explains == ("b",)


@pytest.mark.parametrize("layer", [Norm(with_gamma=False), Dropout(masks=False)], ids=["gamma", "mask"])
def test_a_factor_left_out_is_wrong_in_x_alone(layer):
    report = check_layer(layer, X)
    assert [name for name, right, _ in report.verdicts if not right] == ["x"]


def test_a_backward_pass_that_ignores_what_comes_from_upstream_is_named():
    report = check_layer((np.tanh, lambda upstream, x: 1 - np.tanh(x) ** 2), X)
    assert not report.right
    assert report.mistakes[0].id == "upstream_gradient_dropped"


def test_a_layer_is_left_as_it_was_and_so_are_random_numbers():
    layer = Norm()
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    check_layer(layer, X)
    assert not layer.mean.any()
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize(
    ("layer", "parameters", "says"),
    [
        (3, None, "expected an object with forward and backward"),
        ((np.tanh,), None, "a pair of functions"),
        ((lambda x: 1 / 0, softmax_back), None, "forward raised ZeroDivisionError"),
        ((softmax, lambda upstream: 1 / 0), None, "backward raised ZeroDivisionError"),
        ((softmax, lambda upstream: upstream[0]), None, r"df\['x'\] has shape"),
        ((dense, lambda upstream, cache: (upstream, 1)), {"w": W, "b": B}, "returned 2 arrays, expected 3"),
        (Affine(), ["V"], "no parameter 'V'"),
        (Affine(), 3, "parameters: expected a mapping or a sequence, received an object of type int"),
        (Affine(), "W", "parameters: expected a mapping or a sequence, received an object of type str"),
        ((lambda x: [[1, 2], [3]], softmax_back), None, "forward raised ValueError"),
        ((lambda x: None, softmax_back), None, "the outputs of forward: expected|not a finite number"),
    ],
)
def test_what_cannot_be_checked_is_one_message(layer, parameters, says):
    with pytest.raises(BackproofError, match=says):
        check_layer(layer, X, parameters=parameters)


@pytest.mark.parametrize(
    ("x", "options", "says"),
    [([[1, 2], [3]], {}, "x: expected numbers in rows"), (X * 1j, {}, "complex"), (X, {"seed": None}, "seed must be")],
)
def test_bad_inputs_and_a_bad_seed_are_one_message(x, options, says):
    with pytest.raises(BackproofError, match=says):
        check_layer((softmax, softmax_back), x, **options)


def test_the_upstream_gradient_is_not_that_of_inputs_drawn_from_the_same_seed():
    seen = []

    def backward(upstream, x):
        seen.append(upstream)
        return upstream

    x = np.random.default_rng(0).normal(size=(5, 3))
    assert check_layer((lambda x: x, backward), x).right
    assert not np.allclose(seen[0], x)
