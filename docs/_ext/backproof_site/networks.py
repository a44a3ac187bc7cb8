"""The small networks on which examples are looked for: random, their numbers rounded so that a person can follow."""

from __future__ import annotations

from functools import cache

import numpy as np

from backproof.worksheet import Worksheet, load, loads

HEAD = """
title = "{title}"
[network]
units = [["i1", "i2"], ["h1", "h2", "h3"], ["o1", "o2"]]
activations = ["{hidden}", "{output}"]
cost = "{cost}"
weights = [{weights}]
biases = [{biases}]
[data]
inputs = {inputs}
targets = {targets}
reduction = "{reduction}"
[training]
learning_rate = 0.5
"""
#: Networks of layers: their layers, and the shape of a sample.
LAYERS = {
    "a convolution with stride and padding": (
        [1, 4, 4],
        '{name = "c", kind = "conv2d", channels = 1, kernel = 3, stride = 2, padding = 1, activation = "tanh"}, '
        '{name = "f", kind = "flatten"}, {name = "o", kind = "dense", units = 1}',
    ),
    "a convolution of two channels": (
        [2, 3, 3],
        '{name = "c", kind = "conv2d", channels = 2, kernel = 2, activation = "tanh"}, '
        '{name = "f", kind = "flatten"}, {name = "o", kind = "dense", units = 1}',
    ),
    "dropout": (
        [4],
        '{name = "h", kind = "dense", units = 4, activation = "tanh"}, {name = "d", kind = "dropout", rate = 0.5}, '
        '{name = "o", kind = "dense", units = 1}',
    ),
    "layer normalisation": (
        [3],
        '{name = "h", kind = "dense", units = 3}, {name = "n", kind = "layer_norm", activation = "tanh"}, '
        '{name = "o", kind = "dense", units = 1}',
    ),
    "a softmax over rows": (
        [2, 3],
        '{name = "s", kind = "dense", units = 3, activation = "softmax"}, {name = "f", kind = "flatten"}, '
        '{name = "o", kind = "dense", units = 1}',
    ),
    "a layer used twice": (
        [2],
        '{name = "a", kind = "dense", units = 2, activation = "tanh"}, '
        '{name = "b", kind = "dense", units = 2, activation = "tanh", weights_of = "a"}, '
        '{name = "o", kind = "dense", units = 1}',
    ),
    "a recurrence of three steps": (
        [3, 2],
        '{name = "r", kind = "recurrent", units = 2, returns = "last"}, {name = "o", kind = "dense", units = 1}',
    ),
    "a gated recurrence": (
        [2, 2],
        '{name = "r", kind = "gru", units = 1, returns = "last"}, {name = "o", kind = "dense", units = 1}',
    ),
}
#: Worksheets that come with the package.
SHIPPED = ("or", "conv", "batchnorm", "rnn", "lstm", "attention", "residual")
TOKENS = """
title = "an embedding"
[network]
inputs = [3]
cost = "half_squared_error"
layers = [{name = "e", kind = "embedding", count = 4, size = 2}, {name = "m", kind = "mean", axis = 0},
          {name = "o", kind = "dense", units = 1}]
[network.parameters]
"e.weight" = [[0.3, -0.6], [0.8, 0.2], [-0.5, 0.9], [0.4, 0.1]]
"o.weight" = [[0.7], [-0.4]]
"o.bias" = [0.2]
[data]
inputs = [[1, 2, 1]]
targets = [[1]]
[training]
learning_rate = 0.5
"""


def _drawn(title: str, hidden: str, output: str, cost: str, samples: int, seed: int, reduction: str = "sum") -> str:
    """A 2-3-2 network with every weight by its name."""
    random = np.random.default_rng(seed)

    def number() -> float:
        return round(float(random.choice([-1, 1]) * random.uniform(0.1, 1)), 2)

    pairs = [(f"i{i}", f"h{h}") for i in (1, 2) for h in (1, 2, 3)] + [
        (f"h{h}", f"o{o}") for h in (1, 2, 3) for o in (1, 2)
    ]
    weights = ", ".join(
        f'{{name = "w{n}", from = "{sent}", to = "{to}", value = {number()}}}' for n, (sent, to) in enumerate(pairs, 1)
    )
    units = ("h1", "h2", "h3", "o1", "o2")
    biases = ", ".join(f'{{name = "b{n}", to = "{unit}", value = {number()}}}' for n, unit in enumerate(units, 1))
    inputs = [[number(), number()] for _ in range(samples)]
    targets = [[1, 0], [0, 1], [1, 0]][:samples]
    return HEAD.format(
        title=title, hidden=hidden, output=output, cost=cost, weights=weights, biases=biases, inputs=inputs,
        targets=targets, reduction=reduction,
    )  # fmt: skip


def _layered(title: str, seed: int) -> str:
    """A network of layers with fresh parameters, the same each time."""
    shape, layers = LAYERS[title]
    random = np.random.default_rng(seed)
    samples = [np.round(random.uniform(-1, 1, shape), 2).tolist() for _ in range(1)]
    return (
        f'title = "{title}"\n[network]\ninputs = {shape}\ncost = "half_squared_error"\nlayers = [{layers}]\n'
        f'initialiser = "glorot_uniform"\nseed = {seed}\n[data]\ninputs = {samples}\ntargets = [[1]]\n'
        "[training]\nlearning_rate = 0.5\n"
    )


@cache
def small_networks() -> tuple[Worksheet, ...]:
    """All of them, the simplest first."""
    drawn = [
        _drawn("a 2-3-2 network", "sigmoid", "sigmoid", "half_squared_error", 1, 4),
        _drawn("a 2-3-2 network", "sigmoid", "sigmoid", "half_squared_error", 3, 5, "mean"),
        _drawn("a 2-3-2 network with tanh", "tanh", "sigmoid", "binary_cross_entropy", 1, 6),
        _drawn("a 2-3-2 network with a softmax", "sigmoid", "softmax", "cross_entropy", 1, 7),
        _drawn("a 2-3-2 network with a softmax", "sigmoid", "softmax", "half_squared_error", 1, 10),
        _drawn("a 2-3-2 network with a mean squared error", "sigmoid", "identity", "mean_squared_error", 1, 8),
    ]
    return (*map(loads, drawn), *map(load, SHIPPED), *(loads(_layered(title, 3)) for title in LAYERS), loads(TOKENS))
