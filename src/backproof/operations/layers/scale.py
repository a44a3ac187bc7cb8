"""Scale: every number multiplied by a factor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from backproof.operations.layer import Linear, Positions, Products, Shape, Shapes, positions
from backproof.validate import check_number


@final
@dataclass(frozen=True)
class Scale(Linear):
    """h_p = factor a_p

    Parameters
    ----------
    factor : float
        Finite; it is not trained.
    """

    factor: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "factor", check_number("factor", self.factor))

    def infer_shape(self, shapes: Shapes) -> Shape:
        return shapes[0]

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return self.factor * received[0]

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return (self.factor * delta,)

    def products(self, position: int, shapes: Shapes) -> tuple[Products, ...]:
        return (Products(0, positions(position), factor=self.factor),)

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        return positions(position)
