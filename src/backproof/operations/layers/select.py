"""Select: one index of an axis, such as one time step of a sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from backproof.errors import ShapeError
from backproof.functions import namespace
from backproof.operations.layer import LARGEST, Linear, Positions, Products, Shape, Shapes, positions
from backproof.validate import check_whole


@final
@dataclass(frozen=True)
class Select(Linear):
    """h_p = a_(p with the index put in); the axis is gone

    Parameters
    ----------
    index : int
        Which one, from 0.
    axis : int, default 0
        Of a sample.
    """

    index: int
    axis: int = 0

    def __post_init__(self) -> None:
        check_whole("index", self.index, 0, LARGEST)
        check_whole("axis", self.axis, 0, LARGEST)

    def infer_shape(self, shapes: Shapes) -> Shape:
        shape = shapes[0]
        if len(shape) < 2 or self.axis >= len(shape):
            raise ShapeError(f"select expects at least two axes, {self.axis} among them; received shape {shape}.")
        if self.index >= (size := shape[self.axis]):
            raise ShapeError(f"select expects an index below {size}, the size of axis {self.axis}; got {self.index}.")
        return shape[: self.axis] + shape[self.axis + 1 :]

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return received[0][(slice(None),) * (self.axis + 1) + (self.index,)]

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        before, after = self.index, received[0].shape[self.axis + 1] - self.index - 1
        widths = [(0, 0)] * received[0].ndim
        widths[self.axis + 1] = (before, after)
        xp = namespace(delta)
        return (xp.pad(xp.expand_dims(delta, self.axis + 1), widths),)

    def products(self, position: int, shapes: Shapes) -> tuple[Products, ...]:
        place = list(np.unravel_index(position, self.infer_shape(shapes)))
        place.insert(self.axis, np.int64(self.index))
        return (Products(0, positions(int(np.ravel_multi_index(place, shapes[0])))),)

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        place = list(np.unravel_index(position, shapes[0]))
        if place.pop(self.axis) != self.index:
            return positions()
        return positions(int(np.ravel_multi_index(place, self.infer_shape(shapes))))
