"""Identity: what is received, as it is, so that another activation can be applied to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from backproof.operations.layer import Linear, Positions, Products, Shape, Shapes, positions


@final
@dataclass(frozen=True)
class Identity(Linear):
    """h_p = a_p"""

    def infer_shape(self, shapes: Shapes) -> Shape:
        return shapes[0]

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return received[0]

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return (delta,)

    def products(self, position: int, shapes: Shapes) -> tuple[Products, ...]:
        return (Products(0, positions(position)),)

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        return positions(position)
