"""Add: the sum of several layers of one shape, as where a residual connection comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

from backproof.errors import ShapeError
from backproof.operations.layer import Linear, Positions, Products, Shape, Shapes, positions


@final
@dataclass(frozen=True)
class Add(Linear):
    """h_p = sum over the layers r received from of a^r_p"""

    senders: ClassVar[tuple[int, int | None]] = (2, None)

    def infer_shape(self, shapes: Shapes) -> Shape:
        if len(set(shapes)) > 1:
            raise ShapeError(f"add expects layers of the same shape, received {', '.join(map(str, shapes))}.")
        return shapes[0]

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return sum(received[1:], received[0])

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return (delta,) * len(received)

    def products(self, position: int, shapes: Shapes) -> tuple[Products, ...]:
        return tuple(Products(sender, positions(position)) for sender in range(len(shapes)))

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        return positions(position)
