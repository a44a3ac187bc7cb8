"""The convolution of pictures: one small kernel is laid over every place, so that its weights are shared by all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, final

import numpy as np

from backproof.errors import OptionError, ShapeError
from backproof.functions import namespace
from backproof.operations.layer import LARGEST, Linear, Positions, Products, Shape, Shapes, positions
from backproof.validate import check_flag, check_whole, describe

Pair = tuple[int, int]
#: Places of a kernel, each of which is worked out by itself, and numbers of a picture with its padding.
MOST_PLACES, MOST_NUMBERS = 10_000, 1_000_000_000


@final
@dataclass(frozen=True)
class Conv2d(Linear):
    """h_cij = sum_duv a_d(i s + u - p)(j s + v - p) k_cduv + b_c; weight (out, in, rows, columns), bias (out,)

    A cross-correlation, as in PyTorch: the kernel is not turned round. Beyond the edges of the picture stand zeros.

    Parameters
    ----------
    channels : int
        Number of output channels.
    kernel : int or pair of int
        Rows and columns of the kernel.
    stride : int or pair of int, default 1
    padding : int or pair of int, default 0
    bias : bool, default True
    """

    channels: int
    kernel: Pair
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    bias: bool = True

    def __post_init__(self) -> None:
        check_whole("channels", self.channels, 1, LARGEST)
        check_flag("bias", self.bias)
        for name, least in (("kernel", 1), ("stride", 1), ("padding", 0)):
            object.__setattr__(self, name, check_pair(name, getattr(self, name), least))
        if prod(self.kernel) > MOST_PLACES:
            raise OptionError(f"a kernel has at most {MOST_PLACES:,} places, received {self.kernel}.")

    def infer_shape(self, shapes: Shapes) -> Shape:
        if len(shapes[0]) != 3:
            raise ShapeError(f"conv2d expects images of shape (channels, rows, columns); received {shapes[0]}.")
        sizes = [
            (size + 2 * padding - kernel) // stride + 1
            for size, kernel, stride, padding in zip(shapes[0][1:], self.kernel, self.stride, self.padding, strict=True)
        ]
        padded = shapes[0][0] * prod(size + 2 * more for size, more in zip(shapes[0][1:], self.padding, strict=True))
        if padded > MOST_NUMBERS:
            raise ShapeError(
                f"with padding {self.padding} a picture of shape {shapes[0]} has {padded:,} numbers; at most "
                f"{MOST_NUMBERS:,}."
            )
        if min(sizes) < 1:
            raise ShapeError(f"a kernel of {self.kernel} does not fit into an image of {shapes[0][1:]}.")
        return (self.channels, *sizes)

    def parameter_shapes(self, shapes: Shapes) -> dict[str, Shape]:
        weight = {"weight": (self.channels, shapes[0][0], *self.kernel)}
        return weight | ({"bias": (self.channels,)} if self.bias else {})

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        h: Any = 0
        for u, v, window in self._windows(received[0]):
            h = h + namespace(window).einsum("ndij,cd->ncij", window, parameters["weight"][:, :, u, v])
        return h + parameters["bias"][:, None, None] if self.bias else h

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        """Each offset of the kernel sends its part of delta to where it took its activation from."""
        xp, shape = namespace(delta), received[0].shape
        widened = xp.pad(delta, ((0, 0), (0, 0), (0, 1), (0, 1)))  # the last row and column: what nobody received
        sent: Any = 0
        for u in range(self.kernel[0]):
            rows = self._receiving(u, 0, shape[2], delta.shape[2])
            for v in range(self.kernel[1]):
                columns = self._receiving(v, 1, shape[3], delta.shape[3])
                part = widened[:, :, rows][:, :, :, columns]
                sent = sent + xp.einsum("ncij,cd->ndij", part, parameters["weight"][:, :, u, v])
        return (sent,)

    def gradients(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        xp = namespace(delta)
        parts = [xp.einsum("ndij,ncij->cd", window, delta) for _, _, window in self._windows(received[0])]
        weight = xp.stack(parts, axis=-1).reshape(*parts[0].shape, *self.kernel)
        return (weight, delta.sum((0, 2, 3))) if self.bias else (weight,)

    def _windows(self, a: Any) -> Iterator[tuple[int, int, Any]]:
        """For each offset in the kernel the activations that it is laid over, (samples, in, rows, columns)."""
        (_, rows, columns), (p, q), (s, t) = self.infer_shape([a.shape[1:]]), self.padding, self.stride
        padded = namespace(a).pad(a, ((0, 0), (0, 0), (p, p), (q, q))) if p or q else a
        for u in range(self.kernel[0]):
            for v in range(self.kernel[1]):
                yield u, v, padded[:, :, u : u + s * rows : s, v : v + t * columns : t][:, :, :rows, :columns]

    def _receiving(self, offset: int, axis: int, size: int, received: int) -> Positions:
        """For each row (or column) of the picture the row of h that takes it at an offset; else the one after the
        last."""
        steps, rest = np.divmod(np.arange(size) + self.padding[axis] - offset, self.stride[axis])
        return np.where((rest == 0) & (steps >= 0) & (steps < received), steps, received)

    def products(self, position: int, shapes: Shapes) -> tuple[Products, ...]:
        c, i, j = np.unravel_index(position, self.infer_shape(shapes))
        kernel = (shapes[0][0], *self.kernel)
        d, u, v = (part.reshape(-1) for part in np.indices(kernel))
        row, column = i * self.stride[0] + u - self.padding[0], j * self.stride[1] + v - self.padding[1]
        inside = (row >= 0) & (row < shapes[0][1]) & (column >= 0) & (column < shapes[0][2])
        senders = np.ravel_multi_index((d[inside], row[inside], column[inside]), shapes[0])
        entries = int(c) * prod(kernel) + np.flatnonzero(inside)
        return (Products(0, senders, "weight", entries),)

    def bias_entry(self, position: int, shapes: Shapes) -> int | None:
        return int(np.unravel_index(position, self.infer_shape(shapes))[0]) if self.bias else None

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        shape = self.infer_shape(shapes)
        _, row, column = np.unravel_index(position, shapes[0])
        rows, columns = (
            sorted({int(self._receiving(offset, axis, at + 1, shape[axis + 1])[at]) for offset in range(size)})
            for axis, (at, size) in enumerate(zip((int(row), int(column)), self.kernel, strict=True))
        )
        places = [(c, i, j) for c in range(shape[0]) for i in rows for j in columns if i < shape[1] and j < shape[2]]
        return positions(*(int(np.ravel_multi_index(place, shape)) for place in places))

    def uses(self, role: str, entry: int, shapes: Shapes) -> Positions:
        shape = self.infer_shape(shapes)
        if role == "bias":
            return entry * prod(shape[1:]) + np.arange(prod(shape[1:]))
        c, _, u, v = (int(each) for each in np.unravel_index(entry, self.parameter_shapes(shapes)["weight"]))
        rows = np.arange(shape[1]) * self.stride[0] + u - self.padding[0]
        columns = np.arange(shape[2]) * self.stride[1] + v - self.padding[1]
        i, j = (
            np.flatnonzero((rows >= 0) & (rows < shapes[0][1])),
            np.flatnonzero((columns >= 0) & (columns < shapes[0][2])),
        )
        return ((c * shape[1] + i[:, None]) * shape[2] + j).reshape(-1)


def check_pair(name: str, value: Any, least: int) -> Pair:
    """A pair of whole numbers, one number standing for both. Raise OptionError for anything else."""
    both = (value, value) if not isinstance(value, list | tuple) else tuple(value)
    if len(both) != 2:
        raise OptionError(f"{name} must be a whole number or a pair of them, received {describe(value)}.")
    return check_whole(name, both[0], least, LARGEST), check_whole(name, both[1], least, LARGEST)
