"""Convolutions and transposed convolutions of any number of axes: a small kernel is laid over every place of a picture.

Either connects a *picture* with the *windows* over it. A convolution receives the picture and makes a number for each
window; a transposed convolution receives those and makes the picture.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod
from typing import Any, ClassVar, NamedTuple

import numpy as np

from backproof.errors import OptionError, ShapeError
from backproof.operations.correlation import correlate, correlate_back, correlate_errors
from backproof.operations.layer import LARGEST, Linear, Positions, Products, Shape, Shapes
from backproof.operations.windows import Sizes, Windows, check_picture, check_sizes, spread_sizes
from backproof.validate import check_flag, check_whole


class _Sides(NamedTuple):
    """The shapes of what a kernel connects: (channels, *counts) of the windows, (channels, *shape) of the picture."""

    windows: Shape
    picture: Shape


class _Met(NamedTuple):
    """Connections: positions among the windows and in the picture, and the entry of the kernel that connects them."""

    windows: Positions
    picture: Positions
    entries: Positions


@dataclass(frozen=True)
class Kernel(Linear):
    """Abstract: a kind whose weights are a kernel over pictures, with a bias for each channel that it makes."""

    channels: int
    kernel: Sizes
    stride: Sizes = 1
    padding: Sizes = 0
    dilation: Sizes = 1
    groups: int = 1
    bias: bool = True

    #: Number of axes after the channels.
    axes: ClassVar[int]

    def __post_init__(self) -> None:
        check_whole("channels", self.channels, 1, LARGEST)
        check_whole("groups", self.groups, 1, LARGEST)
        check_flag("bias", self.bias)
        for name, least in (("kernel", 1), ("stride", 1), ("padding", 0), ("dilation", 1)):
            object.__setattr__(self, name, check_sizes(name, getattr(self, name), least, self.axes))
        if self.channels % self.groups:
            raise OptionError(f"channels must be a multiple of groups, received {self.channels} and {self.groups}.")
        assert self.windows, "whose size is checked"

    @cached_property
    def windows(self) -> Windows:
        """The windows over the picture."""
        sizes = (self.kernel, self.stride, self.padding, self.dilation)
        return Windows(*(spread_sizes(each, self.axes) for each in sizes))

    def check_channels(self, shape: Shape) -> None:
        """Raise ShapeError unless a layer is a picture whose channels fall into the groups."""
        check_picture(self.name, shape, self.axes)
        if shape[0] % self.groups:
            raise ShapeError(
                f"{self.name} in {self.groups} groups expects a multiple of them as channels; got {shape}."
            )

    @abstractmethod
    def find_sides(self, shapes: Shapes) -> _Sides:
        """The shapes of the windows and the picture."""

    def parameter_shapes(self, shapes: Shapes) -> dict[str, Shape]:
        windows, picture = self.find_sides(shapes)
        weight = {"weight": (windows[0], picture[0] // self.groups, *self.windows.size)}
        return weight | ({"bias": (self.channels,)} if self.bias else {})

    def count_copies(self, shapes: Shapes) -> int:
        windows, picture = self.find_sides(shapes)
        return picture[0] * prod(self.windows.size) * prod(windows[1:])

    def add_bias(self, h: Any, parameters: Mapping[str, Any]) -> Any:
        """h and the bias of each channel."""
        return h + parameters["bias"].reshape(-1, *(1,) * self.axes) if self.bias else h

    def bias_gradient(self, delta: Any) -> tuple[Any, ...]:
        """dE/db where there is a bias."""
        return (delta.sum((0, *range(2, delta.ndim))),) if self.bias else ()

    def bias_entry(self, position: int, shapes: Shapes) -> int | None:
        return position // prod(self.infer_shape(shapes)[1:]) if self.bias else None

    def bias_uses(self, entry: int, shapes: Shapes) -> Positions:
        """The positions of a channel."""
        size = prod(self.infer_shape(shapes)[1:])
        return entry * size + np.arange(size)

    def meet(
        self, sides: _Sides, *, window: int | None = None, picture: int | None = None, entry: int | None = None
    ) -> _Met:
        """All connections of a position among the windows, of one in the picture, or of an entry of the kernel."""
        (outer, *counts), (inner, *shape) = sides
        inner //= self.groups
        sizes = [prod(counts), prod(self.windows.size), prod(shape)]
        given = [None if at is None else at % size for at, size in zip((window, entry, picture), sizes, strict=True)]
        found = self.windows.find(tuple(shape), tuple(counts), window=given[0], offset=given[1], place=given[2])
        above, below = np.arange(outer), np.arange(inner)
        if window is not None:
            above = np.array([window // sizes[0]])
        elif picture is not None:
            number, channel = divmod(picture // sizes[2], inner)
            above, below = above.reshape(self.groups, -1)[number], np.array([channel])
        elif entry is not None:
            above, below = (np.array([each]) for each in divmod(entry // sizes[1], inner))
        c, d = (each.reshape(-1, 1) for each in np.broadcast_arrays(above[:, None], below))
        first = c // (outer // self.groups) * inner
        return _Met(
            (c * sizes[0] + found.windows).reshape(-1),
            ((first + d) * sizes[2] + found.places).reshape(-1),
            ((c * inner + d) * sizes[1] + found.offsets).reshape(-1),
        )

    @abstractmethod
    def list_partners(self, entry: int, shapes: Shapes) -> tuple[Positions, Positions]:
        """The h that an entry of the kernel stands in, and the activation beside it in each."""

    def uses(self, role: str, entry: int, shapes: Shapes) -> Positions:
        return self.bias_uses(entry, shapes) if role == "bias" else np.sort(self.list_partners(entry, shapes)[0])

    def multiplies(self, position: int, role: str, entry: int, shapes: Shapes) -> tuple[int, int] | None:
        sent = _map_partners(self, entry, tuple(shapes)).get(position) if role == "weight" else None
        return None if sent is None else (0, sent)


@lru_cache(maxsize=32)
def _map_partners(kind: Kernel, entry: int, shapes: tuple[Shape, ...]) -> dict[int, int]:
    """For each h that an entry of the kernel stands in the activation beside it: asked for use after use."""
    made, sent = kind.list_partners(entry, shapes)
    return dict(zip(made.tolist(), sent.tolist(), strict=True))


@dataclass(frozen=True)
class Convolution(Kernel):
    """Abstract: a kernel that is laid over a picture, a number for each window. A cross-correlation, as in PyTorch.

    Parameters
    ----------
    channels : int
        Number of output channels.
    kernel : int or list of int
        Its size along each axis.
    stride, padding, dilation : int or list of int, default 1, 0, 1
        Beyond the edges of the picture stand zeros.
    groups : int, default 1
        Each group of output channels receives from its own group of input channels.
    bias : bool, default True
    """

    def find_sides(self, shapes: Shapes) -> _Sides:
        return _Sides(self.infer_shape(shapes), shapes[0])

    def infer_shape(self, shapes: Shapes) -> Shape:
        self.check_channels(shapes[0])
        return (self.channels, *self.windows.count(shapes[0][1:]))

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        counts = self.windows.count(received[0].shape[2:])
        h = correlate(received[0], parameters["weight"], self.windows, self.groups, counts)
        return self.add_bias(h, parameters)

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return (correlate_back(delta, parameters["weight"], self.windows, self.groups, received[0].shape[2:]),)

    def gradients(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        weight = correlate_errors(received[0], delta, self.windows, self.groups)
        return (weight, *self.bias_gradient(delta))

    def products(self, position: int, shapes: Shapes) -> tuple[Products, ...]:
        met = self.meet(self.find_sides(shapes), window=position)
        return (Products(0, met.picture, "weight", met.entries),)

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        return np.sort(self.meet(self.find_sides(shapes), picture=position).windows)

    def list_partners(self, entry: int, shapes: Shapes) -> tuple[Positions, Positions]:
        met = self.meet(self.find_sides(shapes), entry=entry)
        return met.windows, met.picture


@dataclass(frozen=True)
class TransposedConvolution(Kernel):
    """Abstract: a kernel laid down at every window, multiplied by what that receives; where several lie, they add up.

    The transpose of a convolution with the same options, as in PyTorch: forward is that one's backward.

    Parameters
    ----------
    channels : int
        Number of output channels.
    kernel : int or list of int
        Its size along each axis.
    stride, padding, dilation : int or list of int, default 1, 0, 1
        Those of the convolution: how far apart kernels are laid down, and how much is cut off at each edge.
    groups : int, default 1
        Each group of output channels receives from its own group of input channels.
    bias : bool, default True
    output_padding : int or list of int, default 0
        Places added at the end of each axis; fewer than the stride or the dilation.
    """

    output_padding: Sizes = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "output_padding", check_sizes("output_padding", self.output_padding, 0, self.axes))
        added = spread_sizes(self.output_padding, self.axes)
        for more, stride, dilation in zip(added, self.windows.stride, self.windows.dilation, strict=True):
            if more >= max(stride, dilation):
                raise OptionError(
                    f"output_padding must be less than stride or dilation, received {self.output_padding} with stride "
                    f"{self.stride} and dilation {self.dilation}."
                )

    def find_sides(self, shapes: Shapes) -> _Sides:
        return _Sides(shapes[0], self.infer_shape(shapes))

    def infer_shape(self, shapes: Shapes) -> Shape:
        self.check_channels(shapes[0])
        return (self.channels, *self._widen(shapes[0][1:]))

    def _widen(self, counts: Shape) -> Shape:
        added = spread_sizes(self.output_padding, self.axes)
        shape = tuple(least + more for least, more in zip(self.windows.widen(counts), added, strict=True))
        if min(shape) < 1:
            raise ShapeError(f"padding {self.padding} leaves no place of what {self.name} makes of {counts}.")
        self.windows.count(shape)  # which refuses a picture that is too large
        return shape

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        shape = self._widen(received[0].shape[2:])
        return self.add_bias(
            correlate_back(received[0], parameters["weight"], self.windows, self.groups, shape), parameters
        )

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return (correlate(delta, parameters["weight"], self.windows, self.groups, received[0].shape[2:]),)

    def gradients(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        weight = correlate_errors(delta, received[0], self.windows, self.groups)
        return (weight, *self.bias_gradient(delta))

    def products(self, position: int, shapes: Shapes) -> tuple[Products, ...]:
        met = self.meet(self.find_sides(shapes), picture=position)
        return (Products(0, met.windows, "weight", met.entries),)

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        return np.sort(self.meet(self.find_sides(shapes), window=position).picture)

    def list_partners(self, entry: int, shapes: Shapes) -> tuple[Positions, Positions]:
        met = self.meet(self.find_sides(shapes), entry=entry)
        return met.picture, met.windows
