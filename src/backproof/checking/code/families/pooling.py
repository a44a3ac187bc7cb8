"""Max and average pooling of pictures, channels first or last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from backproof.arrays import Array
from backproof.checking.tape import Tape
from backproof.operations.layers.avg_pool2d import AvgPool2d
from backproof.operations.layers.max_pool2d import MaxPool2d

#: How pictures lie, in words, and the order of their axes with the channels first; and back.
LAYOUTS = (("(N, C, H, W)", (0, 1, 2, 3), (0, 1, 2, 3)), ("(N, H, W, C)", (0, 3, 1, 2), (0, 2, 3, 1)))


def build_tapes(x: Array, parameters: Mapping[str, Array], outputs: Sequence[Array]) -> Iterator[Tape]:
    """Every square window, stride and padding that gives outputs of this shape."""
    if parameters or x.ndim != 4 or len(outputs) != 1 or outputs[0].ndim != 4 or x.dtype.kind != "f":
        return
    for words, inwards, outwards in LAYOUTS:
        shape, made = (tuple(array.shape[axis] for axis in inwards) for array in (x, outputs[0]))
        if shape[:2] != made[:2]:
            continue
        for size in range(1, min(shape[2:]) + 1):
            for padding, stride in product(range(size // 2 + 1), range(1, size + 2)):
                if any((shape[axis] + 2 * padding - size) // stride + 1 != made[axis] for axis in (2, 3)):
                    continue
                for name, kind in (("max", MaxPool2d), ("average", AvgPool2d)):
                    also = f" and padding {padding}" if padding else ""
                    tape = Tape(f"{name} pooling of {size} x {size} with stride {stride}{also}, pictures {words}")
                    picture = tape.turn(tape.leaf("x", x), inwards)
                    h = tape.do("the windows", kind(size, stride, padding), picture)
                    tape.made.append(tape.turn(h, outwards))
                    yield tape
