"""Affine: numbers multiplied and shifted one by one, as by the trained position of a token or a channel's own scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, final

import numpy as np

from backproof.errors import OptionError, ShapeError
from backproof.operations.layer import LARGEST, Linear, Positions, Products, Shape, Shapes, positions
from backproof.validate import check_flag, check_whole, describe


@final
@dataclass(frozen=True)
class Affine(Linear):
    """h_p = a_p w_p + b_p; weight and bias of `shape`, spread over a sample

    Parameters
    ----------
    shape : int or sequence of int
        Of weight and bias. They are spread over a sample as NumPy spreads arrays: the last axes stand under each other,
        and along an axis of size 1 the same number stands everywhere.
    weight : bool, default True
        Whether the numbers are multiplied.
    bias : bool, default True
        Whether something is added.
    """

    shape: Shape
    weight: bool = True
    bias: bool = True

    def __post_init__(self) -> None:
        sizes = (self.shape,) if isinstance(self.shape, int) else self.shape
        if not isinstance(sizes, list | tuple) or not 1 <= len(sizes) <= 32:
            raise OptionError(f"shape must be a whole number or a list of them, received {describe(self.shape)}.")
        object.__setattr__(self, "shape", tuple(check_whole("shape", size, 1, LARGEST) for size in sizes))
        check_flag("weight", self.weight)
        check_flag("bias", self.bias)

    def infer_shape(self, shapes: Shapes) -> Shape:
        extra = len(self.shape) - len(shapes[0])
        own = (1,) * -extra + self.shape[max(extra, 0) :]
        fits = all(size in (1, here) for size, here in zip(own, shapes[0], strict=True))
        if not fits or any(size != 1 for size in self.shape[: max(extra, 0)]):
            raise ShapeError(f"affine expects a layer over which {self.shape} can be spread, received {shapes[0]}.")
        return shapes[0]

    def parameter_shapes(self, shapes: Shapes) -> dict[str, Shape]:
        return {role: self.shape for role in ("weight", "bias") if getattr(self, role)}

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        rank = received[0].ndim - 1
        h = received[0] * _trim(parameters["weight"], rank) if self.weight else received[0]
        return h + _trim(parameters["bias"], rank) if self.bias else h

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return (delta * _trim(parameters["weight"], delta.ndim - 1) if self.weight else delta,)

    def gradients(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        shares = [delta * received[0]] if self.weight else []
        return tuple(self._gather(share) for share in (*shares, *([delta] if self.bias else [])))

    def _gather(self, share: Any) -> Any:
        """The sum over all places at which each number stands."""
        own = (1,) * (share.ndim - len(self.shape)) + self.shape[max(len(self.shape) - share.ndim, 0) :]
        spread = tuple(axis for axis, size in enumerate(own) if size == 1)
        return share.sum(spread, keepdims=True).reshape(self.shape)

    def _entries(self, shapes: Shapes) -> Positions:
        """For each position the entry that stands there."""
        numbers = _trim(np.arange(prod(self.shape)).reshape(self.shape), len(shapes[0]))
        return np.broadcast_to(numbers, shapes[0]).reshape(-1)

    def products(self, position: int, shapes: Shapes) -> tuple[Products, ...]:
        here = positions(position)
        return (Products(0, here, "weight", self._entries(shapes)[here]) if self.weight else Products(0, here),)

    def bias_entry(self, position: int, shapes: Shapes) -> int | None:
        return int(self._entries(shapes)[position]) if self.bias else None

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        return positions(position)

    def uses(self, role: str, entry: int, shapes: Shapes) -> Positions:
        return np.flatnonzero(self._entries(shapes) == entry)


def _trim(array: Any, rank: int) -> Any:
    """An array without the axes of size 1 that it has more than a sample."""
    return array if array.ndim <= rank else array.reshape(array.shape[array.ndim - rank :])
