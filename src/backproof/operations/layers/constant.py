"""Constant: numbers that are the same whatever is received, such as the state before the first step of a recurrence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from backproof.errors import OptionError
from backproof.expression import Expression, Number
from backproof.functions import namespace
from backproof.operations.layer import LARGEST, Kind, Numbers, Positions, Shape, Shapes, positions
from backproof.validate import check_whole, describe, is_finite


@final
@dataclass(frozen=True)
class Constant(Kind):
    """h_p = value

    Parameters
    ----------
    shape : int or sequence of int
        Of one sample.
    value : float, default 0
    """

    shape: Shape
    value: float = 0.0

    def __post_init__(self) -> None:
        sizes = self.shape if isinstance(self.shape, list | tuple) else (self.shape,)
        object.__setattr__(self, "shape", tuple(check_whole("shape", each, 1, LARGEST) for each in sizes))
        if not self.shape:
            raise OptionError("shape must be a whole number or several of them, received none.")
        if not is_finite(self.value):
            raise OptionError(f"value must be a finite number, received {describe(self.value)}.")

    def infer_shape(self, shapes: Shapes) -> Shape:
        return self.shape

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        xp, a = namespace(received[0]), received[0]
        return xp.full((a.shape[0], *self.shape), self.value, dtype=a.dtype)

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return (namespace(delta).zeros_like(received[0]),)

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        return positions()

    def formula(self, position: int, numbers: Numbers, shapes: Shapes) -> Expression:
        return Number(self.value)

    def activation_slope(
        self, position: int, sender: int, sent: int, numbers: Numbers, shapes: Shapes, other: Numbers | None = None
    ) -> Expression:
        return Number(0)
