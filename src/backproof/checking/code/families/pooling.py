"""Max and average pooling of pictures, channels first or last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from backproof.arrays import Array
from backproof.checking.tape import Averaged, Largest, Taken, Tape
from backproof.operations.layer import Positions


def build_tapes(x: Array, parameters: Mapping[str, Array], outputs: Sequence[Array]) -> Iterator[Tape]:
    """Every square window and stride, without padding, that gives outputs of this shape."""
    if parameters or x.ndim != 4 or len(outputs) != 1 or outputs[0].ndim != 4 or x.dtype.kind != "f":
        return
    for words, axes in (("(N, C, H, W)", (2, 3)), ("(N, H, W, C)", (1, 2))):
        sizes, made = ([array.shape[axis] for axis in axes] for array in (x, outputs[0]))
        others = [axis for axis in range(4) if axis not in axes]
        if any(x.shape[axis] != outputs[0].shape[axis] for axis in others):
            continue
        for size in range(1, min(sizes) + 1):
            for stride in range(1, size + 2):
                if any((whole - size) // stride + 1 != some for whole, some in zip(sizes, made, strict=True)):
                    continue
                windows = _list_windows(x.shape, axes, made, size, stride)
                slips = {} if stride == 1 else {"the stride": _list_windows(x.shape, axes, made, size, 1)}
                for name, work in (("max", Largest()), ("average", Averaged())):
                    tape = Tape(f"{name} pooling of {size} x {size} with stride {stride}, pictures {words}")
                    taken = Taken(windows, "a place that several windows share", slips)
                    parts = tape.do("the windows", taken, tape.leaf("x", x))
                    tape.made.append(tape.do(f"the {'maximum' if name == 'max' else 'mean'}", work, parts))
                    yield tape


def _list_windows(
    shape: tuple[int, ...], axes: Sequence[int], made: Sequence[int], size: int, stride: int
) -> Positions:
    """The positions of the entries of each window, along a last axis."""
    positions: Any = np.arange(np.prod(shape)).reshape(shape)
    moved = np.moveaxis(positions, axes, (0, 1))
    windows = np.lib.stride_tricks.sliding_window_view(moved, (size, size), axis=(0, 1))
    chosen = windows[: made[0] * stride : stride, : made[1] * stride : stride]
    flat = chosen.reshape(*chosen.shape[:-2], size * size)
    found: Positions = np.moveaxis(flat, (0, 1), axes)
    return found
