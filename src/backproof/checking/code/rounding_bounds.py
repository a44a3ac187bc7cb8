"""How far rounding alone can move each gradient: sums of absolute terms, so that tolerance asks no more than is due.

A number that is the sum of large terms that nearly cancel carries fewer right digits than its size suggests. Beside
each h, a, slope and error stands the size of what went into it; a rounding unit times that size bounds its error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backproof.arrays import Array
from backproof.network import Network
from backproof.operations.activation import Activation, Elementwise
from backproof.propagation import Forward

NUDGE = 1e-6


def bound_rounding(network: Network, passed: Forward, y: Array, gradients: Mapping[str, Any]) -> dict[str, Any]:
    """For each parameter array the sums of absolute terms of its gradient; in a graph, the largest gradient of all."""
    parameters = network.parameters
    if not network.architecture.is_chain:
        largest = max(np.abs(gradient).max() for gradient in gradients.values())
        return {key: np.full(shape, largest) for key, shape in network.shapes.items()}
    ahead, slopes = _forward(network, passed)
    delta = _outputs(network, passed, y, ahead[-1], slopes[-1])
    found: dict[str, Any] = {}
    for layer in range(network.depth, 0, -1):
        found[f"W{layer}"], found[f"b{layer}"] = ahead[layer - 1].T @ delta, delta.sum(0)
        if layer > 1:
            below = delta @ np.abs(parameters[f"W{layer}"]).T
            delta = _through(network.activations[layer - 2], passed.a[layer - 1], slopes[layer - 2], below)
    return network.wiring.tie({key: np.nan_to_num(found[key]) for key in network.shapes})


def _forward(network: Network, passed: Forward) -> tuple[list[Array], list[Array]]:
    """The sizes of all activations and of all slopes."""
    ahead, slopes = [np.abs(passed.a[0])], []
    for layer, activation in enumerate(network.activations, start=1):
        h, a = passed.h[layer], passed.a[layer]
        reach = ahead[-1] @ np.abs(network.parameters[f"W{layer}"]) + np.abs(network.parameters[f"b{layer}"])
        if isinstance(activation, Elementwise):
            slope = activation.derivative(h, a) + 0 * h
            moved = h + NUDGE * reach
            by_h = activation.derivative(moved, activation.forward(moved)) - slope
            by_a = activation.derivative(h, a * (1 + NUDGE)) - slope
            slopes.append(np.abs(slope) + (np.abs(by_h) + np.abs(by_a)) / NUDGE)
            ahead.append(np.abs(a) + np.abs(slope) * reach)
        else:
            slopes.append(1 + reach + (np.abs(a) * reach).sum(-1, keepdims=True))
            ahead.append(np.abs(a) * slopes[-1])
    return ahead, slopes


def _through(activation: Activation, a: Array, slope: Array, above: Array) -> Array:
    """The size of dE/dh from that of dE/da."""
    if isinstance(activation, Elementwise):
        return slope * above
    return np.asarray(np.abs(a) * slope * (above + (np.abs(a) * above).sum(-1, keepdims=True)))


def _outputs(network: Network, passed: Forward, y: Array, reach: Array, slope: Array) -> Array:
    """The size of the output layer's errors."""
    a = passed.a[-1]
    share = network.cost.scale(a.shape[-1]) / (len(a) if network.reduction == "mean" else 1)
    if network.identity:
        return np.asarray(share * (reach * np.maximum(1, np.abs(y).sum(-1, keepdims=True)) + np.abs(y)))
    here = network.cost.gradient(y, a)
    beside = network.cost.gradient(y, a - NUDGE * reach)
    spread = np.nan_to_num((np.abs(beside - here)) / NUDGE, posinf=0.0)
    return _through(network.activations[-1], a, slope, share * (np.abs(here) + spread))
