"""Max pooling of pictures: of each window the largest number, channel by channel."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar, final

from backproof.errors import OptionError
from backproof.operations.layers.conv2d import MOST_PLACES, Pair, check_pair
from backproof.operations.max_pool import MaxPool, Table, list_sliding_windows


@final
@dataclass(frozen=True)
class MaxPool2d(MaxPool):
    """h_cij = max over uv of a_c(i s + d u - p)(j s + d v - p); of equal ones the first counts

    Parameters
    ----------
    size : int or pair of int
        Rows and columns of the window.
    stride : int or pair of int, default size
    padding : int or pair of int, default 0
        At most half the window; what stands there is never the largest.
    dilation : int or pair of int, default 1
        How far apart the places of a window are.
    """

    size: Pair
    stride: Pair | None = None
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)

    axes: ClassVar[int] = 2

    def __post_init__(self) -> None:
        object.__setattr__(self, "stride", self.size if self.stride is None else self.stride)
        for name, least in (("size", 1), ("stride", 1), ("padding", 0), ("dilation", 1)):
            object.__setattr__(self, name, check_pair(name, getattr(self, name), least))
        if prod(self.size) > MOST_PLACES:
            raise OptionError(f"a window has at most {MOST_PLACES:,} places, received {self.size}.")
        if any(2 * more > size for more, size in zip(self.padding, self.size, strict=True)):
            raise OptionError(f"padding is at most half the window of {self.size}, received {self.padding}.")

    def list_windows(self, axis: int, size: int) -> Table:
        assert self.stride is not None
        return list_sliding_windows(
            size, self.size[axis], self.stride[axis], self.padding[axis], self.dilation[axis], self.name
        )
