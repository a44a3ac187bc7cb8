"""From the parameters of an estimator to a network, and from its arrays to outputs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from backproof import propagation
from backproof.architecture import Architecture
from backproof.arrays import AnyArray
from backproof.interop.sklearn.parameters import ACTIVATIONS
from backproof.network import made_up_units
from backproof.operations.activation import Activation, activations
from backproof.operations.cost import Cost
from backproof.unit_names import name_units

#: Number of samples that go through a network at a time.
ROWS = 4096


def check_sizes(given: Any) -> list[int]:
    """The units of each hidden layer."""
    found = list(given) if hasattr(given, "__iter__") else [given]
    if np.any(np.array(found) <= 0):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {found}.")
    return [int(each) for each in found]


def list_activations(given: Any, count: int) -> list[Any]:
    """The activation of each hidden layer."""
    if not isinstance(given, list | tuple):
        return [given] * count
    if len(given) != count:
        raise ValueError(f"activation: expected {count}, one for each hidden layer; received {len(given)}.")
    return list(given)


def make_activation(given: Any) -> Activation:
    """An activation by scikit-learn's name or by one of this package's."""
    return activations.make(ACTIVATIONS.get(given, given) if isinstance(given, str) else given)


def draw_start(random: np.random.RandomState, units: Sequence[int], by: Sequence[Any], dtype: Any) -> tuple[Any, Any]:
    """Weights and biases from U(-r, r), r = sqrt(6 / (sent + received)), for logistic units sqrt(2 / ...): theirs.

    Of the same random state they are scikit-learn's own, to the bit. As there, the output layer goes by the activation
    of the layer before it.
    """
    weights, biases = [], []
    for sent, received, activation in zip(units, units[1:], [*by, by[-1]], strict=False):
        reach = np.sqrt((2 if make_activation(activation).name == "sigmoid" else 6) / (sent + received))
        weights.append(random.uniform(-reach, reach, (sent, received)).astype(dtype))
        biases.append(random.uniform(-reach, reach, received).astype(dtype))
    return weights, biases


def make_architecture(
    units: Sequence[int], by: Sequence[Any], cost: Any, inputs: tuple[str, ...] = (), outputs: tuple[str, ...] = ()
) -> Architecture:
    """Dense layers, inputs and outputs called after texts; a batch's cost is the mean over its samples."""
    return _make_architecture(tuple(units), tuple(make_activation(each) for each in by), cost, inputs, outputs)


@lru_cache(maxsize=16)
def _make_architecture(
    sizes: tuple[int, ...],
    by: tuple[Activation, ...],
    cost: Cost,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
) -> Architecture:
    return name_units(Architecture.chain(made_up_units(sizes), by, cost, "mean"), inputs, outputs)


def compute_outputs(network: Architecture, arrays: dict[str, AnyArray], x: AnyArray) -> AnyArray:
    """The outputs for x, in the precision of both, without a warning."""
    parts = (x[start : start + ROWS] for start in range(0, x.shape[0], ROWS))
    with np.errstate(all="ignore"):
        return np.concatenate([propagation.forward(network, arrays, part).a[-1] for part in parts])
