"""Convolutions of pictures, channels first or last, with a stride and padding that are worked out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from backproof.arrays import Array
from backproof.checking.code.recognise import reshape, turn
from backproof.checking.tape import OfKind, Plus, Tape
from backproof.operations.layers.conv2d import Conv2d

#: In words how pictures lie, what brings x to (N, C, rows, columns), and back; and the same of the weight.
LAYOUTS = (
    ("(N, C, H, W)", (0, 1, 2, 3), (0, 1, 2, 3), (0, 1, 2, 3)),
    ("(N, H, W, C)", (0, 3, 1, 2), (0, 2, 3, 1), (3, 2, 0, 1)),
    ("(N, H, W, C)", (0, 3, 1, 2), (0, 2, 3, 1), (0, 3, 1, 2)),
)
STRIDES = range(1, 5)


def build_tapes(x: Array, parameters: Mapping[str, Array], outputs: Sequence[Array]) -> Iterator[Tape]:
    """Every stride and padding that gives outputs of this shape."""
    if x.ndim != 4 or len(outputs) != 1 or outputs[0].ndim != 4 or not 1 <= len(parameters) <= 2:
        return
    pictures = [name for name, array in parameters.items() if array.ndim == 4 and array.size > 1]
    for weight in pictures[:1] if len(parameters) == 1 or len(pictures) == 1 else pictures:
        bias = next((name for name in parameters if name != weight), None)
        for words, inwards, outwards, kernel in LAYOUTS:
            shape = tuple(parameters[weight].shape[axis] for axis in kernel)
            sizes = tuple(x.shape[axis] for axis in inwards), tuple(outputs[0].shape[axis] for axis in inwards)
            fits = shape[1] == sizes[0][1] and shape[0] == sizes[1][1]
            if not fits or (bias is not None and parameters[bias].size != shape[0]):
                continue
            for stride in STRIDES:
                for padding in range(max(shape[2:]) + 1):
                    if all(
                        (sizes[0][axis] + 2 * padding - shape[axis]) // stride + 1 == sizes[1][axis] for axis in (2, 3)
                    ):
                        kind = Conv2d(shape[0], shape[2:], (stride, stride), (padding, padding), bias=False)
                        yield _build(x, parameters, weight, bias, kind, words, inwards, outwards, kernel)


def _build(
    x: Array,
    parameters: Mapping[str, Array],
    weight: str,
    bias: str | None,
    kind: Conv2d,
    words: str,
    inwards: tuple[int, ...],
    outwards: tuple[int, ...],
    kernel: tuple[int, ...],
) -> Tape:
    tape = Tape(f"conv2d with stride {kind.windows.stride[0]} and padding {kind.windows.padding[0]}, pictures {words}")
    picture, filters = tape.leaf("x", x), tape.leaf(weight, parameters[weight])
    work = OfKind(kind, ("weight",))
    h = tape.do("the convolution", work, turn(tape, picture, inwards), turn(tape, filters, kernel))
    if bias is not None:
        row = reshape(tape, tape.leaf(bias, parameters[bias]), (-1, 1, 1))
        h = tape.do("the bias", Plus(bias=True), h, row)
    tape.made.append(turn(tape, h, outwards))
    return tape
