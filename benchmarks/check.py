"""Checking: how long it takes to name the bug in a hand-written backward pass."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from backproof.checking.code import check_gradient
from backproof.network import Network
from backproof.propagation import backward, forward
from benchmarks.figure import Figure, seconds


def figures() -> Iterator[Figure]:
    random = np.random.default_rng(0)
    network = Network.dense([784, 100, 10], activation=["sigmoid", "softmax"], cost="cross_entropy", reduction="mean")
    for samples in (32, 1000):
        x, y = random.uniform(size=(samples, 784)), np.eye(10)[random.integers(0, 10, samples)]
        passed = forward(network.architecture, network.parameters, x)
        mine = dict(backward(network.architecture, network.parameters, passed, y).gradients)
        sent = (passed.a[2] - y) / samples @ network.parameters["W2"].T  # g'(h) is left out
        mine["W1"], mine["b1"] = x.T @ sent, sent.sum(0)
        assert check_gradient(mine, network, x, y).mistakes[0].id == "sigma_prime_omitted"
        named = seconds(lambda mine=mine, x=x, y=y: check_gradient(mine, network, x, y))
        mine["W1"] = random.normal(size=(784, 100))
        unknown = seconds(lambda mine=mine, x=x, y=y: check_gradient(mine, network, x, y))
        for words, took in (("bug named", named), ("no bug found, every pair tried", unknown)):
            yield Figure(f"784-100-10, {samples} samples, wrong gradient: {words}", f"{took:.2f} s", "5 s", took <= 5)
