"""Select: one index of an axis, such as one time step of a sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from backproof.errors import ShapeError
from backproof.functions import add_at, namespace
from backproof.operations.arrangement import Arrangement
from backproof.operations.layer import LARGEST, Shape, Shapes
from backproof.validate import check_whole


@final
@dataclass(frozen=True)
class Select(Arrangement):
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

    @property
    def _index(self) -> tuple[Any, ...]:
        return (*(slice(None),) * (self.axis + 1), self.index)

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return received[0][self._index]

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return (add_at(namespace(delta).zeros(received[0].shape, dtype=delta.dtype), self._index, delta),)
