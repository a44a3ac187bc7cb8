"""Transpose: the axes of a sample in another order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from backproof.errors import OptionError, ShapeError
from backproof.functions import namespace
from backproof.operations.arrangement import Arrangement
from backproof.operations.layer import LARGEST, Shape, Shapes
from backproof.validate import check_whole, describe


@final
@dataclass(frozen=True)
class Transpose(Arrangement):
    """h_(p with its indices in another order) = a_p

    Parameters
    ----------
    axes : list of int
        For each axis of h the axis of a sample, from 0, that it is: every one of them once.
    """

    axes: tuple[int, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.axes, list | tuple):
            raise OptionError(f"axes must be a list of axes, received {describe(self.axes)}.")
        axes = tuple(check_whole("axes", each, 0, LARGEST) for each in self.axes)
        if sorted(axes) != list(range(len(axes))):
            raise OptionError(f"axes must name each axis from 0 once, received {describe(self.axes)}.")
        object.__setattr__(self, "axes", axes)

    def infer_shape(self, shapes: Shapes) -> Shape:
        if len(shapes[0]) != len(self.axes):
            raise ShapeError(f"transpose expects {len(self.axes)} axes, those of {self.axes}; received {shapes[0]}.")
        return tuple(shapes[0][axis] for axis in self.axes)

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return namespace(received[0]).permute_dims(received[0], (0, *(axis + 1 for axis in self.axes)))

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        back = sorted(range(len(self.axes)), key=lambda axis: self.axes[axis])
        return (namespace(delta).permute_dims(delta, (0, *(axis + 1 for axis in back))),)
