"""Windows that slide over a picture: which place of it each offset of each window covers, for any number of axes.

Along an axis, window i holds at its offset u the place

    x = i stride + u dilation - padding

of the picture, or nothing where x is outside of it. Convolutions, transposed convolutions and poolings are all stated
by this relation: each is a sum or a maximum over the triples (window, offset, place) with one of the three given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Any, ClassVar, NamedTuple, TypeAlias

import numpy as np

from backproof.errors import OptionError, ShapeError
from backproof.functions import namespace
from backproof.operations.layer import LARGEST, MOST_NUMBERS, Positions, Shape
from backproof.validate import check_whole, describe

#: Offsets of a window, each of which is worked out by itself.
MOST_PLACES = 10_000
#: Numbers that are cut out of pictures at once.
MOST_AT_ONCE = 2**24
ALL = slice(None)
#: A size for each axis, or one that stands for all.
Sizes: TypeAlias = int | tuple[int, ...]
#: What a picture and its axes are called in messages, by the number of axes.
NAMES = {1: "a sequence", 2: "an image"}
AXES = {1: "steps", 2: "rows, columns"}


class Covered(NamedTuple):
    """Triples of a window, an offset in it and the place that it covers, each flattened, first axis slowest."""

    windows: Positions
    offsets: Positions
    places: Positions


@dataclass(frozen=True)
class Windows:
    """Windows of one size, one number for each axis."""

    size: Shape
    stride: Shape
    padding: Shape
    dilation: Shape

    def __post_init__(self) -> None:
        if prod(self.size) > MOST_PLACES:
            raise OptionError(f"a window has at most {MOST_PLACES:,} places, received {self.size}.")

    def count(self, shape: Shape) -> Shape:
        """The number of windows along each axis of a picture. Raise ShapeError where none fits, or it is too large."""
        padded = prod(length + 2 * more for length, more in zip(shape, self.padding, strict=True))
        if padded > MOST_NUMBERS:
            raise ShapeError(
                f"with padding {self.padding} a picture of {shape} has {padded:,} places; at most {MOST_NUMBERS:,}."
            )
        counts = tuple(
            (length + 2 * padding - dilation * (size - 1) - 1) // stride + 1
            for length, size, stride, padding, dilation in zip(shape, *self.by_axis, strict=True)
        )
        if min(counts) < 1:
            reach = tuple(apart * (size - 1) + 1 for size, apart in zip(self.size, self.dilation, strict=True))
            what = NAMES.get(len(shape), "picture")
            raise ShapeError(f"a window that reaches over {reach} does not fit into {what} of {shape}.")
        return counts

    def widen(self, counts: Shape) -> Shape:
        """The smallest picture, without its padding, over which that number of windows fits."""
        return tuple(
            (count - 1) * stride + dilation * (size - 1) + 1 - 2 * padding
            for count, size, stride, padding, dilation in zip(counts, *self.by_axis, strict=True)
        )

    @property
    def by_axis(self) -> tuple[Shape, Shape, Shape, Shape]:
        """Size, stride, padding and dilation, each by axis."""
        return self.size, self.stride, self.padding, self.dilation

    def look(self, a: Any, counts: Shape, offsets: slice = ALL, fill: float = 0.0) -> list[Any]:
        """What all windows hold at each of some offsets: (.., *shape) to (.., *counts); `fill` outside the picture."""
        padded, along = self._pad(a, fill), [self._list_slices(axis, count) for axis, count in enumerate(counts)]
        return [padded[(..., *index)] for index in list(product(*along))[offsets]]

    def cut(self, a: Any, counts: Shape, offsets: slice = ALL, fill: float = 0.0, *, axis: int = 2) -> Any:
        """The same in one array, offsets along an axis of it."""
        xp = namespace(a)
        if range(prod(self.size))[offsets] != range(prod(self.size)):
            return xp.stack(self.look(a, counts, offsets, fill), axis=axis)
        a = self._pad(a, fill)
        for along in reversed(range(len(counts))):  # one axis after the other: fewer and longer copies
            after = (ALL,) * (len(counts) - 1 - along)
            a = xp.stack([a[(..., each, *after)] for each in self._list_slices(along, counts[along])], axis=axis)
        return a.reshape(*a.shape[:axis], prod(self.size), *a.shape[axis + len(counts) :])

    def _pad(self, a: Any, fill: float) -> Any:
        """A picture with what stands around it."""
        if not any(self.padding):
            return a
        widths = [*[(0, 0)] * (a.ndim - len(self.padding)), *((more, more) for more in self.padding)]
        return namespace(a).pad(a, widths, constant_values=fill)

    def _list_slices(self, axis: int, count: int) -> list[slice]:
        """For each offset along an axis the places where `count` windows have it, in a padded picture."""
        starts = range(0, self.size[axis] * self.dilation[axis], self.dilation[axis])
        reach = (count - 1) * self.stride[axis]
        return [slice(start, start + reach + 1, self.stride[axis]) for start in starts]

    def lay_back(self, parts: Any, shape: Shape, offsets: slice = ALL, *, axis: int = 2) -> Any:
        """Each part added to the places that it was cut from: the transpose of `cut`, to (.., *shape).

        Where arrays can be written to, in place; else one axis after the other: parts that differ in their offset along
        the last axis alone are added up first.
        """
        numbers, before = list(product(*map(range, self.size)))[offsets], (ALL,) * axis
        if namespace(parts) is np:
            return self._lay_in_place(parts, shape, numbers, axis)
        found = {offset: parts[(*before, number)] for number, offset in enumerate(numbers)}
        for along in reversed(range(len(shape))):
            merged: dict[tuple[int, ...], Any] = {}
            for offset, part in found.items():
                laid, rest = self._lay_along(part, along - len(shape), offset[-1], shape[along]), offset[:-1]
                merged[rest] = merged[rest] + laid if rest in merged else laid
            found = merged
        return found[()]

    def _lay_in_place(self, parts: Any, shape: Shape, numbers: list[Shape], axis: int) -> Any:
        """Parts at those offsets added one after the other to a picture of zeros."""
        counts = parts.shape[-len(shape) :]
        others = (*parts.shape[:axis], *parts.shape[axis + 1 : -len(shape)])
        padded = (length + 2 * more for length, more in zip(shape, self.padding, strict=True))
        whole: Any = np.zeros((*others, *padded), parts.dtype)
        along = [self._list_slices(each, count) for each, count in enumerate(counts)]
        for number, offset in enumerate(numbers):
            index = [slices[at] for slices, at in zip(along, offset, strict=True)]
            whole[(..., *index)] += parts[(*(ALL,) * axis, number)]
        return whole[(..., *(slice(more, more + length) for more, length in zip(self.padding, shape, strict=True)))]

    def _lay_along(self, part: Any, axis: int, offset: int, length: int) -> Any:
        """A part laid along one axis of the picture, counted from the last, with zeros in between and at the ends."""
        xp, at, stride = namespace(part), part.ndim + axis, self.stride[axis]
        if stride > 1:  # each number, and zeros after it
            apart = xp.pad(
                xp.expand_dims(part, at + 1), [(0, (stride - 1) * (each == at + 1)) for each in range(part.ndim + 1)]
            )
            part = apart.reshape(*part.shape[:at], -1, *part.shape[at + 1 :])
        start, span = offset * self.dilation[axis] - self.padding[axis], part.shape[at] - stride + 1
        first = min(max(0, -start), span)
        last = max(first, min(span, length - start))
        before = min(max(0, start), length)
        widths = [(0, 0)] * part.ndim
        widths[at] = (before, length - before - (last - first))
        return xp.pad(part[(*(ALL,) * at, slice(first, last))], widths)

    def split_offsets(self, numbers: int) -> Iterator[slice]:
        """Offsets a few at a time, each of which takes memory for `numbers`."""
        places, few = prod(self.size), max(1, MOST_AT_ONCE // max(1, numbers))
        return (slice(start, min(start + few, places)) for start in range(0, places, few))

    def find(
        self,
        shape: Shape,
        counts: Shape,
        *,
        window: int | None = None,
        offset: int | None = None,
        place: int | None = None,
    ) -> Covered:
        """All triples with a window, an offset or a place given."""
        sizes = (counts, self.size, shape)
        given = [
            (None,) * len(shape) if at is None else np.unravel_index(at, size)
            for at, size in zip((window, offset, place), sizes, strict=True)
        ]
        found = [np.zeros(1, dtype=np.int64)] * 3
        for axis, chosen in enumerate(zip(*given, strict=True)):
            lengths = [size[axis] for size in sizes]
            along = self._find_along(axis, lengths, *chosen)
            found = [
                (before[:, None] * length + new).reshape(-1)
                for before, new, length in zip(found, along, lengths, strict=True)
            ]
        return Covered(*found)

    def _find_along(self, axis: int, lengths: list[int], window: Any, offset: Any, place: Any) -> list[Positions]:
        """The triples along one axis."""
        size, stride, padding, dilation = (each[axis] for each in self.by_axis)
        u = np.arange(size) if offset is None else np.array([offset])
        if place is None:
            i = np.arange(lengths[0]) if window is None else np.array([window])
            i, u = (each.reshape(-1) for each in np.broadcast_arrays(i[:, None], u))
            x = i * stride + u * dilation - padding
            there = (x >= 0) & (x < lengths[2])
        else:
            i, rest = np.divmod(place + padding - u * dilation, stride)
            x = np.full(len(u), place)
            there = (rest == 0) & (i >= 0) & (i < lengths[0])
        return [i[there], u[there], x[there]]


@dataclass(frozen=True)
class SlidingWindows:
    """Abstract: the options of windows of one size that slide over the axes of a channel.

    Parameters
    ----------
    size : int or list of int
        Of a window, along each axis.
    stride : int or list of int, optional
        How far apart windows are; by default their size.
    padding : int or list of int, default 0
        Around the channel: at most half of the size.
    """

    size: Sizes
    stride: Sizes | None = None
    padding: Sizes = 0

    #: Number of axes after the channels.
    axes: ClassVar[int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", check_sizes("size", self.size, 1, self.axes))
        object.__setattr__(self, "padding", check_sizes("padding", self.padding, 0, self.axes))
        stride = None if self.stride is None else check_sizes("stride", self.stride, 1, self.axes)
        object.__setattr__(self, "stride", None if stride == self.size else stride)
        if any(2 * more > size for more, size in zip(self.windows.padding, self.windows.size, strict=True)):
            raise OptionError(f"padding must be at most half of size, received {self.padding} and {self.size}.")

    @property
    def places_apart(self) -> Sizes:
        """How far apart the places of a window are."""
        return 1

    @cached_property
    def windows(self) -> Windows:
        """The windows over a channel."""
        sizes = (self.size, self.size if self.stride is None else self.stride, self.padding, self.places_apart)
        return Windows(*(spread_sizes(each, self.axes) for each in sizes))


def check_sizes(name: str, value: Any, least: int, axes: int) -> Sizes:
    """A whole number for each axis, or one that stands for all. Raise OptionError for anything else."""
    each = tuple(value) if isinstance(value, list | tuple) else (value,) * axes
    if len(each) != axes:
        expected = "a whole number or a pair of them" if axes == 2 else f"a whole number or {axes} of them"
        raise OptionError(f"{name} must be {expected}, received {describe(value)}.")
    sizes = tuple(check_whole(name, size, least, LARGEST) for size in each)
    return sizes if len(set(sizes)) > 1 else sizes[0]


def spread_sizes(sizes: Sizes, axes: int) -> Shape:
    """A size for each axis."""
    return sizes if isinstance(sizes, tuple) else (sizes,) * axes


def divide_evenly(length: int, count: int) -> tuple[Positions, Positions]:
    """Where each of `count` windows starts and ends that divide an axis as evenly as possible, as in PyTorch."""
    windows = np.arange(count)
    return windows * length // count, -(-(windows + 1) * length // count)


def check_picture(kind: str, shape: Shape, axes: int) -> None:
    """Raise ShapeError unless a layer has channels and `axes` more axes."""
    if len(shape) != axes + 1:
        raise ShapeError(f"{kind} expects {NAMES[axes]} of shape (channels, {AXES[axes]}); received {shape}.")
