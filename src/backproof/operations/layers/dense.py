"""The dense layer: every unit adds up what it receives, weighted, and its bias."""

from __future__ import annotations

from typing import Any


def forward(a: Any, weights: Any, bias: Any) -> Any:
    """h = a W + b. Shapes: a (samples, from), W (from, to), b (to,), h (samples, to)."""
    return a @ weights + bias


def backward(delta: Any, weights: Any) -> Any:
    """dE/da of the layer before, delta W^T. Shapes: delta (samples, to), W (from, to), result (samples, from)."""
    return delta @ weights.T


def gradients(a: Any, delta: Any) -> tuple[Any, Any]:
    """dE/dW = a^T delta and dE/db = sum over samples of delta. Shapes: (from, to) and (to,)."""
    return a.T @ delta, delta.sum(0)
