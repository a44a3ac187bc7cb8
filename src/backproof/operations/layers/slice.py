"""Slice: a part of an axis, every number of it or every second, third ... one."""

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
class Slice(Arrangement):
    """h_p = a_(start + p step, along the axis)

    Parameters
    ----------
    axis : int, default 0
        Of a sample.
    start, stop : int, optional
        From where, and up to but without which index; negative ones count from the end. By default the whole axis.
    step : int, default 1
    """

    axis: int = 0
    start: int = 0
    stop: int | None = None
    step: int = 1

    def __post_init__(self) -> None:
        check_whole("axis", self.axis, 0, LARGEST)
        check_whole("start", self.start, -LARGEST, LARGEST)
        if self.stop is not None:
            check_whole("stop", self.stop, -LARGEST, LARGEST)
        check_whole("step", self.step, 1, LARGEST)

    def infer_shape(self, shapes: Shapes) -> Shape:
        if self.axis >= len(shapes[0]):
            raise ShapeError(f"slice expects axis {self.axis} among those of a sample; its shape is {shapes[0]}.")
        length = len(range(shapes[0][self.axis])[self._range])
        if not length:
            raise ShapeError(f"slice leaves no number of axis {self.axis} of the shape {shapes[0]}.")
        return (*shapes[0][: self.axis], length, *shapes[0][self.axis + 1 :])

    @property
    def _range(self) -> slice:
        return slice(self.start, self.stop, self.step)

    @property
    def _index(self) -> tuple[slice, ...]:
        return (*(slice(None),) * (self.axis + 1), self._range)

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return received[0][self._index]

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return (add_at(namespace(delta).zeros(received[0].shape, dtype=delta.dtype), self._index, delta),)
