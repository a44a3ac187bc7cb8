"""Operators that move numbers and change none: flatten, reshape, transpose, slices, concatenation, look-up."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from onnx import TensorProto

from backproof.interop.onnx.folding import SAMPLES
from backproof.interop.onnx.model import Node, read_tensor
from backproof.interop.onnx.operators import reads, writes
from backproof.interop.onnx.reader import Reader, Tensor, Turned, Value, turn
from backproof.interop.onnx.writer import Writer
from backproof.layers import Layer
from backproof.operations.layer import MOST_NUMBERS, Shape

FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16)


@reads("Identity", "Cast", "Dropout")
def read_same(reader: Reader, node: Node) -> Tensor:
    """The same numbers: dropout drops none in prediction, and one kind of float is as good as another here."""
    tokens = reader.consumers[node.outputs[0]] == {"Gather"}  # which must be whole numbers anyway
    if node.operator == "Cast" and node.integer("to", 1) not in FLOATS and not tokens:
        raise node.fail("it makes whole numbers or conditions of numbers that depend on the inputs.")
    if node.operator == "Dropout" and reader.has(node, 2) and reader.constant(node, 2).any():
        raise node.fail("it is in training mode; export the model for prediction.")
    return reader.tensor(node)


@writes("identity", "dropout")
def write_same(writer: Writer, layer: Layer, received: list[str]) -> str:
    """What is received, as it is."""
    return received[0]


@reads("Flatten")
def read_flatten(reader: Reader, node: Node) -> Tensor:
    """The numbers of a sample in a row."""
    axis = node.integer("axis", 1)
    value = reader.tensor(node)
    if axis not in (1, -len(value.shape)):
        raise node.fail(f"axis is {axis}; expected 1, so that samples stay apart.")
    return reshape(reader, node, value, (prod(value.shape),))


@reads("Reshape")
def read_reshape(reader: Reader, node: Node) -> Tensor | Turned:
    """The numbers of a sample in another shape; the first axis stays that of the samples."""
    if isinstance(given := reader.given(node, 0), Turned):
        return reshape_turned(reader, node, given)
    value = reader.tensor(node)
    wanted = list(reader.integers(node, 1))
    size = prod(value.shape)
    if not wanted:
        raise node.fail("the shape is empty; expected the axis of the samples first.")
    if node.integer("allowzero", 0) == 0:
        old = (SAMPLES, *value.shape)
        wanted = [old[at] if each == 0 and at < len(old) else each for at, each in enumerate(wanted)]
    first, shape = wanted[0], wanted[1:]
    if shape.count(-1) == 1 and first != -1:
        known = prod(each for each in shape if each != -1)
        shape = [size // known if each == -1 and known > 0 else each for each in shape]
    if first not in (-1, SAMPLES, reader.batch) or any(each < 1 for each in shape) or prod(shape) != size:
        told = ["samples" if each == SAMPLES else each for each in wanted]
        raise node.fail(
            f"it gives samples of shape {value.shape} the shape {told}, samples included; expected each sample to "
            f"keep its {size} numbers."
        )
    return reshape(reader, node, value, tuple(shape))


@reads("Squeeze", "Unsqueeze")
def read_squeeze(reader: Reader, node: Node) -> Tensor | Turned:
    """Axes of size 1 less, or more."""
    if isinstance(given := reader.given(node, 0), Turned):
        return squeeze_turned(reader, node, given)
    value = reader.tensor(node)
    if node.operator == "Unsqueeze":
        axes = reader.integers(node, 1)
        places = {reader.sample_axis(node, axis, value.shape, more=len(axes)) for axis in axes}
        rest = iter(value.shape)
        return reshape(
            reader, node, value,
            tuple(1 if at in places else next(rest) for at in range(len(value.shape) + len(places))),
        )  # fmt: skip
    if not reader.has(node, 1):
        raise node.fail("it does not say which axes; the one of the samples might be among them.")
    places = {reader.sample_axis(node, axis, value.shape) for axis in reader.integers(node, 1)}
    if any(value.shape[at] != 1 for at in places):
        raise node.fail(f"it takes away an axis whose size is not 1; samples have shape {value.shape}.")
    return reshape(reader, node, value, tuple(size for at, size in enumerate(value.shape) if at not in places))


def reshape(reader: Reader, node: Node, value: Tensor, shape: Shape) -> Tensor:
    """The numbers of each sample in another shape."""
    if shape == value.shape:
        return value
    before = reader.undo_reshape(value)
    if before != value:
        return reshape(reader, node, before, shape)
    if len(shape) == 1:
        return reader.add(node, reader.make(node, "flatten"), value)
    return reader.add(node, reader.make(node, "reshape", shape=shape), value)


@writes("flatten", "reshape")
def write_reshape(writer: Writer, layer: Layer, received: list[str]) -> str:
    """Reshape; Flatten where all numbers of a sample stand in a row."""
    if len(layer.shape) == 1:
        return writer.node("Flatten", received, axis=1)
    return writer.node("Reshape", [*received, writer.integers([0, *layer.shape])])


@reads("Transpose")
def read_transpose(reader: Reader, node: Node) -> Tensor | Turned:
    """The axes of a sample in another order; with the samples elsewhere only the order changes."""
    given = reader.given(node, 0)
    value = given.value if isinstance(given, Turned) else reader.tensor(node)
    count = len(value.shape) + 1
    axes = node.integers("perm", tuple(reversed(range(count))), count)
    if sorted(axes) != list(range(count)):
        raise node.fail(f"perm is {list(axes)}; expected an order of {count} axes.")
    if isinstance(given, Turned) or axes[0] != 0:
        return turn(value, [given.axes[axis] if isinstance(given, Turned) else axis for axis in axes])
    order = tuple(axis - 1 for axis in axes[1:])
    if order == tuple(range(count - 1)):
        return value
    return reader.add(node, reader.make(node, "transpose", axes=order), value)


@writes("transpose")
def write_transpose(writer: Writer, layer: Layer, received: list[str]) -> str:
    """Transpose."""
    kind: Any = layer.works
    return writer.node("Transpose", received, perm=[0, *(axis + 1 for axis in kind.axes)])


@reads("Slice")
def read_slice(reader: Reader, node: Node) -> Tensor | Turned:
    """A part of an axis, axis by axis."""
    given = reader.given(node, 0)
    value = given.value if isinstance(given, Turned) else reader.tensor(node)
    starts, ends = reader.integers(node, 1), reader.integers(node, 2)
    axes = reader.integers(node, 3) if reader.has(node, 3) else tuple(range(len(starts)))
    steps = reader.integers(node, 4) if reader.has(node, 4) else (1,) * len(starts)
    if not len(starts) == len(ends) == len(axes) == len(steps):
        raise node.fail("its starts, ends, axes and steps are not equally many.")
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        axis = find_axis(node, given, axis) if isinstance(given, Turned) else axis
        at = reader.sample_axis(node, axis, value.shape)
        value = take_slice(reader, node, value, at, slice(start, end, step))
    return turn(value, given.axes) if isinstance(given, Turned) else value


def take_slice(reader: Reader, node: Node, value: Tensor, axis: int, part: slice) -> Tensor:
    """A part of one axis of a sample."""
    if not part.step or part.step < 1:
        raise node.fail(f"its step is {part.step}; expected one from 1.")
    start, stop, step = part.indices(value.shape[axis])
    if start >= stop:
        raise node.fail(f"nothing is left of an axis of size {value.shape[axis]}.")
    if (start, stop, step) == (0, value.shape[axis], 1):
        return value
    return reader.add(node, reader.make(node, "slice", axis=axis, start=start, stop=stop, step=step), value)


@writes("slice")
def write_slice(writer: Writer, layer: Layer, received: list[str]) -> str:
    """Slice."""
    kind: Any = layer.works
    size = writer.received_shapes(layer)[0][kind.axis]
    start, stop, step = slice(kind.start, kind.stop, kind.step).indices(size)
    numbers = ([start], [stop], [kind.axis + 1], [step])
    return writer.node("Slice", [*received, *(writer.integers(each) for each in numbers)])


@reads("Split")
def read_split(reader: Reader, node: Node) -> tuple[Tensor | None, ...]:
    """Parts of an axis, one after the other."""
    value = reader.tensor(node)
    axis = reader.sample_axis(node, node.integer("axis", 0), value.shape)
    size, count = value.shape[axis], len(node.outputs)
    each = -(-size // max(count, 1))
    sizes = reader.integers(node, 1) if reader.has(node, 1) else _split_evenly(size, each)
    if len(sizes) != count or sum(sizes) != size or min(sizes) < 1:
        raise node.fail(f"its parts {list(sizes)[:8]} do not make up an axis of size {size}.")
    ends = np.cumsum(sizes).tolist()
    return tuple(
        take_slice(reader, node, value, axis, slice(end - part, end, 1)) if reader.uses[name] else None
        for name, part, end in zip(node.outputs, sizes, ends, strict=True)
    )


def _split_evenly(size: int, each: int) -> tuple[int, ...]:
    return tuple(min(each, size - start) for start in range(0, size, each))


@reads("Gather")
def read_gather(reader: Reader, node: Node) -> Tensor | Turned:
    """One index of an axis; or the rows of a constant table by whole numbers, which is an embedding."""
    axis = node.integer("axis", 0)
    if isinstance(given := reader.given(node, 0), Turned):
        found = pick_index(reader, node, given.value, find_axis(node, given, axis))
        return turn(found, drop_axes(given.axes, [find_axis(node, given, axis)]))
    if isinstance(given, np.ndarray):
        table = reader.constant(node, 0)
        if axis not in (0, -table.ndim) or table.ndim != 2:
            raise node.fail("it looks up something else than the rows of a table.")
        count, size = table.shape
        return reader.add(
            node, reader.make(node, "embedding", count=count, size=size), reader.tensor(node, 1), weight=0
        )
    return pick_index(reader, node, reader.tensor(node), axis)


def pick_index(reader: Reader, node: Node, value: Tensor, axis: int) -> Tensor:
    """One index of an axis, which is then gone, or left with size 1 where the index stands in a list."""
    index, at = reader.constant(node, 1), reader.sample_axis(node, axis, value.shape)
    if index.size != 1 or index.ndim > 1 or index.dtype.kind not in "iu":
        raise node.fail("it picks several indices; expected one, or a Slice.")
    found = int(index.reshape(-1)[0])
    found += value.shape[at] if found < 0 else 0
    if index.ndim:
        return take_slice(reader, node, value, at, slice(found, found + 1, 1))
    if len(value.shape) == 1:
        raise node.fail("of each sample a single number without an axis would be left; pick it as a list of one index.")
    if value.shape[at] == 1 and found == 0:
        return reshape(reader, node, value, (*value.shape[:at], *value.shape[at + 1 :]))
    return reader.add(node, reader.make(node, "select", index=found, axis=at), value)


def find_axis(node: Node, turned: Turned, axis: int) -> int:
    """An axis of a value as an axis of the one in which samples come first."""
    if not -len(turned.axes) <= axis < len(turned.axes):
        raise node.fail(f"axis {axis} does not exist; there are {len(turned.axes)}.")
    return turned.axes[axis]


def drop_axes(axes: Sequence[int], gone: Sequence[int]) -> list[int]:
    """The order of the axes that are left."""
    return [axis - sum(each < axis for each in gone) for axis in axes if axis not in gone]


def squeeze_turned(reader: Reader, node: Node, turned: Turned) -> Tensor | Turned:
    """Axes of size 1 less."""
    if node.operator == "Unsqueeze" or not reader.has(node, 1):
        raise node.fail("expected the samples along axis 0, and the axes that it takes away.")
    gone = [find_axis(node, turned, axis) for axis in reader.integers(node, 1)]
    value = turned.value
    if 0 in gone or any(value.shape[axis - 1] != 1 for axis in gone):
        raise node.fail(f"it takes away an axis whose size is not 1; samples have shape {value.shape}.")
    shape = tuple(size for axis, size in enumerate(value.shape, start=1) if axis not in gone)
    return turn(reshape(reader, node, value, shape), drop_axes(turned.axes, gone))


def reshape_turned(reader: Reader, node: Node, turned: Turned) -> Tensor | Turned:
    """Other axes after that of the samples; what comes before it stays."""
    place, wanted, sizes = turned.axes.index(0), list(reader.integers(node, 1)), turned.sizes
    wanted = [sizes[at] if each == 0 and at < len(sizes) else each for at, each in enumerate(wanted)]
    kept, rest = wanted[: place + 1], wanted[place + 1 :]
    size = prod(sizes[place + 1 :])
    if rest.count(-1) == 1:
        known = prod(each for each in rest if each != -1)
        rest = [size // known if each == -1 and known > 0 else each for each in rest]
    if kept != [*sizes[: place + 1]] or any(each < 1 for each in rest) or prod(rest) != size:
        raise node.fail("it changes an axis before that of the samples; expected the samples along axis 0.")
    order = [axis for axis in turned.axes if axis]
    value = turned.value
    if order != sorted(order):
        value = reader.add(node, reader.make(node, "transpose", axes=tuple(axis - 1 for axis in order)), value)
    shape = (*sizes[:place], *rest)
    return turn(reshape(reader, node, value, shape), [*range(1, place + 1), 0, *range(place + 1, len(shape) + 1)])


@writes("select")
def write_select(writer: Writer, layer: Layer, received: list[str]) -> str:
    """Gather with one index."""
    kind: Any = layer.works
    return writer.node("Gather", [*received, writer.integers(kind.index)], axis=kind.axis + 1)


@writes("embedding")
def write_embedding(writer: Writer, layer: Layer, received: list[str]) -> str:
    """Gather from the table."""
    places = writer.node("Cast", received, to=TensorProto.INT64)
    return writer.node("Gather", [writer.parameter(layer, "weight"), places], axis=0)


@reads("Concat")
def read_concat(reader: Reader, node: Node) -> Tensor:
    """Layers one after the other along an axis."""
    values = [reader.tensor(node, place) for place in range(len(node.inputs))]
    axis = reader.sample_axis(node, node.integer("axis", 0), values[0].shape)
    if len(values) == 1:
        return values[0]
    return reader.add(node, reader.make(node, "concatenate", **({"axis": axis} if axis else {})), *values)


@writes("concatenate")
def write_concat(writer: Writer, layer: Layer, received: list[str]) -> str:
    """Concat."""
    return writer.node("Concat", received, axis=getattr(layer.works, "axis", 0) + 1)


@writes("stack")
def write_stack(writer: Writer, layer: Layer, received: list[str]) -> str:
    """Concat of layers with one more axis each."""
    kind: Any = layer.works
    place = writer.integers([kind.axis + 1])
    return writer.node("Concat", [writer.node("Unsqueeze", [each, place]) for each in received], axis=kind.axis + 1)


@reads("Pad")
def read_pad(reader: Reader, node: Node) -> Tensor:
    """Zeros around a sample."""
    node.require("mode", "constant", "constant")
    if reader.has(node, 2) and reader.constant(node, 2).any():
        raise node.fail("it pads with another number than 0.")
    value, pads = reader.tensor(node), reader.integers(node, 1)
    axes = reader.integers(node, 3) if reader.has(node, 3) else tuple(range(len(value.shape) + 1))
    if len(pads) != 2 * len(axes):
        raise node.fail(f"it has {len(pads)} widths for {len(axes)} axes; expected two for each.")
    widths = [(0, 0)] * len(value.shape)
    for axis, both in zip(axes, zip(pads[: len(axes)], pads[len(axes) :], strict=True), strict=True):
        if axis or any(both):
            widths[reader.sample_axis(node, axis, value.shape)] = both
    return reader.add(
        node, reader.make(node, "pad", padding=[each for both in reversed(widths) for each in both]), value
    )


@writes("pad")
def write_pad(writer: Writer, layer: Layer, received: list[str]) -> str:
    """Pad; a kind says the widths of its last axis first."""
    kind: Any = layer.works
    before, after = list(kind.padding[::2]), list(kind.padding[1::2])
    open_axes = [0] * (len(layer.shape) + 1 - len(before))
    return writer.node("Pad", [*received, writer.integers([*open_axes, *before[::-1], *open_axes, *after[::-1]])])


@reads("Resize")
def read_resize(reader: Reader, node: Node) -> Tensor:
    """Each place repeated: the nearest one, by a whole factor for each axis."""
    value = reader.tensor(node)
    node.require("mode", "nearest", "nearest")
    if reader.has(node, 3):
        sizes = reader.integers(node, 3)[1:]
        factors = [size / max(old, 1) for size, old in zip(sizes, value.shape, strict=False)]
    else:
        factors = [float(each) for each in reader.constant(node, 2).reshape(-1)][1:]
    how = (node.text("coordinate_transformation_mode", "half_pixel"), node.text("nearest_mode", "round_prefer_floor"))
    known = (("asymmetric", "floor"), ("half_pixel", "round_prefer_floor"), ("half_pixel", "round_prefer_ceil"))
    whole = (
        len(factors) == len(value.shape)
        and factors[:1] == [1.0]
        and all(1 <= each < 1e6 and each == int(each) for each in factors)
    )
    if not whole or how not in known:
        raise node.fail("it is another resize than the repetition of each place by whole factors.")
    return reader.add(node, reader.make(node, "upsample", factor=[int(each) for each in factors[1:]]), value)


@writes("upsample")
def write_upsample(writer: Writer, layer: Layer, received: list[str]) -> str:
    """Resize to the nearest place."""
    old = writer.received_shapes(layer)[0]
    factors = [1.0, *(new / size for new, size in zip(layer.shape, old, strict=True))]
    how: dict[str, Any] = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    return writer.node("Resize", [*received, "", writer.floats(factors)], mode="nearest", **how)


@reads("Expand", "ConstantOfShape")
def read_expand(reader: Reader, node: Node) -> Value:
    """The same number in every place of every sample."""
    if node.operator == "Expand":
        value, wanted = reader.constant(node, 0), reader.integers(node, 1)
    else:
        given = node.attributes.get("value")
        value = np.zeros(1) if given is None else read_tensor(given, "its value", "")
        wanted = reader.integers(node, 0)
    if value.size != 1 or wanted.count(SAMPLES) != 1 or len(wanted) < 2 or prod(wanted) > SAMPLES * MOST_NUMBERS:
        raise node.fail("it spreads a constant of several numbers over the samples.")
    number = float(value.reshape(-1)[0])
    if wanted[0] != SAMPLES:  # the state of a recurrence before its first step, the same for every sample
        return np.full([1 if each == SAMPLES else each for each in wanted], number)
    return reader.add(node, reader.make(node, "constant", shape=wanted[1:], value=number), reader.inputs)


@writes("constant")
def write_constant(writer: Writer, layer: Layer, received: list[str]) -> str:
    """Expand to as many samples as are received."""
    kind: Any = layer.works
    samples = writer.node("Shape", received, start=0, end=1)
    shape = writer.node("Concat", [samples, writer.integers(list(layer.shape))], axis=0)
    return writer.node("Expand", [writer.number(kind.value), shape])
