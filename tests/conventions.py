"""Twenty-six ways in which people's code keeps parameters, gradients and samples; each packs the arrays of one network.

`pack(arrays)` makes the container of W1 (in, out), b1 (out,) ...; `rows(array)` the form of x, y and outputs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from usercode import PAIRS


@dataclass(frozen=True)
class Convention:
    """How one kind of code keeps things."""

    pack: Callable[[dict], Any]
    rows: Callable[[Any], Any] = np.array
    gradients: Callable[[dict], Any] | None = None
    has_biases: bool = True
    kind: type = np.float64
    alone: bool = False
    single: bool = False

    def pack_gradients(self, arrays):
        return (self.gradients or self.pack)(arrays)


def layers(p):
    return [(p[f"W{k}"], p[f"b{k}"]) for k in range(1, len(p) // 2 + 1)]


def turned(p):
    return [(w.T.copy(), b) for w, b in layers(p)]


def columns(p):
    return [(w.T.copy(), b[:, None]) for w, b in layers(p)]


class Layer:
    """A layer that keeps its arrays as attributes, and more than these."""

    def __init__(self, weight, bias, marked):
        setattr(self, "dW" if marked else "W", weight)
        setattr(self, "db" if marked else "b", bias)
        self.activation, self.input, self.trainable = np.tanh, np.ones(3), True

    def __call__(self, x):
        return self.activation(x)


class Model:
    """A class with self.W1 and, beside them, what training needs."""

    def __init__(self, arrays, marked):
        self.lr, self.weight_decay, self.name, self.losses = 0.1, 0.01, "mine", [0.3, 0.2]
        for key, array in arrays.items():
            setattr(self, f"d{key}" if marked else key, array)
            setattr(self, f"velocity_{key}", 0 * array)
            if marked:
                setattr(self, key, array + 1)


def drop_unit_axis(array):
    """What .ravel() or .flatten() makes of one column."""
    return np.array(array[:, 0] if array.shape[1:] == (1,) else array)


def numbered(pairs, weight="W", bias="b", first=1):
    names = [(weight, bias)[: len(pair)] for pair in pairs]
    made = [zip(name, pair, strict=True) for name, pair in zip(names, pairs, strict=True)]
    return {f"{name}{k}": array for k, each in enumerate(made, first) for name, array in each}


def flat(pairs):
    return [array for pair in pairs for array in pair]


CONVENTIONS = {
    "W1, b1, ...": Convention(dict),
    "columns, (out, in), (n, 1)": Convention(lambda p: numbered(columns(p)), np.transpose),
    "gradients dW1, db1, ...": Convention(
        lambda p: numbered(columns(p)), np.transpose, lambda p: numbered(columns(p), "dW", "db")),
    "weights first, then biases": Convention(
        lambda p: {k: p[k] for k in sorted(p)}, gradients=lambda p: {f"d{k}": p[k] for k in sorted(p, reverse=True)}),
    "pairs": Convention(layers),
    "pairs, gradients from the last layer on": Convention(layers, gradients=lambda p: layers(p)[::-1]),
    "pairs (out, in) of nested lists": Convention(lambda p: [[w.tolist(), b.tolist()] for w, b in turned(p)]),
    "a flat list": Convention(lambda p: flat(layers(p))),
    "a flat list, columns": Convention(lambda p: flat(columns(p)), np.transpose),
    "weights, biases": Convention(lambda p: [list(each) for each in zip(*layers(p), strict=True)]),
    "biases, weights (out, in), columns": Convention(
        lambda p: ([b for _, b in columns(p)], [w for w, _ in columns(p)]), np.transpose),
    "named lists": Convention(lambda p: {"weights": [w for w, _ in turned(p)], "biases": [b for _, b in turned(p)]}),
    "a dictionary for each layer": Convention(lambda p: [{"w": w, "b": b} for w, b in layers(p)]),
    "state of a module": Convention(
        lambda p: {f"{2 * k}.{name}": array for k, pair in enumerate(turned(p))
                   for name, array in zip(("weight", "bias"), pair, strict=True)}, kind=np.float32),
    "rows (1, n) for biases": Convention(lambda p: numbered([(w, b[None]) for w, b in layers(p)])),
    "no biases": Convention(lambda p: [w for w, _ in layers(p)], has_biases=False),
    "no biases, (out, in), columns": Convention(
        lambda p: numbered([(w,) for w, _ in turned(p)]), np.transpose, has_biases=False),
    "biases as last row": Convention(lambda p: [np.vstack([w, b]) for w, b in layers(p)]),
    "biases as first column, columns": Convention(
        lambda p: [np.column_stack([b, w]) for w, b in turned(p)], np.transpose),
    "one sample, flat": Convention(lambda p: numbered(turned(p)), np.ravel, alone=True),
    "a class with self.W1": Convention(lambda p: Model(p, False), gradients=lambda p: Model(p, True)),
    "a list of layer objects": Convention(
        lambda p: [Layer(w, b, False) for w, b in layers(p)],
        gradients=lambda p: [Layer(w, b, True) for w, b in layers(p)]),
    "a learning rate among the weights": Convention(lambda p: p | {"lr": 0.1, "step": 3}, gradients=dict),
    "one output, squeezed": Convention(
        lambda p: numbered([(np.squeeze(w), np.squeeze(b)) if w.shape[1] == 1 else (w, b) for w, b in layers(p)]),
        drop_unit_axis, single=True),
    "a loop over columns": Convention(
        lambda p: (flat(columns(p))[::2], flat(columns(p))[1::2]), lambda a: [row[:, None] for row in np.array(a)]),
    "column-major": Convention(lambda p: {k: np.asfortranarray(v) for k, v in p.items()}, np.asfortranarray),
    "float32": Convention(lambda p: flat(layers(p)), kind=np.float32),
}  # fmt: skip


def cast(convention, arrays):
    """The arrays in the convention's kind of number."""
    return {key: np.asarray(array, convention.kind) for key, array in arrays.items()}


