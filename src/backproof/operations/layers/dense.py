"""The dense layer: every unit adds up what it receives, weighted, and its bias; along the last axis of any shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, final

import numpy as np

from backproof.operations.layer import LARGEST, Linear, Positions, Products, Shape, Shapes
from backproof.validate import check_flag, check_whole


@final
@dataclass(frozen=True)
class Dense(Linear):
    """h_j = sum_i a_i w_ij + b_j; weight (from, to) or, transposed, (to, from); bias (to,)

    Of a layer with several axes i runs along the last one, with the same weights in every row.

    Parameters
    ----------
    units : int
        Number of units, at least 1.
    bias : bool, default True
        Whether each unit has a bias.
    transposed : bool, default False
        Whether the weight is laid out (to, from), as in PyTorch's Linear.
    """

    units: int
    bias: bool = True
    transposed: bool = False

    def __post_init__(self) -> None:
        check_whole("units", self.units, 1, LARGEST)
        check_flag("bias", self.bias)
        check_flag("transposed", self.transposed)

    def infer_shape(self, shapes: Shapes) -> Shape:
        return (*shapes[0][:-1], self.units)

    def parameter_shapes(self, shapes: Shapes) -> dict[str, Shape]:
        shape = (shapes[0][-1], self.units)
        weight = {"weight": shape[::-1] if self.transposed else shape}
        return weight | ({"bias": (self.units,)} if self.bias else {})

    def turn(self, weight: Any) -> Any:
        """A weight as it is laid out to (from, to), or back again."""
        return weight.T if self.transposed else weight

    def entry(self, sender: Any, position: int, fan_in: int) -> Any:
        """Where the weight from a sender to a position stands in the flattened array, whatever row they are in."""
        column, unit = sender % fan_in, position % self.units
        return unit * fan_in + column if self.transposed else column * self.units + unit

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        h = received[0] @ self.turn(parameters["weight"])
        return h + parameters["bias"] if self.bias else h

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return (delta @ self.turn(parameters["weight"]).T,)

    def gradients(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        rows, errors = _join_rows(received[0]), _join_rows(delta)
        weight = self.turn(rows.T @ errors)
        return (weight, errors.sum(0)) if self.bias else (weight,)

    def products(self, position: int, shapes: Shapes) -> tuple[Products, ...]:
        width = shapes[0][-1]
        columns = np.arange(width)
        sent = position // self.units * width + columns
        return (Products(0, sent, "weight", self.entry(columns, position, width)),)

    def bias_entry(self, position: int, shapes: Shapes) -> int | None:
        return position % self.units if self.bias else None

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        return position // shapes[0][-1] * self.units + np.arange(self.units)

    def uses(self, role: str, entry: int, shapes: Shapes) -> Positions:
        by_rows = role == "weight" and self.transposed
        unit = entry // shapes[0][-1] if by_rows else entry % self.units
        return np.arange(prod(shapes[0][:-1])) * self.units + unit


def _join_rows(array: Any) -> Any:
    """All axes but the last one joined into one."""
    return array if array.ndim == 2 else array.reshape(-1, array.shape[-1])
