"""Convolutions and pooling: whatever lays a window over every place. One table says which attribute is which option."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from backproof.errors import OptionError
from backproof.interop.onnx.model import Node
from backproof.interop.onnx.operators import reads, writes
from backproof.interop.onnx.reader import Reader, Tensor
from backproof.interop.onnx.writer import Writer
from backproof.layers import Layer

#: Options with one number an axis: the attribute, and the value that it has where it is left out.
OPTIONS = {"stride": ("strides", 1), "padding": ("pads", 0), "dilation": ("dilations", 1),
           "output_padding": ("output_padding", 0)}  # fmt: skip


@reads("Conv")
def read_conv(reader: Reader, node: Node) -> Tensor:
    """A convolution over one or two axes."""
    return _read_kernel(reader, node, "conv", 0)


@reads("ConvTranspose")
def read_conv_transpose(reader: Reader, node: Node) -> Tensor:
    """A transposed convolution."""
    if node.attributes.get("output_shape"):
        raise node.fail("attribute 'output_shape' cannot be read; expected pads and output_padding.")
    return _read_kernel(reader, node, "conv_transpose", 1)


def _read_kernel(reader: Reader, node: Node, name: str, out: int) -> Tensor:
    """A layer with a kernel; `out` is the axis of the weight that counts the channels of the output."""
    value, weight = reader.tensor(node), reader.constant(node, 1)
    axes = _count_axes(node, value)
    groups = node.integer("group", 1)
    if weight.ndim != axes + 2 or groups < 1:
        raise node.fail(f"its weight has shape {weight.shape}, its group is {groups}; expected {axes + 2} axes.")
    kernel = node.integers("kernel_shape", weight.shape[2:], axes)
    options = {"kernel": _pack(kernel), **_read_options(node, kernel, value.shape[1:])}
    if groups > 1:
        options["groups"] = groups
    channels = weight.shape[out] * (groups if out else 1)
    bias = {"bias": 2} if reader.has(node, 2) else {}
    kind = reader.make(node, f"{name}{axes}d", channels=channels, bias=bool(bias), **options)
    return reader.add(node, kind, value, weight=1, **bias)


@writes("conv1d", "conv2d")
def write_conv(writer: Writer, layer: Layer, received: list[str]) -> str:
    """Conv."""
    return _write_kernel(writer, layer, received, "Conv")


@writes("conv_transpose1d", "conv_transpose2d")
def write_conv_transpose(writer: Writer, layer: Layer, received: list[str]) -> str:
    """ConvTranspose, whose output padding is below its stride."""
    kind: Any = layer.works
    if np.any(np.asarray(kind.output_padding) >= np.asarray(kind.stride)):
        raise OptionError(
            f"layer '{layer.name}': output_padding is {kind.output_padding}; ONNX needs less than the stride, "
            f"{kind.stride}."
        )
    return _write_kernel(writer, layer, received, "ConvTranspose")


def _write_kernel(writer: Writer, layer: Layer, received: list[str], operator: str) -> str:
    kind: Any = layer.works
    names = [writer.parameter(layer, role) for role, _ in layer.arrays]
    options = _write_options(kind, len(layer.shape) - 1)
    kernel = _unpack(kind.kernel, len(layer.shape) - 1)
    return writer.node(operator, [*received, *names], kernel_shape=kernel, group=getattr(kind, "groups", 1), **options)


@reads("MaxPool")
def read_max_pool(reader: Reader, node: Node) -> Tensor:
    """The largest number in each window."""
    return _read_pool(reader, node, "max_pool")


@reads("AveragePool")
def read_avg_pool(reader: Reader, node: Node) -> Tensor:
    """The mean of each window."""
    return _read_pool(reader, node, "avg_pool", count_include_pad=bool(node.integer("count_include_pad", 0)))


def _read_pool(reader: Reader, node: Node, name: str, **options: Any) -> Tensor:
    value = reader.tensor(node)
    axes = _count_axes(node, value)
    node.require("ceil_mode", 0, 0)
    size = node.integers("kernel_shape", None, axes)
    found = _read_options(node, size, value.shape[1:])
    if not any(_unpack(found.get("padding", 0), axes)):
        options.pop("count_include_pad", None)  # there is nothing to count
    kind = reader.make(node, f"{name}{axes}d", size=_pack(size), **{"stride": 1, **found, **options})
    return reader.add(node, kind, value)


@writes("max_pool1d", "max_pool2d")
def write_max_pool(writer: Writer, layer: Layer, received: list[str]) -> str:
    """MaxPool."""
    return _write_pool(writer, layer, received, "MaxPool")


@writes("avg_pool1d", "avg_pool2d")
def write_avg_pool(writer: Writer, layer: Layer, received: list[str]) -> str:
    """AveragePool."""
    kind: Any = layer.works
    return _write_pool(writer, layer, received, "AveragePool", count_include_pad=int(kind.count_include_pad))


def _write_pool(writer: Writer, layer: Layer, received: list[str], operator: str, **more: Any) -> str:
    kind: Any = layer.works
    axes = len(layer.shape) - 1
    return writer.node(operator, received, kernel_shape=_unpack(kind.size, axes), **_write_options(kind, axes), **more)


@reads("GlobalAveragePool", "GlobalMaxPool")
def read_global_pool(reader: Reader, node: Node) -> Tensor:
    """The mean or the maximum of each channel."""
    value = reader.tensor(node)
    name = "avg" if node.operator == "GlobalAveragePool" else "max"
    return reader.add(node, reader.make(node, f"adaptive_{name}_pool{_count_axes(node, value)}d", size=1), value)


@writes("adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_max_pool2d")
def write_adaptive_pool(writer: Writer, layer: Layer, received: list[str]) -> str:
    """A global pool, windows of one size where the picture can be divided so, else each window by itself."""
    name = "AveragePool" if "avg" in layer.works.name else "MaxPool"
    places, target = writer.received_shapes(layer)[0][1:], layer.shape[1:]
    if set(target) == {1}:
        return writer.node(f"Global{name}", received)
    if all(size % wanted == 0 for size, wanted in zip(places, target, strict=True)):
        window = [size // wanted for size, wanted in zip(places, target, strict=True)]
        return writer.node(name, received, kernel_shape=window, strides=window)
    (h,) = received
    for axis, (size, wanted) in enumerate(zip(places, target, strict=True)):
        parts = []
        for number in range(wanted):
            start, end = number * size // wanted, -(-(number + 1) * size // wanted)
            part = writer.node("Slice", [h, *(writer.integers([each]) for each in (start, end, axis + 2))])
            kernel = [end - start if at == axis else 1 for at in range(len(places))]
            parts.append(writer.node(name, [part], kernel_shape=kernel))
        h = writer.node("Concat", parts, axis=axis + 2)
    return h


def _count_axes(node: Node, value: Tensor) -> int:
    axes = len(value.shape) - 1
    if axes not in (1, 2):
        raise node.fail(f"it receives samples of shape {value.shape}; expected channels and one or two more axes.")
    return axes


def _read_options(node: Node, kernel: Sequence[int], places: Sequence[int]) -> dict[str, Any]:
    """The options that differ from what they are where they are left out."""
    axes, options = len(kernel), {}
    for option, (attribute, default) in OPTIONS.items():
        count = axes * 2 if option == "padding" else axes
        found = node.integers(attribute, (default,) * count, count)
        if option == "padding":
            found = _read_padding(node, found, kernel, places)
        if any(each != default for each in found):
            options[option] = _pack(found)
    return options


def _read_padding(node: Node, pads: tuple[int, ...], kernel: Sequence[int], places: Sequence[int]) -> tuple[int, ...]:
    """Padding that is the same at both ends of each axis."""
    axes = len(kernel)
    match node.text("auto_pad", "NOTSET"):
        case "NOTSET":
            starts, ends = pads[:axes], pads[axes:]
        case "VALID":
            starts = ends = (0,) * axes
        case "SAME_UPPER" | "SAME_LOWER" if node.operator != "ConvTranspose":
            strides = node.integers("strides", (1,) * axes, axes)
            dilations = node.integers("dilations", (1,) * axes, axes)
            if min(strides) < 1:
                raise node.fail("a stride is below 1.")
            totals = [
                max((-(-size // stride) - 1) * stride + (window - 1) * dilation + 1 - size, 0)
                for size, stride, window, dilation in zip(places, strides, kernel, dilations, strict=True)
            ]
            starts, ends = tuple(each // 2 for each in totals), tuple(each - each // 2 for each in totals)
        case other:
            raise node.fail(f"attribute 'auto_pad' is '{other}', which cannot be read; expected NOTSET with pads.")
    if starts != ends:
        raise node.fail(f"its padding is {starts} before and {ends} after; expected the same at both ends.")
    return starts


def _write_options(kind: Any, axes: int) -> dict[str, Any]:
    found = {}
    for option, (attribute, _) in OPTIONS.items():
        if hasattr(kind, option):
            given = getattr(kind, option)
            value = _unpack(kind.size if given is None else given, axes)  # windows that do not overlap
            found[attribute] = value * 2 if option == "padding" else value
    return found


def _pack(numbers: Sequence[int]) -> Any:
    return numbers[0] if len(numbers) == 1 else tuple(numbers)


def _unpack(option: Any, axes: int) -> list[int]:
    return [int(each) for each in np.broadcast_to(np.asarray(option), (axes,))]
