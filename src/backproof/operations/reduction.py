"""Sums over axes of a sample, as the kinds `sum` and `mean` take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from backproof.errors import OptionError, ShapeError
from backproof.functions import namespace
from backproof.operations.layer import LARGEST, Linear, Positions, Products, Shape, Shapes, positions
from backproof.validate import check_flag, check_whole


@dataclass(frozen=True)
class Reduction(Linear):
    """Abstract: a factor times the sum over one or several axes.

    Parameters
    ----------
    axis : int or list of int
        Of a sample, from 0.
    keepdims : bool, default False
        Whether the axes stay, with length 1.
    """

    axis: int | tuple[int, ...]
    keepdims: bool = False

    def __post_init__(self) -> None:
        check_flag("keepdims", self.keepdims)
        given = self.axis if isinstance(self.axis, list | tuple) else (self.axis,)
        axes = tuple(sorted(check_whole("axis", each, 0, LARGEST) for each in given))
        if not axes or len(set(axes)) < len(axes):
            raise OptionError(f"axis must be one axis or several different ones, received {self.axis}.")
        object.__setattr__(self, "axis", axes if len(axes) > 1 else axes[0])

    @property
    def axes(self) -> tuple[int, ...]:
        """The axes as a tuple."""
        return self.axis if isinstance(self.axis, tuple) else (self.axis,)

    def factor(self, shape: Shape) -> Fraction:
        """What every term is multiplied by."""
        return Fraction(1)

    def infer_shape(self, shapes: Shapes) -> Shape:
        shape = shapes[0]
        if self.axes[-1] >= len(shape):
            raise ShapeError(f"{self.name} expects axis {self.axes[-1]} among those of a sample; its shape is {shape}.")
        left = tuple(size for axis, size in enumerate(shape) if axis not in self.axes)
        if not left and not self.keepdims:
            raise ShapeError(f"{self.name} leaves no axis of the shape {shape}; set keepdims to keep one number.")
        return self._widen(shape) if self.keepdims else left

    def _widen(self, shape: Shape) -> Shape:
        """The shape after the sum with its axes kept."""
        return tuple(1 if axis in self.axes else size for axis, size in enumerate(shape))

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        axes = tuple(axis + 1 for axis in self.axes)
        return float(self.factor(received[0].shape[1:])) * received[0].sum(axes, keepdims=self.keepdims)

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        samples, *shape = received[0].shape
        widened = delta.reshape(samples, *self._widen(tuple(shape)))
        return (float(self.factor(tuple(shape))) * namespace(delta).broadcast_to(widened, received[0].shape),)

    def products(self, position: int, shapes: Shapes) -> tuple[Products, ...]:
        place = np.unravel_index(position, self._widen(shapes[0]))
        free = np.ix_(*(range(n) if axis in self.axes else [place[axis]] for axis, n in enumerate(shapes[0])))
        return (Products(0, np.ravel_multi_index(free, shapes[0]).reshape(-1), factor=self.factor(shapes[0])),)

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        place = np.unravel_index(position, shapes[0])
        kept = tuple(0 if axis in self.axes else at for axis, at in enumerate(place))
        return positions(int(np.ravel_multi_index(kept, self._widen(shapes[0]))))
