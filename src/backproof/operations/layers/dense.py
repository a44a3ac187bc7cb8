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
    """h_j = sum_i a_i w_ij + b_j; weight (from, to), bias (to,)

    Of a layer with several axes i runs along the last one, with the same weights in every row.

    Parameters
    ----------
    units : int
        Number of units, at least 1.
    bias : bool, default True
        Whether each unit has a bias.
    """

    units: int
    bias: bool = True

    def __post_init__(self) -> None:
        check_whole("units", self.units, 1, LARGEST)
        check_flag("bias", self.bias)

    def infer_shape(self, shapes: Shapes) -> Shape:
        return (*shapes[0][:-1], self.units)

    def parameter_shapes(self, shapes: Shapes) -> dict[str, Shape]:
        weight = {"weight": (shapes[0][-1], self.units)}
        return weight | ({"bias": (self.units,)} if self.bias else {})

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        h = received[0] @ parameters["weight"]
        return h + parameters["bias"] if self.bias else h

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return (delta @ parameters["weight"].T,)

    def gradients(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        rows, errors = _join_rows(received[0]), _join_rows(delta)
        return (rows.T @ errors, errors.sum(0)) if self.bias else (rows.T @ errors,)

    def products(self, position: int, shapes: Shapes) -> tuple[Products, ...]:
        width, (row, unit) = shapes[0][-1], divmod(position, self.units)
        columns = np.arange(width)
        return (Products(0, row * width + columns, "weight", columns * self.units + unit),)

    def bias_entry(self, position: int, shapes: Shapes) -> int | None:
        return position % self.units if self.bias else None

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        return position // shapes[0][-1] * self.units + np.arange(self.units)

    def uses(self, role: str, entry: int, shapes: Shapes) -> Positions:
        return np.arange(prod(shapes[0][:-1])) * self.units + entry % self.units


def _join_rows(array: Any) -> Any:
    """All axes but the last one joined into one."""
    return array if array.ndim == 2 else array.reshape(-1, array.shape[-1])
