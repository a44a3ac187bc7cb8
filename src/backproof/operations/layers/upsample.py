"""Upsample: every place of a picture several times, so that it becomes larger (nearest neighbour)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, final

from backproof.errors import ShapeError
from backproof.functions import namespace
from backproof.operations.arrangement import Arrangement
from backproof.operations.layer import MOST_NUMBERS, Shape, Shapes
from backproof.operations.windows import Sizes, check_sizes, spread_sizes


@final
@dataclass(frozen=True)
class Upsample(Arrangement):
    """h_cij = a_c(i // factor)(j // factor), for any number of axes after the channels

    Parameters
    ----------
    factor : int or list of int
        How often a place is repeated along each axis.
    """

    factor: Sizes

    def __post_init__(self) -> None:
        axes = len(self.factor) if isinstance(self.factor, list | tuple) else 1
        object.__setattr__(self, "factor", check_sizes("factor", self.factor, 1, max(1, axes)))

    def _list_factors(self, shape: Shape) -> Shape:
        """A factor for each axis of a sample."""
        factors = spread_sizes(self.factor, len(shape) - 1)
        if len(shape) < 2 or len(factors) != len(shape) - 1:
            raise ShapeError(f"upsample by {self.factor} expects channels and an axis for each; received {shape}.")
        return (1, *factors)

    def infer_shape(self, shapes: Shapes) -> Shape:
        shape = tuple(size * factor for size, factor in zip(shapes[0], self._list_factors(shapes[0]), strict=True))
        if prod(shape) > MOST_NUMBERS:
            raise ShapeError(f"upsample expects to make at most {MOST_NUMBERS:,} numbers, received {shape}.")
        return shape

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        xp, a = namespace(received[0]), received[0]
        for axis, factor in enumerate(self._list_factors(a.shape[1:]), start=1):
            a = xp.repeat(a, factor, axis=axis)
        return a

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        samples, *shape = received[0].shape
        pairs = zip(shape, self._list_factors(tuple(shape)), strict=True)
        split = delta.reshape(samples, *(number for pair in pairs for number in pair))
        return (split.sum(tuple(range(2, split.ndim, 2))),)
