"""Convolutions of pictures, channels first or last, with a stride, padding, dilation and groups that are worked out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from backproof.arrays import Array
from backproof.checking.tape import Tape
from backproof.operations.layers.conv2d import Conv2d

#: In words how pictures lie, what brings x to (N, C, rows, columns), and back; and the same of the weight.
LAYOUTS = (
    ("(N, C, H, W)", (0, 1, 2, 3), (0, 1, 2, 3), (0, 1, 2, 3)),
    ("(N, H, W, C)", (0, 3, 1, 2), (0, 2, 3, 1), (3, 2, 0, 1)),
    ("(N, H, W, C)", (0, 3, 1, 2), (0, 2, 3, 1), (0, 3, 1, 2)),
)
STRIDES, DILATIONS = range(1, 5), range(1, 4)


def build_tapes(x: Array, parameters: Mapping[str, Array], outputs: Sequence[Array]) -> Iterator[Tape]:
    """Every stride, padding and dilation that gives outputs of this shape."""
    if x.ndim != 4 or len(outputs) != 1 or outputs[0].ndim != 4 or not 1 <= len(parameters) <= 2:
        return
    pictures = [name for name, array in parameters.items() if array.ndim == 4 and array.size > 1]
    for weight in pictures[:1] if len(parameters) == 1 or len(pictures) == 1 else pictures:
        bias = next((name for name in parameters if name != weight), None)
        for words, inwards, outwards, turned in LAYOUTS:
            channels, inner, *sizes = (parameters[weight].shape[axis] for axis in turned)
            shape, made = (tuple(array.shape[axis] for axis in inwards) for array in (x, outputs[0]))
            groups = shape[1] // inner
            fits = inner * groups == shape[1] and channels % groups == 0 and channels == made[1]
            if not fits or (bias is not None and parameters[bias].size != channels):
                continue
            for dilation, stride, padding in product(DILATIONS, STRIDES, range(max(sizes) + 1)):
                if (dilation > 1 and max(sizes) == 1) or any(
                    (shape[axis] + 2 * padding - dilation * (sizes[axis - 2] - 1) - 1) // stride + 1 != made[axis]
                    for axis in (2, 3)
                ):
                    continue
                kind = Conv2d(channels, tuple(sizes), stride, padding, dilation, groups, bias=bias is not None)
                options = {"dilation": dilation, "groups": groups}
                also = "".join(f", {name} {value}" for name, value in options.items() if value > 1)
                tape = Tape(f"conv2d with stride {stride} and padding {padding}{also}, pictures {words}")
                picture = tape.turn(tape.leaf("x", x), inwards)
                roles = {"weight": tape.turn(tape.leaf(weight, parameters[weight]), turned)}
                if bias is not None:
                    roles["bias"] = tape.reshape(tape.leaf(bias, parameters[bias]), (channels,))
                h = tape.do("the convolution", kind, picture, parameters=roles)
                tape.made.append(tape.turn(h, outwards))
                yield tape
