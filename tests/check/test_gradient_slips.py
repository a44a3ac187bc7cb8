"""Slips of hand-written code that are no single other link of the chain rule, planted in random networks, and where."""

import numpy as np
import pytest

from backproof import Network, check_gradient

SAMPLES = 6


def sigmoid(h):
    return 1 / (1 + np.exp(-h))


def softmax(h, axis=1):
    e = np.exp(h - h.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


class Code:
    """A backward pass of three layers, tanh, tanh, and an output; each part of it may be another one."""

    def __init__(self, seed, last="sigmoid", cost="half_squared_error", sizes=(3, 4, 4, 2)):
        rng = np.random.default_rng(seed)
        self.x, self.last = rng.normal(size=(SAMPLES, sizes[0])), last
        self.y = np.eye(sizes[-1])[rng.permutation(SAMPLES) % sizes[-1]]
        self.p = {}
        for layer in (1, 2, 3):
            self.p[f"W{layer}"] = rng.normal(size=sizes[layer - 1 : layer + 1])
            self.p[f"b{layer}"] = rng.normal(size=sizes[layer])
        options = {"activation": ["tanh", "tanh", last], "cost": cost, "reduction": "mean"}
        self.network = Network.dense(sizes, parameters=self.p, **options)
        self.a1 = np.tanh(self.x @ self.p["W1"] + self.p["b1"])
        self.a2 = np.tanh(self.a1 @ self.p["W2"] + self.p["b2"])
        self.h3 = self.a2 @ self.p["W3"] + self.p["b3"]
        self.a3 = {"sigmoid": sigmoid, "softmax": softmax, "identity": np.array}[last](self.h3)
        self.e = self.a3 - self.y

    def gradients(self, d3=None, da2=None, s2=None, da1=None, s1=None):
        """The gradients, made from whatever is given and from what is right otherwise."""
        d3 = self.e * self.a3 * (1 - self.a3) if d3 is None else d3
        da2 = d3 @ self.p["W3"].T if da2 is None else da2
        d2 = da2 * (1 - self.a2**2 if s2 is None else s2)
        da1 = d2 @ self.p["W2"].T if da1 is None else da1 if not callable(da1) else da1(da2, d2)
        d1 = da1 * (1 - self.a1**2 if s1 is None else s1)
        received, deltas = (self.x, self.a1, self.a2), (d1, d2, d3)
        found = {f"W{k}": a.T @ d / SAMPLES for k, (a, d) in enumerate(zip(received, deltas, strict=True), 1)}
        return found | {f"b{k}": d.mean(0) for k, d in enumerate(deltas, 1)}


def squared(**given):
    return lambda c: c.gradients(**{key: make(c) for key, make in given.items()})


def likely(d3):
    return lambda c: c.gradients(d3=d3(c))


def through(a, da, axis=1):
    return a * (da - (da * a).sum(axis=axis, keepdims=True))


def shifted(c):
    return c.gradients(da2=c.e * c.a3 * (1 - c.a3) @ np.delete(np.c_[c.p["W3"].T, c.p["b3"]], 2, 1))


def with_constant(c):
    return {key: array + (key[0] == "b") / 6 for key, array in c.gradients().items()}


def twice(c):
    q = softmax(c.a3)
    return through(c.a3, q - c.y)


CLASSES = {"last": "softmax", "cost": "cross_entropy"}
YES_NO = {"last": "sigmoid", "cost": "binary_cross_entropy"}
#: the slip, its name, where it is, words that say it, the network
SLIPS = {
    "sent back without the slope": (
        squared(da2=lambda c: c.e @ c.p["W3"].T), "sigma_prime_omitted", "layer 3", "on the way back", {}),
    "sent back without slope and weight": (
        squared(da2=lambda c: c.e.sum(1, keepdims=True)), "sigma_prime_omitted", "layer 3", "and the weights", {}),
    "inner error sent back without the slope": (
        lambda c: c.gradients(da1=lambda da2, d2: da2 @ c.p["W2"].T), "sigma_prime_omitted", "layer 2", "way back", {}),
    "upstream dropped, the mean taken at the end": (
        lambda c: c.gradients(da1=1.0), "upstream_gradient_dropped", "layer 1", "dE/da", {}),
    "activations sent back, the mean taken at the end": (
        squared(da2=lambda c: c.a3 @ c.p["W3"].T), "value_instead_of_error", "layer 3", "", {}),
    "a for the slope": (
        squared(s1=lambda c: c.a1), "wrong_activation_derivative", "layer 1", "the activation itself was taken", {}),
    "h for the slope": (
        squared(s1=lambda c: c.x @ c.p["W1"] + c.p["b1"]), "wrong_activation_derivative", "layer 1", "is h", {}),
    "1 - a for the slope": (
        squared(s2=lambda c: 1 - c.a2), "wrong_activation_derivative", "layer 2", "is 1 - a", {}),
    "(1 - a)^2 for the slope": (
        squared(s1=lambda c: (1 - c.a1) ** 2), "wrong_activation_derivative", "layer 1", "is (1 - a)^2", {}),
    "a for the output's slope": (
        squared(d3=lambda c: c.e * c.a3), "wrong_activation_derivative", "layer 3", "the activation itself", {}),
    "a layer skipped": (
        lambda c: c.gradients(da1=lambda da2, d2: da2), "layer_index_off_by_one", "layer 1", "skipped", {}),
    "weights shifted": (shifted, "wrong_index", "layer 3", "from unit 3 on", {}),
    "a constant on the biases": (with_constant, "regularised_bias", "all layers", "+0.1667", {}),
    "nothing sent back": (squared(da2=lambda c: 0.0), "gradient_detached", "layer 3", "0", {}),
    "softmax over the samples": (
        likely(lambda c: softmax(c.h3, 0) - c.y), "softmax_wrong_axis", "layer 3", "the samples", CLASSES),
    "softmax over everything": (
        likely(lambda c: softmax(c.h3, None) - c.y), "softmax_wrong_axis", "layer 3", "everything", CLASSES),
    "softmax over the samples, its own slope": (
        likely(lambda c: softmax(c.h3, 0) * c.y.sum(0) - c.y), "softmax_wrong_axis", "layer 3", "samples", CLASSES),
    "softmax twice": (likely(twice), "activation_applied_twice", "layer 3", "twice", CLASSES),
    "sigmoid twice": (
        likely(lambda c: (sigmoid(c.a3) - c.y) * c.a3 * (1 - c.a3)), "activation_applied_twice", "layer 3", "", YES_NO),
    "no logarithm": (likely(lambda c: through(c.a3, -c.y)), "log_omitted", "layer 3", "logarithm", CLASSES),
    "relu before softmax": (
        likely(lambda c: (softmax(np.maximum(c.h3, 0)) - c.y) * (c.h3 > 0)), "activation_on_logits", "layer 3", "relu",
        CLASSES),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("seed", [0, 1, 4])
def test_the_slip_is_named_first_with_its_layer_and_in_words(slip, seed):
    make, id, where, words, options = SLIPS[slip]
    code = Code(seed, **options)
    report = check_gradient(make(code), code.network, code.x, code.y)
    assert not report.right
    first = report.mistakes[0]
    assert (first.id, first.where) == (id, where), str(report)
    assert words in first.says
    assert set(first.explains) == {each.name for each in report.parameters if not each.right}


@pytest.mark.parametrize("options", [{}, CLASSES, YES_NO])
def test_code_without_a_slip_is_right(options):
    for seed in range(5):
        code = Code(seed, **options)
        d3 = code.e if options else None
        assert check_gradient(code.gradients(d3=d3), code.network, code.x, code.y).right


def test_the_diagonal_of_a_softmax_behind_sigmoids_is_named_first_at_the_output():
    rng = np.random.default_rng(0)
    network = Network.dense([3, 4, 5, 3], activation=["sigmoid", "sigmoid", "softmax"], cost="squared_error", seed=3)
    x, y, p = rng.normal(size=(SAMPLES, 3)), np.eye(3)[[0, 1, 2, 0, 1, 2]], network.parameters
    a1 = sigmoid(x @ p["W1"] + p["b1"])
    a2 = sigmoid(a1 @ p["W2"] + p["b2"])
    a3 = softmax(a2 @ p["W3"] + p["b3"])
    d3 = 2 * (a3 - y) * a3 * (1 - a3)
    d2 = d3 @ p["W3"].T * a2 * (1 - a2)
    d1 = d2 @ p["W2"].T * a1 * (1 - a1)
    mine = [x.T @ d1, d1.sum(0), a1.T @ d2, d2.sum(0), a2.T @ d3, d3.sum(0)]
    first = check_gradient(mine, network, x, y).mistakes[0]
    assert (first.id, first.where) == ("softmax_derivative_diagonal", "layer 3")


@pytest.mark.parametrize("below", [0.01, 0.37])
def test_a_leaky_slope_in_a_network_of_relus_is_told(below):
    rng = np.random.default_rng(0)
    network = Network.dense([3, 5, 1], activation=["relu", "identity"], seed=1)
    x, y, p = rng.normal(size=(SAMPLES, 3)), rng.normal(size=(SAMPLES, 1)), network.parameters
    h = x @ p["W1"] + p["b1"]
    a = np.maximum(h, 0)
    d2 = a @ p["W2"] + p["b2"] - y
    d1 = d2 @ p["W2"].T * np.where(h > 0, 1, below)
    first = check_gradient([x.T @ d1, d1.sum(0), a.T @ d2, d2.sum(0)], network, x, y).mistakes[0]
    assert (first.id, first.where) == ("wrong_activation_derivative", "layer 1")
    assert f"{below}" in first.says or "leaky_relu" in first.says


def test_a_projection_of_a_large_gradient_changes_nothing_but_the_time(monkeypatch):
    rng = np.random.default_rng(0)
    network = Network.dense([300, 60, 10], activation=["sigmoid", "softmax"], cost="cross_entropy", reduction="mean")
    x, y, p = rng.uniform(size=(80, 300)), np.eye(10)[rng.integers(0, 10, 80)], network.parameters
    a = sigmoid(x @ p["W1"] + p["b1"])
    d2 = (softmax(a @ p["W2"] + p["b2"]) - y) / 80
    d1 = d2 @ p["W2"].T
    mine = {"W1": -x.T @ d1, "b1": -d1.sum(0), "W2": -a.T @ d2, "b2": -d2.sum(0)}
    quick = check_gradient(mine, network, x, y)
    monkeypatch.setattr("backproof.checking.backward_pass.LARGE", np.inf)
    assert quick.mistakes == check_gradient(mine, network, x, y).mistakes
    assert {each.id for each in quick.mistakes} == {"sigma_prime_omitted", "sign_flipped"}
