"""The same numbers in other shapes: views, transposes, parts and their joining."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import torch

from backproof.errors import ModuleError
from backproof.interop.torch.op import Call, converts
from backproof.interop.torch.value import SAMPLES, Given, Value


@converts("contiguous", "clone", "alias", "to", "_to_copy", "lift_fresh", "lift_fresh_copy", "type_as")
def keep_value(call: Call, x: Value, *rest: Any, **options: Any) -> Value:
    """The same numbers; every number is a float64 here."""
    return x


@converts("new_zeros")
def make_zeros(call: Call, x: Value, shape: Sequence[int], **options: Any) -> Given:
    """Zeros, which take only their type from a tensor."""
    return Given(call.builder.name_constant(call.place), torch.zeros(list(shape)))


@converts("zeros_like")
def make_zeros_like(call: Call, x: Value, **options: Any) -> Given:
    """Zeros, which take their shape from a tensor."""
    return make_zeros(call, x, x.count(call.samples))


@converts("view", "reshape", "_unsafe_view")
def convert_view(call: Call, x: Value, shape: Sequence[int]) -> Value:
    """The same numbers in a shape, one size of which may be -1."""
    sizes, count = list(shape), prod(x.count(call.samples))
    if -1 in sizes:
        sizes[sizes.index(-1)] = count // -prod(sizes)
    return call.view(x, sizes)


@converts("flatten")
def convert_flatten(call: Call, x: Value, start: int = 0, end: int = -1) -> Value:
    """Some axes as one."""
    sizes = x.count(call.samples) or (1,)
    first, last = start % len(sizes), end % len(sizes)
    return call.view(x, (*sizes[:first], prod(sizes[first : last + 1]), *sizes[last + 1 :]))


@converts("unflatten")
def convert_unflatten(call: Call, x: Value, axis: int, shape: Sequence[int]) -> Value:
    """One axis as several."""
    sizes = x.count(call.samples)
    at, parts = axis % x.rank, list(shape)
    if -1 in parts:
        parts[parts.index(-1)] = sizes[at] // -prod(parts)
    return call.view(x, (*sizes[:at], *parts, *sizes[at + 1 :]))


@converts("unsqueeze")
def convert_unsqueeze(call: Call, x: Value, axis: int) -> Value:
    """One more axis of size 1."""
    at = axis % (x.rank + 1)
    return call.view(x, (*x.count(call.samples)[:at], 1, *x.count(call.samples)[at:]))


@converts("squeeze")
def convert_squeeze(call: Call, x: Value, axes: Any = None) -> Value:
    """Without axes of size 1."""
    sizes = x.count(call.samples)
    given = range(x.rank) if axes is None else axes if isinstance(axes, list) else [axes]
    gone = {at % x.rank for at in given if sizes[at] == 1}
    return call.view(x, [size for at, size in enumerate(sizes) if at not in gone])


@converts("permute")
def convert_permute(call: Call, x: Value, order: Sequence[int]) -> Value:
    """Axes in another order."""
    return call.permute(x, order)


@converts("transpose", "t", "swapaxes")
def convert_transpose(call: Call, x: Value, first: int = 0, second: int = 1) -> Value:
    """Two axes in each other's place."""
    order = list(range(x.rank))
    one, other = first % x.rank, second % x.rank
    order[one], order[other] = other, one
    return call.permute(x, order)


@converts("mT", "numpy_T")
def convert_turned(call: Call, x: Value) -> Value:
    """The last two axes, or the only two, in each other's place."""
    return convert_transpose(call, x, -2, -1)


@converts("expand")
def convert_expand(call: Call, x: Value, sizes: Sequence[int], **options: Any) -> Value:
    """Only what changes nothing: a number that stands at many places needs a kind of its own."""
    own = x.count(call.samples)
    if len(sizes) != len(own) or any(size not in (-1, here) for size, here in zip(sizes, own, strict=True)):
        raise ModuleError(f"expand of {own} to {tuple(sizes)} is not known; repeat it by torch.cat.")
    return x


