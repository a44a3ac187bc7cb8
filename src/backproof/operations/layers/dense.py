"""The dense layer: every unit adds up what it receives, weighted, and its bias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from backproof.operations.layer import LARGEST, Linear, Positions, Products, Shape, Shapes, positions, require_one_axis
from backproof.validate import check_flag, check_whole


@final
@dataclass(frozen=True)
class Dense(Linear):
    """h_j = sum_i a_i w_ij + b_j; weight (from, to), bias (to,)

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
        require_one_axis(shapes[0], "a dense layer")
        return (self.units,)

    def parameter_shapes(self, shapes: Shapes) -> dict[str, Shape]:
        weight = {"weight": (shapes[0][0], self.units)}
        return weight | ({"bias": (self.units,)} if self.bias else {})

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        h = received[0] @ parameters["weight"]
        return h + parameters["bias"] if self.bias else h

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return (delta @ parameters["weight"].T,)

    def gradients(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        weight = received[0].T @ delta
        return (weight, delta.sum(0)) if self.bias else (weight,)

    def products(self, position: int, shapes: Shapes) -> tuple[Products, ...]:
        rows = np.arange(shapes[0][0])
        return (Products(0, rows, "weight", rows * self.units + position),)

    def bias_entry(self, position: int, shapes: Shapes) -> int | None:
        return position if self.bias else None

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        return np.arange(self.units)

    def uses(self, role: str, entry: int, shapes: Shapes) -> Positions:
        return positions(entry % self.units)
