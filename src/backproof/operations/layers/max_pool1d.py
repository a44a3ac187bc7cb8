"""Max pooling along one axis: of each window of a signal the largest number, channel by channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from backproof.errors import OptionError
from backproof.operations.layers.conv2d import MOST_PLACES
from backproof.operations.max_pool import MaxPool, Table, list_sliding_windows
from backproof.validate import check_whole


@final
@dataclass(frozen=True)
class MaxPool1d(MaxPool):
    """h_ci = max over u of a_c(i s + d u - p); of equal ones the first counts

    Parameters
    ----------
    size : int
        Places of the window.
    stride : int, default size
    padding : int, default 0
        At most half the window; what stands there is never the largest.
    dilation : int, default 1
        How far apart the places of a window are.
    """

    size: int
    stride: int | None = None
    padding: int = 0
    dilation: int = 1

    axes: ClassVar[int] = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "stride", self.size if self.stride is None else self.stride)
        for name, least in (("size", 1), ("stride", 1), ("padding", 0), ("dilation", 1)):
            object.__setattr__(self, name, check_whole(name, getattr(self, name), least, MOST_PLACES))
        if 2 * self.padding > self.size:
            raise OptionError(f"padding is at most half the window of {self.size}, received {self.padding}.")

    def list_windows(self, axis: int, size: int) -> Table:
        assert self.stride is not None
        return list_sliding_windows(size, self.size, self.stride, self.padding, self.dilation, self.name)
