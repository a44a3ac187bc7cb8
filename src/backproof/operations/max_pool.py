"""The maximum over windows of a layer: which places each window has, and where what comes back goes.

A pooling is told by its windows along each axis: a table of the places that each window of the axis has. A window at
an edge has fewer; its first place then stands again in the table, where it changes no maximum.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import inf
from typing import Any, ClassVar

import numpy as np

from backproof.errors import ShapeError
from backproof.expression import Expression, Number
from backproof.functions import maximum, namespace, where
from backproof.operations.layer import Kind, Numbers, Positions, Shape, Shapes, positions
from backproof.operations.windows import Sizes, SlidingWindows, check_picture, check_sizes, divide_evenly

Table = Positions


class MaxPool(Kind):
    """Abstract: h_ci = max of a_cj over the places j of window i; of equal ones the first counts, as in PyTorch."""

    #: Number of axes after the channels.
    axes: ClassVar[int]

    @abstractmethod
    def list_windows(self, axis: int, size: int) -> Table:
        """The places of each window along an axis of that many places, shape (windows, places). Raise ShapeError."""

    def infer_shape(self, shapes: Shapes) -> Shape:
        check_picture(self.name, shapes[0], self.axes)
        return (shapes[0][0], *(len(table) for table in self._list_tables(shapes[0])))

    def _list_tables(self, shape: Shape) -> list[Table]:
        return [self.list_windows(axis, size) for axis, size in enumerate(shape[1:])]

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        windows = [window for _, window in self._take_windows(received[0])]
        return windows[0] if len(windows) == 1 else maximum(*windows)

    def _take_windows(self, a: Any) -> Iterator[tuple[int, Any]]:
        """For each place in the window, by its number, what all windows have there."""
        tables = self._list_tables(a.shape[1:])
        for number, places in enumerate(product(*(range(table.shape[1]) for table in tables))):
            window = a
            for axis, (table, place) in enumerate(zip(tables, places, strict=True)):
                window = window[(*[slice(None)] * (axis + 2), _as_slice(table[:, place]))]
            yield number, window

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        """Each activation gets back the error of every window whose first largest it is."""
        chosen = find_first_largest(window for _, window in self._take_windows(received[0]))
        sent: Any = 0
        for windows, numbers in self._find_receiving(received[0].shape[1:]):
            part, selected = delta, chosen
            for axis, index in enumerate(windows):
                at = (*[slice(None)] * (axis + 2), index)
                part, selected = part[at], selected[at]
            sent = sent + where(selected == numbers, part, 0.0)
        return (sent,)

    def _find_receiving(self, shape: Shape) -> Iterator[tuple[tuple[Positions, ...], Positions]]:
        """For the places of a layer the windows that have them, along each axis, and as which number of their places.

        A place is in as many windows as these are together; where it is in fewer, the number is -1.
        """
        tables = self._list_tables(shape)
        by_axis = [_invert(table, size) for table, size in zip(tables, shape[1:], strict=True)]
        for pairs in product(*by_axis):
            numbers = np.zeros((1,) * self.axes, dtype=np.int64)
            missing = np.zeros((1,) * self.axes, dtype=bool)
            for axis, ((_, places), table) in enumerate(zip(pairs, tables, strict=True)):
                places = places.reshape([-1 if each == axis else 1 for each in range(self.axes)])
                numbers, missing = numbers * table.shape[1] + places, missing | (places < 0)
            yield tuple(windows for windows, _ in pairs), np.where(missing, -1, numbers)

    def list_window(self, position: int, shapes: Shapes) -> Positions:
        """The positions that one h is the largest of, each once."""
        channel, *index = np.unravel_index(position, self.infer_shape(shapes))
        rows = [list(dict.fromkeys(table[at])) for table, at in zip(self._list_tables(shapes[0]), index, strict=True)]
        return np.ravel_multi_index(np.ix_([channel], *rows), shapes[0]).reshape(-1)

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        channel, *index = np.unravel_index(position, shapes[0])
        tables = self._list_tables(shapes[0])
        found = [np.flatnonzero((table == at).any(axis=1)) for table, at in zip(tables, index, strict=True)]
        if not all(each.size for each in found):
            return positions()
        return np.ravel_multi_index(np.ix_([channel], *found), self.infer_shape(shapes)).reshape(-1)

    def formula(self, position: int, numbers: Numbers, shapes: Shapes) -> Expression:
        window = self._write_window(position, numbers, shapes)
        largest: Expression = window[0] if len(window) == 1 else maximum(*window)
        return largest

    def _write_window(self, position: int, numbers: Numbers, shapes: Shapes) -> list[Expression]:
        found = [numbers.activation(0, int(each)) for each in self.list_window(position, shapes)]
        return [each for each in found if each is not None]

    def activation_slope(
        self, position: int, sender: int, sent: int, numbers: Numbers, shapes: Shapes, other: Numbers | None = None
    ) -> Expression:
        """1 for the first largest activation of the window, else 0: of all paths the one that counts."""
        values = [numbers.value(each) for each in self._write_window(position, numbers, shapes)]
        return Number(int(self.list_window(position, shapes)[int(np.argmax(values))] == sent))

    def describe_slope(self, sent: str, unit: str, slope: Expression) -> str:
        if slope == Number(0):
            return f"{sent} is not the largest in the window of {unit}, so {unit} does not depend on it here"
        return f"{sent} is the largest in the window of {unit}: this path counts"


@dataclass(frozen=True)
class SlidingMaxPool(SlidingWindows, MaxPool):
    """Abstract: windows of one size that slide.

    Parameters
    ----------
    size : int or list of int
        Of the window, along each axis.
    stride : int or list of int, optional
        How far apart windows are; by default their size.
    padding : int or list of int, default 0
        At most half the window; what stands there is never the largest.
    dilation : int or list of int, default 1
        How far apart the places of a window are.
    """

    dilation: Sizes = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "dilation", check_sizes("dilation", self.dilation, 1, self.axes))
        super().__post_init__()

    @property
    def places_apart(self) -> Sizes:
        return self.dilation

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        xp, shape = namespace(delta), tuple(received[0].shape[2:])
        held = self.windows.look(received[0], tuple(delta.shape[2:]), fill=-inf)
        chosen = find_first_largest(held)
        parts = xp.stack([where(chosen == number, delta, 0.0) for number in range(len(held))], axis=2)
        return (self.windows.lay_back(parts, shape),)

    def list_windows(self, axis: int, size: int) -> Table:
        length, stride, padding, dilation = (each[axis] for each in self.windows.by_axis)
        return list_sliding_windows(size, length, stride, padding, dilation, self.name)


def find_first_largest(held: Iterable[Any]) -> Any:
    """By its number, which of several arrays has the largest number in a place: of equal ones the first."""
    best, *others = held
    chosen: Any = namespace(best).zeros(best.shape, dtype=np.int32)
    for number, each in enumerate(others, start=1):
        better = each > best
        chosen, best = where(better, number, chosen), where(better, each, best)
    return chosen


def _as_slice(index: Positions) -> Any:
    """An index as a slice where its steps are even, which costs no copy."""
    steps = np.diff(index)
    step = int(steps[0]) if len(steps) else 1
    if step < 1 or (steps != step).any():
        return index
    return slice(int(index[0]), int(index[-1]) + 1, step)


def _invert(table: Table, size: int) -> list[tuple[Positions, Positions]]:
    """For each place of an axis a window that has it, and as which of its places, -1 for none; as often as needed."""
    found: list[list[tuple[int, int]]] = [[] for _ in range(size)]
    for window, places in enumerate(table.tolist()):
        for number, place in enumerate(places):
            if place not in places[:number]:
                found[place].append((window, number))
    most = max(map(len, found))
    filled = [[*pairs, *[(0, -1)] * (most - len(pairs))] for pairs in found]
    pairs = np.array(filled).transpose(1, 2, 0)
    return [(windows, numbers) for windows, numbers in pairs]


def list_sliding_windows(size: int, length: int, stride: int, padding: int, dilation: int, kind: str) -> Table:
    """Windows that move by `stride` over an axis with `padding` at both ends, which has no numbers of its own."""
    count = (size + 2 * padding - dilation * (length - 1) - 1) // stride + 1
    if count < 1:
        raise ShapeError(f"{kind}: a window of {length} places does not fit into an axis of {size}.")
    table = stride * np.arange(count)[:, None] - padding + dilation * np.arange(length)
    inside = (table >= 0) & (table < size)
    if not inside.any(axis=1).all():
        raise ShapeError(f"{kind}: a window of {length} places over an axis of {size} has nothing but padding in it.")
    first = np.take_along_axis(table, inside.argmax(axis=1)[:, None], axis=1)
    return np.where(inside, table, first)


def list_adaptive_windows(size: int, count: int) -> Table:
    """`count` windows that divide an axis as evenly as they can, overlapping where they must, as in PyTorch."""
    starts, ends = divide_evenly(size, count)
    table = starts[:, None] + np.arange(int((ends - starts).max()))
    return np.where(table < ends[:, None], table, starts[:, None])
