"""The residual block (He et al. 2016): what is received is added to what two layers make of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from backproof.errors import OptionError
from backproof.operations.layer import LARGEST, Shape, Shapes
from backproof.operations.layers.add import Add
from backproof.operations.layers.batch_norm import BatchNorm
from backproof.operations.layers.conv2d import Conv2d
from backproof.operations.layers.dense import Dense
from backproof.operations.shorthand import Part, Shorthand
from backproof.validate import check_flag, check_whole


@final
@dataclass(frozen=True)
class Residual(Shorthand):
    """g(x + F(x)), F being a layer with activation g and one without, g the relu where no activation is given

    The layers are convolutions of a picture (channels, rows, columns), else dense along the last axis. Where F changes
    the shape, x goes through a convolution of 1 x 1, or a dense layer, too.

    Parameters
    ----------
    size : int, optional
        Output channels or units; default: as received.
    kernel : int, default 3
        Rows and columns of the kernels, odd; for pictures.
    stride : int, default 1
        Of the first convolution; for pictures.
    normalised : bool, default False
        Whether a batch_norm follows each layer.
    """

    size: int | None = None
    kernel: int = 3
    stride: int = 1
    normalised: bool = False

    def __post_init__(self) -> None:
        if self.size is not None:
            check_whole("size", self.size, 1, LARGEST)
        if check_whole("kernel", self.kernel, 1, LARGEST) % 2 == 0:
            raise OptionError(f"kernel must be odd, so that the picture keeps its size; received {self.kernel}.")
        check_whole("stride", self.stride, 1, LARGEST)
        check_flag("normalised", self.normalised)

    def expand(self, shapes: Shapes, activation: Any) -> Sequence[Part]:
        shape = shapes[0]
        received = shape[0] if len(shape) == 3 else shape[-1]
        size, g = self.size or received, "relu" if activation is None else activation
        parts = [
            *self._write_layer("first", 0, shape, size, self.kernel, self.stride, g),
            *self._write_layer("second", "first", shape, size, self.kernel, 1, "identity"),
        ]
        kept: str | int = 0
        if size != received or (self.stride > 1 and len(shape) == 3):
            parts += self._write_layer("shortcut", 0, shape, size, 1, self.stride, "identity")
            kept = "shortcut"
        return [*parts, Part("", Add(), ("second", kept), g)]

    def _write_layer(
        self, name: str, sender: str | int, shape: Shape, size: int, kernel: int, stride: int, activation: Any
    ) -> Sequence[Part]:
        """One layer of its kind, and its normalisation."""
        kind = (
            Conv2d(channels=size, kernel=kernel, stride=stride, padding=kernel // 2) if len(shape) == 3 else Dense(size)
        )
        if not self.normalised:
            return [Part(name, kind, (sender,), activation)]
        return [
            Part(f"{name}_sum", kind, (sender,), weights=name),
            Part(name, BatchNorm(), (f"{name}_sum",), activation, weights=f"{name}_norm"),
        ]
