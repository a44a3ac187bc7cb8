"""Reshape: the same numbers in the same order, in another shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, final

from backproof.errors import OptionError, ShapeError
from backproof.operations.arrangement import Arrangement
from backproof.operations.layer import LARGEST, Shape, Shapes
from backproof.validate import MOST_AXES, check_whole, describe


@final
@dataclass(frozen=True)
class Reshape(Arrangement):
    """h_p = a_p, every position p where it stands in the flattened array

    Parameters
    ----------
    shape : list of int
        Of a sample; one size may be -1 and follows from the others.
    """

    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        given = tuple(self.shape) if isinstance(self.shape, list | tuple) else (self.shape,)
        sizes = tuple(each if each == -1 else check_whole("shape", each, 1, LARGEST) for each in given)
        if not 1 <= len(sizes) <= MOST_AXES or sizes.count(-1) > 1:
            raise OptionError(
                f"shape must have 1 to {MOST_AXES} sizes, at most one of them -1; received {describe(self.shape)}."
            )
        object.__setattr__(self, "shape", sizes)

    def infer_shape(self, shapes: Shapes) -> Shape:
        size, known = prod(shapes[0]), prod(each for each in self.shape if each != -1)
        fits = size % known == 0 if -1 in self.shape else size == known
        if not fits:
            raise ShapeError(f"reshape expects {size} numbers, those of {shapes[0]}; {self.shape} does not fit.")
        return tuple(size // known if each == -1 else each for each in self.shape)

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return received[0].reshape(received[0].shape[0], *self.infer_shape([received[0].shape[1:]]))

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return (delta.reshape(received[0].shape),)
