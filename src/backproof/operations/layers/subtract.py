"""Subtract: one layer less another one of the same shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

from backproof.errors import ShapeError
from backproof.operations.layer import Linear, Positions, Products, Shape, Shapes, positions


@final
@dataclass(frozen=True)
class Subtract(Linear):
    """h_p = a^1_p - a^2_p"""

    senders: ClassVar[tuple[int, int | None]] = (2, 2)

    def infer_shape(self, shapes: Shapes) -> Shape:
        if shapes[0] != shapes[1]:
            raise ShapeError(f"subtract expects layers of the same shape, received {shapes[0]} and {shapes[1]}.")
        return shapes[0]

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return received[0] - received[1]

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return delta, -delta

    def products(self, position: int, shapes: Shapes) -> tuple[Products, ...]:
        return Products(0, positions(position)), Products(1, positions(position), factor=-1)

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        return positions(position)