@converts("pad", "constant_pad_nd")
def convert_pad(
    call: Call, x: Value, padding: Sequence[int], mode: Any = "constant", value: float | None = None
) -> Value:
    """Zeros around the last axes."""
    if isinstance(mode, str) and mode != "constant":
        raise ModuleError(f"padding of mode {mode!r} is not known; expected zeros.")
    if (value if isinstance(mode, str) else mode) or min(padding) < 0:
        raise ModuleError("padding with other numbers than 0, or less than nothing, is not known.")
    spans = list(x.axes)
    for at in range(len(padding) // 2):
        x.axis(-1 - at)
        spans[-1 - at] = (spans[-1 - at][0] + padding[2 * at] + padding[2 * at + 1],)
    return call.layer("pad", x, spans=tuple(spans), padding=list(padding))


@converts("select")
def convert_select(call: Call, x: Value, axis: int, index: int) -> Value:
    """One index of an axis."""
    at = x.axis(axis)
    size = x.shape[at]
    if len(x.shape) == 1:
        part = cut(call, x, axis, index % size, index % size + 1)
        return Value(part.layer, x.all_but(axis))
    return call.layer("select", x, spans=x.all_but(axis), index=index % size, axis=at)


@converts("slice")
def convert_slice(
    call: Call, x: Value, axis: int = 0, start: int | None = None, stop: int | None = None, step: int = 1
) -> Value:
    """Part of an axis."""
    size = x.count(call.samples)[axis]
    first, last, _ = slice(start, stop).indices(size)
    if (first, last, step) == (0, size, 1):
        return x
    return cut(call, x, axis, first, last, step)


def cut(call: Call, x: Value, axis: int, start: int, stop: int, step: int = 1, name: str = "") -> Value:
    """The indices start to stop of an axis."""
    at, size = x.axis(axis), len(range(start, stop, step))
    if not size:
        raise ModuleError("a slice of no numbers is not known.")
    options: dict[str, Any] = {"axis": at, "start": start, "stop": stop, "step": step}
    return call.layer("slice", x, spans=x.put(axis, size), name=name, **options)


@converts("chunk")
def convert_chunk(call: Call, x: Value, count: int, axis: int = 0) -> list[Value]:
    """An axis in a number of parts."""
    size = x.count(call.samples)[axis]
    return convert_split(call, x, -(-size // count), axis)


@converts("split", "split_with_sizes")
def convert_split(call: Call, x: Value, sizes: Any, axis: int = 0) -> list[Value]:
    """An axis in parts of one size, or of given sizes."""
    whole = x.count(call.samples)[axis]
    if isinstance(sizes, int):
        ends = [*range(sizes, whole, sizes), whole]
    else:
        ends = [sum(sizes[: at + 1]) for at in range(len(sizes))]
    return [cut(call, x, axis, start, end) for start, end in zip([0, *ends], ends, strict=False)]


@converts("glu")
def convert_glu(call: Call, x: Value, axis: int = -1) -> Value:
    """One half times the sigmoid of the other."""
    one, other = convert_chunk(call, x, 2, axis % x.rank)
    return call.layer("multiply", one, call.activate(other, "sigmoid", "gate"))


@converts("unbind")
def convert_unbind(call: Call, x: Value, axis: int = 0) -> list[Value]:
    """Every index of an axis by itself."""
    return [convert_select(call, x, axis, index) for index in range(x.count(call.samples)[axis])]


@converts("cat", "concat", "concatenate")
def convert_cat(call: Call, parts: Sequence[Any], axis: int = 0) -> Value:
    """Several tensors along an axis."""
    if any(isinstance(part, Given) for part in parts):
        raise ModuleError("cat of a parameter or constant and what depends on the inputs is not known.")
    if len(parts) == 1:
        return call.require_value(parts[0], "a part")
    at, size = parts[0].axis(axis), sum(part.count(call.samples)[axis] for part in parts)
    options: dict[str, Any] = {} if at == 0 else {"axis": at}
    return call.layer("concatenate", *parts, spans=parts[0].put(axis, size), **options)


@converts("stack")
def convert_stack(call: Call, parts: Sequence[Any], axis: int = 0) -> Value:
    """Several tensors along a new axis."""
    if any(isinstance(part, Given) for part in parts):
        raise ModuleError("stack of a parameter or constant and what depends on the inputs is not known.")
    at = axis % (parts[0].rank + 1)
    before = sum(size != SAMPLES for sizes in parts[0].axes[:at] for size in sizes)
    spans = (*parts[0].axes[:at], (len(parts),), *parts[0].axes[at:])
    return call.layer("stack", *parts, spans=spans, axis=before)
