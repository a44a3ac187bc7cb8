"""Average pooling over any number of axes: the mean of what each window of a channel holds."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any, ClassVar

import numpy as np

from backproof.arrays import AnyArray
from backproof.errors import ShapeError
from backproof.functions import namespace
from backproof.operations.layer import Linear, Positions, Products, Shape, Shapes
from backproof.operations.windows import Sizes, SlidingWindows, check_picture, check_sizes, divide_evenly, spread_sizes
from backproof.validate import check_flag

#: Windows times places of one axis, in adaptive pooling.
MOST_HELD = 10_000_000


@dataclass(frozen=True)
class Pool(Linear):
    """Abstract: h_ci = 1/N_i sum over the places x of window i of a_cx; each channel by itself."""

    #: Number of axes after the channels.
    axes: ClassVar[int]

    @abstractmethod
    def count(self, shape: Shape) -> Shape:
        """The number of windows along each axis. Raise ShapeError where none fits."""

    @abstractmethod
    def places(self, window: int, shape: Shape) -> tuple[Positions, int]:
        """The flattened places that a window holds, and by how much their sum is divided."""

    @abstractmethod
    def windows_over(self, place: int, shape: Shape) -> Positions:
        """The windows that hold a place."""

    def infer_shape(self, shapes: Shapes) -> Shape:
        check_picture(self.name, shapes[0], self.axes)
        return (shapes[0][0], *self.count(shapes[0][1:]))

    def products(self, position: int, shapes: Shapes) -> tuple[Products, ...]:
        channel, window = divmod(position, prod(self.count(shapes[0][1:])))
        places, count = self.places(window, shapes[0][1:])
        return (Products(0, channel * prod(shapes[0][1:]) + places, factor=Fraction(1, count)),)

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        channel, place = divmod(position, prod(shapes[0][1:]))
        return channel * prod(self.count(shapes[0][1:])) + np.sort(self.windows_over(place, shapes[0][1:]))


@dataclass(frozen=True)
class AveragePool(SlidingWindows, Pool):
    """Abstract: windows of one size that slide.

    Parameters
    ----------
    size : int or list of int
        Of a window, along each axis.
    stride : int or list of int, optional
        How far apart windows are; by default their size.
    padding : int or list of int, default 0
        Beyond the edges stand zeros: at most half of the size.
    count_include_pad : bool, default True
        Whether those zeros count in N.
    """

    count_include_pad: bool = True

    def __post_init__(self) -> None:
        check_flag("count_include_pad", self.count_include_pad)
        super().__post_init__()

    def count(self, shape: Shape) -> Shape:
        return self.windows.count(shape)

    def places(self, window: int, shape: Shape) -> tuple[Positions, int]:
        places = self.windows.find(shape, self.count(shape), window=window).places
        return places, prod(self.windows.size) if self.count_include_pad else len(places)

    def windows_over(self, place: int, shape: Shape) -> Positions:
        return self.windows.find(shape, self.count(shape), place=place).windows

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        a, shape = received[0], tuple(received[0].shape[2:])
        counts, total = self.count(shape), 0
        for offsets in self.windows.split_offsets(prod(a.shape[:2]) * prod(counts)):
            total = sum(self.windows.look(a, counts, offsets), total)
        return total * self._shares(shape, a)

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        shape = tuple(received[0].shape[2:])
        xp, part, sent = namespace(delta), (delta * self._shares(shape, delta))[:, :, None], 0
        for offsets in self.windows.split_offsets(prod(delta.shape)):
            number = len(range(prod(self.windows.size))[offsets])
            parts = xp.broadcast_to(part, (*part.shape[:2], number, *part.shape[3:]))
            sent = sent + self.windows.lay_back(parts, shape, offsets)
        return (sent,)

    def _shares(self, shape: Shape, like: Any) -> Any:
        """1/N of every window, or one number for all."""
        if self.count_include_pad:
            return 1 / prod(self.windows.size)
        inside = self.windows.cut(np.ones((1, 1, *shape)), self.count(shape)).sum(2)
        return namespace(like).asarray(1 / inside, dtype=like.dtype)


@dataclass(frozen=True)
class AdaptiveAveragePool(Pool):
    """Abstract: as many windows as wanted, which divide an axis as evenly as they can and overlap where they must.

    Window i of n over L places holds those from floor(i L / n) to below ceil((i + 1) L / n), as in PyTorch; size 1 is
    the mean of the whole channel.

    Parameters
    ----------
    size : int or list of int
        Number of windows along each axis.
    """

    size: Sizes

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", check_sizes("size", self.size, 1, self.axes))

    def count(self, shape: Shape) -> Shape:
        counts = spread_sizes(self.size, self.axes)
        if max(count * length for count, length in zip(counts, shape, strict=True)) > MOST_HELD:
            raise ShapeError(
                f"{self.name} expects at most {MOST_HELD:,} windows times places; got {counts} of {shape}."
            )
        return counts

    def places(self, window: int, shape: Shape) -> tuple[Positions, int]:
        tables = self._tables(shape)
        index = np.unravel_index(window, self.count(shape))
        along = [np.flatnonzero(table[at]) for table, at in zip(tables, index, strict=True)]
        places = np.ravel_multi_index(np.ix_(*along), shape).reshape(-1)
        return places, len(places)

    def windows_over(self, place: int, shape: Shape) -> Positions:
        index = np.unravel_index(place, shape)
        along = [np.flatnonzero(table[:, at]) for table, at in zip(self._tables(shape), index, strict=True)]
        return np.ravel_multi_index(np.ix_(*along), self.count(shape)).reshape(-1)

    def _tables(self, shape: Shape) -> list[AnyArray]:
        """For each axis 1/N where a window holds a place, (windows, places)."""
        return [share_evenly(length, count) for length, count in zip(shape, self.count(shape), strict=True)]

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return self._along_axes(received[0], self._tables(received[0].shape[2:]))

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return (self._along_axes(delta, [table.T for table in self._tables(received[0].shape[2:])]),)

    def _along_axes(self, array: Any, tables: Sequence[AnyArray]) -> Any:
        """Each axis after the channels multiplied by its matrix."""
        xp = namespace(array)
        for axis, table in enumerate(tables, start=2):
            moved = xp.moveaxis(array, axis, -1) @ xp.asarray(table.T, dtype=array.dtype)
            array = xp.moveaxis(moved, -1, axis)
        return array


def share_evenly(length: int, count: int) -> AnyArray:
    """1/N where one of `count` windows over `length` places holds a place, else 0; shape (windows, places)."""
    (starts, ends), places = divide_evenly(length, count), np.arange(length)
    held = (places >= starts[:, None]) & (places < ends[:, None])
    shares: AnyArray = held / held.sum(1, keepdims=True)
    return shares
