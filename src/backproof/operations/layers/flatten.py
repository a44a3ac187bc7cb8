"""Flatten: the numbers of a layer with several axes in a row, the last axis fastest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, final

from backproof.operations.layer import Linear, Positions, Products, Shape, Shapes, positions


@final
@dataclass(frozen=True)
class Flatten(Linear):
    """h_p = a_p, every position p where it stands in the flattened array"""

    def infer_shape(self, shapes: Shapes) -> Shape:
        return (prod(shapes[0]),)

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return received[0].reshape(received[0].shape[0], -1)

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return (delta.reshape(received[0].shape),)

    def products(self, position: int, shapes: Shapes) -> tuple[Products, ...]:
        return (Products(0, positions(position)),)

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        return positions(position)