def network(convention, draw, rng, **kinds):
    """Somebody's network as `usercode.draw` gives it, fit for a convention: (user, parameters, x, y)."""
    if convention.single and not kinds.get("square"):
        pairs = [pair for pair in kinds.get("pairs", PAIRS) if pair[0] != "softmax"]
        kinds = {**kinds, "single": True, "pairs": pairs} if pairs else kinds
    _, user, parameters, x, y = draw(rng, **kinds)
    if not convention.has_biases:
        parameters = {key: array * (key[0] == "W") for key, array in parameters.items()}
    if convention.alone:
        x, y = x[:1], y[:1]
    return user, cast(convention, parameters), x.astype(convention.kind), y.astype(convention.kind)


def loss_of(user, a, y):
    """The loss, as `usercode.COSTS` derives it."""
    a, y = np.asarray(a, np.float64), np.asarray(y, np.float64)
    with np.errstate(all="ignore"):
        terms = {
            "half_squared_error": (a - y) ** 2 / 2,
            "squared_error": (a - y) ** 2,
            "mean_squared_error": (a - y) ** 2 / a.shape[1],
            "binary_cross_entropy": -np.where(y > 0, y * np.log(a), 0) - np.where(y < 1, (1 - y) * np.log(1 - a), 0),
            "cross_entropy": -np.where(y > 0, y * np.log(a), 0),
        }[user.cost]
    return terms.sum() / (len(y) if user.reduction == "mean" else 1)


def check(convention, checker, user, parameters, x, y, gradients, **options):
    """The report of `check_backward` on these gradients in a convention."""
    outputs = user.forward(parameters, x)[1][-1]
    return checker(
        convention.pack(parameters),
        convention.pack_gradients(gradients),
        convention.rows(x),
        convention.rows(y),
        outputs=convention.rows(outputs),
        loss=loss_of(user, outputs, y),
        **options,
    )


def check_step(convention, checker, user, before, x, y, gradients, rate):
    """The report of `check_update` on one step against these gradients in a convention."""
    outputs, step = user.forward(before, x)[1][-1], convention.kind(rate)
    after = {key: (array - step * gradients[key]).astype(convention.kind) for key, array in before.items()}
    return checker(
        convention.pack(before),
        convention.pack(after),
        convention.rows(x),
        convention.rows(y),
        learning_rate=abs(rate),
        outputs=convention.rows(outputs),
        loss=loss_of(user, outputs, y),
    )
