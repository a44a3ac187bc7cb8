"""Pad: zeros put around a layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, final

from backproof.errors import OptionError, ShapeError
from backproof.functions import namespace
from backproof.operations.arrangement import Arrangement
from backproof.operations.layer import LARGEST, MOST_NUMBERS, Shape, Shapes
from backproof.validate import check_whole, describe


@final
@dataclass(frozen=True)
class Pad(Arrangement):
    """h_(p + what stands before) = a_p, and 0 around it

    Parameters
    ----------
    padding : list of int
        Numbers of zeros before and after, of the last axis first, then of the one before it, and so on, as in PyTorch:
        [left, right, top, bottom] for pictures.
    """

    padding: tuple[int, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.padding, list | tuple) or len(self.padding) % 2 or not self.padding:
            raise OptionError(f"padding must be pairs of whole numbers in a list, received {describe(self.padding)}.")
        object.__setattr__(self, "padding", tuple(check_whole("padding", each, 0, LARGEST) for each in self.padding))

    def _list_widths(self, axes: int) -> list[tuple[int, int]]:
        """The zeros before and after each axis of a sample."""
        pairs = [*zip(self.padding[::2], self.padding[1::2], strict=True)]
        return [(0, 0)] * (axes - len(pairs)) + pairs[::-1]

    def infer_shape(self, shapes: Shapes) -> Shape:
        if 2 * len(shapes[0]) < len(self.padding):
            raise ShapeError(f"pad expects at least {len(self.padding) // 2} axes, received shape {shapes[0]}.")
        widths = self._list_widths(len(shapes[0]))
        shape = tuple(size + before + after for size, (before, after) in zip(shapes[0], widths, strict=True))
        if prod(shape) > MOST_NUMBERS:
            raise ShapeError(f"pad expects to make at most {MOST_NUMBERS:,} numbers, received {shape}.")
        return shape

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return namespace(received[0]).pad(received[0], [(0, 0), *self._list_widths(received[0].ndim - 1)])

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        widths = self._list_widths(delta.ndim - 1)
        inner = (slice(before, size - after) for (before, after), size in zip(widths, delta.shape[1:], strict=True))
        return (delta[(slice(None), *inner)],)
